/* tell.h - private to login: what happened, told to those who have to know: the audit, the figures, the person's own page, the person's
 * mailbox. */
#ifndef SPOM_AUTHORITY_LOGIN_TELL_H
#define SPOM_AUTHORITY_LOGIN_TELL_H
#include "authority/login/talk.h"
#include "authority/outbox/outbox.h"

enum login_event {
	EVENT_DENIED,
	EVENT_PASSWORD_WRONG,
	EVENT_PASSWORD_CHANGED,
	EVENT_THROTTLED,
	EVENT_UNAVAILABLE,
	EVENT_CODE_WRONG,
	EVENT_CODE_REPLAYED,
	EVENT_FACTOR_RESTS,
	EVENT_RECOVERY_USED,
	EVENT_SIGNED_IN,
	EVENT_FACTOR_ADDED,
	EVENT_FACTOR_RENAMED,
	EVENT_FACTOR_REMOVED,
	EVENT_RECOVERY_MADE,
	EVENT_UNDONE,
	EVENT_STEPPED_UP,
	EVENT_COUNT_
};

/* What else is to be said of an event. */
struct tell {
	struct text reason; /* a text id */
	struct text object; /* a factor's id */
	struct text label;  /* what the person calls it */
};

/* Of whom, from where, by which door. */
struct teller {
	struct call *call;
	const struct msg_login_record *record;
	struct text door; /* web, sshd, ... */
	struct text user; /* as introduced, where nobody is known */
};

/* Records an event before it is answered. ERR_AUDIT: it cannot be recorded, so what it says must not be done. */
NODISCARD enum err tell(const struct teller *teller, enum login_event event, struct tell what);

/* The same for a conversation. */
NODISCARD enum err tell_event(
    struct call *call, const struct login *login, enum login_event event, struct tell what);

/* Notes that a right password has passed a front, whatever comes of it: who stops trusting that front has to find it (SECURITY 1). It grants
 * nothing, so nobody waits for the disk. */
void tell_passage(struct call *call, const struct login *login);

/* Writes to the person. What cannot be queued is logged. */
void tell_mail(const struct teller *teller, enum mail_kind kind, struct text object, uint64_t count);
void tell_mail_of(
    struct call *call, const struct login *login, enum mail_kind kind, struct text object, uint64_t count);

#endif
