/* audit.h - the record of what was decided: a chain of lines that nobody can change, shorten or replace unseen (SECURITY 32).
 *
 * An event is recorded before it is answered: what cannot be recorded is not done. */
#ifndef SPOM_AUTHORITY_AUDIT_AUDIT_H
#define SPOM_AUTHORITY_AUDIT_AUDIT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;
struct audit;
struct conf;
struct keys;
struct store;

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

/* Opens the chain below STATE/audit, where it goes on from its last record; a line that a crash has left torn is cut off, which is
 * recorded. ERR_CONFIG: no folder that is ours alone; ERR_BUSY: another process writes there; ERR_IO. */
NODISCARD enum err audit_open(const struct conf *conf, const struct keys *keys, struct audit **audit_r);
void audit_close(struct audit **audit);

/* Records. OK: it is on disk, or the disk takes none and it is in the bounded queue that also goes to the log. ERR_BUSY: the queue is
 * full; what was to be recorded must not be done. Waits for the disk, together with everybody else who does. */
NODISCARD enum err audit_record(struct authority *authority, const struct audit_entry *entry);

/* Records what has happened already and asks nobody's leave, such as a frame that broke a rule: waits for no disk, so the loop may call it.
 * Where the queue is full it stands in the log alone. */
void audit_note(struct authority *authority, const struct audit_entry *entry);

/* Whether, as far as this chain goes back, somebody of that immutable id or under that name (whatever its case) has enrolled a factor: what a
 * directory that has lost an account does not know (SECURITY 14). ERR_IO. */
NODISCARD enum err audit_has_enrolled(struct audit *audit, struct text person, struct text user, bool *has_r);

/* Whether a record would be taken now: for what must be recorded when it is done, and cannot be undone then. */
bool audit_takes(struct audit *audit);

/* When the last record was made, as it says itself; ms since 1970. 0: there is none, or no audit (NULL). */
int64_t audit_last_ms(struct audit *audit);

/* Whether records reach the disk now. */
bool audit_is_well(struct audit *audit);

/* Compares the chain with the head that the store holds (records that are missing are recorded and logged), and from then on gives a
 * signed head to the log and to the store each minute in which something was recorded. */
NODISCARD enum err audit_watch(struct audit *audit, struct store *store);

/* The event's text; never NULL. */
const char *audit_event_text(enum audit_event event);

/* --- for operators. Places in the chain are texts, "FILE:OFFSET", and mean nothing to others. ------------------------ */

/* Where the last n records begin; absent when there is none. */
NODISCARD enum err audit_last(struct audit *audit, unsigned n, struct arena *arena, struct text *after_r);

/* A place before all records from that time on, at most one file before the first of them. */
NODISCARD enum err audit_since(
    struct audit *audit, int64_t since_ms, struct arena *arena, struct text *after_r);

/* At most max records behind a place (absent: the beginning); *next_r: the place behind them, absent at the end; *part_r: how much
 * lies before it, in per cent. A line that is no record comes as one of event "unreadable". ERR_MALFORMED: no such place. */
NODISCARD enum err audit_read(struct audit *audit, struct text after, unsigned max, struct arena *arena,
    struct msg_audit_row **rows_r, unsigned *n_r, struct text *next_r, unsigned *part_r);

/* Looks at one file (0: the first): the chain of its records, how it is joined to the one before, and, with the last file, whether the signed
 * heads of the store and of the caller (absent: none) are part of it. *verdict_r lies on the arena. ERR_NOT_FOUND: no such file. */
NODISCARD enum err audit_verify(struct audit *audit, uint64_t file, struct text head, struct arena *arena,
    struct msg_audit_verdict *verdict_r);

#endif
