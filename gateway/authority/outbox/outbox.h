/* outbox.h - mails on their way to spom-courier: a queue on the authority's disk that survives a restart; each is sent once.
 *
 * The authority says what is to be said, by a kind and its arguments; courier chooses the words and the language. A mail is given
 * to courier under its id and stays on disk until courier says that the server took it: what ends in between (kill -9, power) leaves
 * it in the queue. Only if the end falls between the server's yes and our note of it is the mail sent again, with the same
 * Message-ID, by which mailboxes and people recognise it. */
#ifndef SPOM_AUTHORITY_OUTBOX_OUTBOX_H
#define SPOM_AUTHORITY_OUTBOX_OUTBOX_H
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;
struct conf;
struct keys;
struct outbox;

/* Every mail there is: the rows are in mails.def, MAIL(constant, text id of its subject and words). */
enum mail_kind {
#define MAIL(constant, text) constant,
#include "authority/outbox/mails.def"
#undef MAIL
	MAIL_COUNT_
};

struct mail {
	enum mail_kind kind;
	uint64_t trace;
	struct text person;   /* immutable id */
	struct text name;     /* how the person is greeted */
	struct text to;       /* the address in the directory; absent: nobody can be told, which is logged */
	struct text language; /* preferredLanguage; may be absent */
	struct text object;   /* the device's name, ... */
	struct text address;  /* where it came from */
	struct text browser;
	struct text door;
	uint64_t count;
};

/* Opens the queue in the state folder of the settings. Without [mail] host nothing is queued, which is logged once; the folder
 * is then opened when there is one. A folder that cannot be opened is logged, and tried again by each post. */
NODISCARD enum err outbox_open(const struct conf *conf, const struct keys *keys, struct outbox **outbox_r);
void outbox_close(struct outbox **outbox);

/* Queues a mail: on disk when this returns OK. A queue that is full or cannot be written is an error that callers log and go on from:
 * nothing is refused because of a mail, but what takes a mail by the rules (a new factor) is recorded before. */
NODISCARD enum err outbox_post(struct authority *authority, const struct mail *mail);

/* The oldest mail that is due, for courier: nobody else gets it for three minutes. ERR_NOT_FOUND: none is due now. Mails that are
 * older than [mail] keep_h are given up here. */
NODISCARD enum err outbox_next(
    struct authority *authority, struct arena *arena, const struct msg_mail_record **record_r);

/* How many wait, those given to courier included. */
size_t outbox_waiting(struct authority *authority);

/* The server took it. Also OK for one that is gone already: courier may say it twice. */
NODISCARD enum err outbox_sent(struct authority *authority, const struct id *id);

/* It was not taken. MAIL_FAULT_SERVER lets all wait, MAIL_FAULT_LATER this one, each time longer (5 s to 1 h); MAIL_FAULT_NEVER gives
 * it up. reason is for operators. */
NODISCARD enum err outbox_failed(
    struct authority *authority, const struct id *id, enum mail_fault fault, struct text reason);

/* All are due at once: new settings were read. */
void outbox_wake(struct authority *authority);

#endif
