/* outbox.h - mails on their way to spom-courier: a queue on the authority's disk that survives a restart; each is sent once.
 *
 * The authority says what is to be said, by a kind and its arguments; courier chooses the words and the language. */
#ifndef SPOM_AUTHORITY_OUTBOX_OUTBOX_H
#define SPOM_AUTHORITY_OUTBOX_OUTBOX_H
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

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

/* Opens the queue in the state folder of the settings. Without [mail] host nothing is queued, which is logged once. */
NODISCARD enum err outbox_open(const struct conf *conf, const struct keys *keys, struct outbox **outbox_r);
void outbox_close(struct outbox **outbox);

/* Queues a mail: on disk when this returns OK. A queue that is full or cannot be written is an error that callers log and go on from:
 * nothing is refused because of a mail, but what takes a mail by the rules (a new factor) is recorded before. */
NODISCARD enum err outbox_post(struct authority *authority, const struct mail *mail);

#endif
