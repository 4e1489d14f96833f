/* guard.h - what ends a session although the store still has it: the person's generation rose, or the directory has locked the
 * person (SECURITY 17, 29).
 *
 * The authority remembers of each person with a live session what the directory said, and asks again after 60 s: one thread, while
 * the others go on with what was known. The memory is bounded; who falls out of it is asked for again. */
#ifndef SPOM_AUTHORITY_SESSION_GUARD_H
#define SPOM_AUTHORITY_SESSION_GUARD_H
#include <stdbool.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct authority;
struct guard;

NODISCARD enum err guard_new(struct guard **guard_r);
void guard_free(struct guard **guard); /* NULL-safe; clears */

/* How long an answer of the directory counts, where that is not 60 s: for tests. */
void guard_set_fresh(struct guard *guard, int64_t fresh_ms);

/* Whether a session of this record may go on. may_wait: the caller is on a thread that may ask the directory. OK: it may.
 * ERR_NOT_FOUND: it is over. ERR_BUSY: only the directory can tell, and may_wait is false. ERR_UNREACHABLE: nothing is known of
 * the person, and the directory does not answer; where something was known before, that goes on to count. A person who is locked or
 * gone has the generation raised, so that nothing of before comes back with the lock's end. */
NODISCARD enum err guard_check(
    struct authority *authority, const struct msg_session_record *session, bool may_wait);

/* Whether it is known that this session is over, whenever that was learnt. */
bool guard_is_over(struct authority *authority, const struct msg_session_record *session);

/* Whether it is known that the person may not enter. */
bool guard_is_shut(struct authority *authority, struct text person);

/* Notes what was just read or written: sessions of an earlier generation are over from now on. */
void guard_note(struct authority *authority, struct text person, uint64_t generation, bool may_enter);

/* Forgets what is known of a person, so that the next look asks the directory. */
void guard_forget(struct authority *authority, struct text person);

#endif
