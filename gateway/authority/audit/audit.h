/* audit.h - the record of what was decided: a chain of lines that nobody can change, shorten or replace unseen (SECURITY 32).
 *
 * An event is recorded before it is answered: what cannot be recorded is not done. */
#ifndef SPOM_AUTHORITY_AUDIT_AUDIT_H
#define SPOM_AUTHORITY_AUDIT_AUDIT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

struct authority;
struct audit;
struct conf;
struct keys;

/* Everything that is recorded. The rows are in events.def: EVENT(constant, text). */
enum audit_event {
#define EVENT(constant, text) constant,
#include "authority/audit/events.def"
#undef EVENT
	AUDIT_EVENT_COUNT_
};

/* The fields of a record; absent ones are left out. No secret, ever. */
struct audit_entry {
	enum audit_event event;
	uint64_t trace;
	struct text person; /* immutable id: whom it is about */
	struct text user;
	struct text
	    actor;        /* who did it, where that is somebody else: an operator's immutable id, "console" */
	struct text door; /* web, sshd, sudo, admin, check, ... */
	struct text address;
	struct text object; /* factor's id, session's id, file, ... */
	struct text reason; /* a text id, or an operator's words */
};

/* Opens the chain of section [audit]; its first record says that the authority started. ERR_CONFIG: no folder that is ours alone. */
NODISCARD enum err audit_open(const struct conf *conf, const struct keys *keys, struct audit **audit_r);
void audit_close(struct audit **audit);

/* Records. OK: it is on disk or in the bounded queue that also goes to the log. ERR_BUSY: the queue is full; what was to be
 * recorded must not be done. */
NODISCARD enum err audit_record(struct authority *authority, const struct audit_entry *entry);

/* The event's text; never NULL. */
const char *audit_event_text(enum audit_event event);

/* Whether records reach the disk now. */
bool audit_is_well(struct audit *audit);

#endif
