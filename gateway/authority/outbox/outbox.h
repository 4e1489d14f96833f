/* outbox.h - mails and notices on their way to spom-courier: a queue on the authority's disk that survives a restart.
 *
 * A mail is sent once. The authority says what is to be said, by a kind and its arguments; courier chooses the words and the language. A mail is given
 * to courier under its id and stays on disk until courier says that the server took it: what ends in between (kill -9, power) leaves
 * it in the queue. When the disk takes no more, mails go into files that lie ready (spare.h); when those run low, or the queue is full,
 * what takes a mail pauses (outbox_takes), and goes on by itself when there is room. Only if the end falls between the server's yes and our note of it is the mail sent again, with the same
 * Message-ID, by which mailboxes and people recognise it.
 *
 * A notice tells a service that a session has ended. It holds the matter alone: what is sent is made and signed when it is sent. It is told
 * until it is confirmed, at the same growing distances, for an hour; hearing it twice harms no service. Notices and mails do not wait for each
 * other, and neither do the notices of several services. */
#ifndef SPOM_AUTHORITY_OUTBOX_OUTBOX_H
#define SPOM_AUTHORITY_OUTBOX_OUTBOX_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct arena;
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
 * is then opened when there is one. A folder that cannot be opened is logged, and tried again by whoever wants to use it. */
NODISCARD enum err outbox_open(const struct conf *conf, const struct keys *keys, struct outbox **outbox_r);
void outbox_close(struct outbox **outbox);

/* Whether a mail would be taken now: asked before what owes one is done. True without a server: then nobody is told by mail. False while
 * the queue is full or its folder cannot be opened, and while the disk takes no more and few spares are left: what is left is for
 * those who have asked already. */
bool outbox_takes(struct authority *authority);

/* Queues a mail: on disk when this returns OK. An error behind outbox_takes is a disk that failed at that moment: callers log it and go
 * on, since what the mail is about is done and recorded. */
NODISCARD enum err outbox_post(struct authority *authority, const struct mail *mail);

/* The oldest mail that is due, for courier: nobody else gets it for three minutes. ERR_NOT_FOUND: none is due now. Mails that are
 * older than [mail] keep_h are given up here. */
NODISCARD enum err outbox_next(
    struct authority *authority, struct arena *arena, const struct msg_mail_record **record_r);

/* How many wait, those given to courier included. Waits for nobody. */
size_t outbox_waiting(struct authority *authority);

/* Whether mails reach the disk as they should. Waits for nobody. */
bool outbox_is_well(struct authority *authority);

/* The server took it. Also OK for one that is gone already: courier may say it twice. */
NODISCARD enum err outbox_sent(struct authority *authority, const struct id *id);

/* It was not taken. MAIL_FAULT_SERVER lets all wait, MAIL_FAULT_LATER this one, each time longer (5 s to 1 h); MAIL_FAULT_NEVER gives
 * it up. reason is for operators. */
NODISCARD enum err outbox_failed(
    struct authority *authority, const struct id *id, enum mail_fault fault, struct text reason);

/* --- notices ------------------------------------------------------------------------------------------------------ */

/* Queues one, whose id and moment are filled in here: on disk when this returns OK. ERR_BUSY: too many wait; ERR_IO, ERR_FORBIDDEN: the disk.
 * Then whoever owes it asks again later. */
NODISCARD enum err outbox_tell(struct authority *authority, const struct msg_notice_record *notice);

/* The oldest notice that is due and whose service has not too many under way, for courier: nobody else gets it for a while. fresh: what was given
 * before is under way no more. ERR_NOT_FOUND: none. Those that are older than an hour are given up here. */
NODISCARD enum err outbox_next_notice(
    struct authority *authority, bool fresh, struct arena *arena, const struct msg_notice_record **notice_r);

/* One that waits, which stays as it is. ERR_NOT_FOUND: it is gone; ERR_MALFORMED: it cannot be read; ERR_IO. */
NODISCARD enum err outbox_notice(struct authority *authority, const struct id *id, struct arena *arena,
    const struct msg_notice_record **notice_r);

/* What came of it. *notice_r: which one it was; NULL where it is gone already. reason is for operators. */
NODISCARD enum err outbox_told(struct authority *authority, const struct id *id, enum notice_outcome outcome,
    struct text reason, struct arena *arena, const struct msg_notice_record **notice_r);

/* How many wait, those given to courier included. Waits for nobody. */
size_t outbox_notices_waiting(struct authority *authority);

/* All are due at once: new settings were read. */
void outbox_wake(struct authority *authority);

#endif
