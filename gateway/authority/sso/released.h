/* released.h - what services have been told of a person, and what the person has agreed to: a book for each person, below ou=spom.
 *
 * It outlives sessions and the store. A line is written when a service is told something for the first time, and else once on a day (UTC)
 * on which it is told anything: what was noted is remembered, so that a sign-in costs nothing more. */
#ifndef SPOM_AUTHORITY_SSO_RELEASED_H
#define SPOM_AUTHORITY_SSO_RELEASED_H
#include <stdbool.h>
#include <stdint.h>
#include "authority/call/call.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct released;

NODISCARD enum err released_new(struct released **released_r);
void released_free(struct released **released);

/* Notes that the service was told these names of the session's person (a blank between two). Never fails who tells: what cannot be written is
 * logged, and noted the next time. */
void released_note(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text names);

/* Whether that is noted already, of today, so that released_note has nothing to do. */
bool released_is_noted(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text names);

/* The book of a person, on the arena; one without rows where there is none that can be opened. Errors of shelf.h. */
NODISCARD enum err released_load(
    struct call *call, struct text person, const struct msg_release_book **book_r);

/* The row of a service, or NULL. */
const struct msg_release_row *released_row(const struct msg_release_book *book, struct text service);

/* The person has agreed to these names, and to those of before where it is the same service still and all have room. *agreed_r: since when. */
NODISCARD enum err released_agree(struct call *call, const struct msg_service_record *service,
    struct text person, struct text names, int64_t *agreed_r);

/* The person takes back what was agreed to at that time; what was agreed to since stays. ERR_NOT_FOUND: no service of that name is in the book. */
NODISCARD enum err released_withdraw(
    struct call *call, struct text person, struct text service, int64_t agreed);

/* The words of both, each once, on the arena; the second's as far as all fit into max bytes. Absent: memory is out. whole: NULL, or cleared where
 * they did not all fit. */
struct text released_join(struct text words, struct text more, size_t max, struct arena *arena, bool *whole);

#endif
