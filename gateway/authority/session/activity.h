/* activity.h - what happened to a person's account, for that person to see: sign-ins, failed tries, changes. */
#ifndef SPOM_AUTHORITY_SESSION_ACTIVITY_H
#define SPOM_AUTHORITY_SESSION_ACTIVITY_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct authority;
struct store_batch;

#define ACTIVITY_KEPT 200u /* rows of a person */
#define ACTIVITY_KEPT_DAYS 90

/* Notes a row (its time is filled in here), at once or, where later is not NULL, with it. A store that does not answer loses the row, which is
 * logged: the audit has it. */
void activity_note(struct authority *authority, struct text person, const struct msg_activity_row *row,
    struct store_batch *later);

/* The same, at once, of what was done in a session. event: a text id. */
void activity_note_of(
    struct authority *authority, const struct msg_session_record *session, const char *event);

/* Where a person's rows lie, for who reads them together with something else. */
struct store_key activity_key(struct authority *authority, struct text person);

/* The newest rows first, `from` of them left out, at most max. */
NODISCARD enum err activity_read(struct authority *authority, struct text person, unsigned from, unsigned max,
    struct arena *arena, struct msg_activity_row **rows_r, unsigned *n_r);

#endif
