/* offered.h - the services that a person may begin, from a memory of all that are registered: by one search of the directory, now and then.
 *
 * A change made here is seen at once, one made at another authority within OFFERED_MS. Any thread. */
#ifndef SPOM_AUTHORITY_SSO_OFFERED_H
#define SPOM_AUTHORITY_SSO_OFFERED_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;
struct offered;

#define OFFERED_MS 60000

NODISCARD enum err offered_new(struct offered **offered_r);
void offered_free(struct offered **offered);

/* What is shown of a service, in the language that was asked for. */
struct offered_row {
	struct text name; /* in the registry */
	struct text label, about, link;
	struct text logo; /* its path; absent: it has none */
};

/* Which of them: those whose groups the session is in, and that have what is looked for in a name, in any language, or in what they are for. */
struct offered_ask {
	const struct msg_session_record *session;
	enum portal_language language;
	struct text wanted; /* absent or empty: all */
	bool linked;        /* those alone that people can begin from here */
	unsigned skip, max; /* of those in the order of their labels */
};

/* Up to max rows on the arena. *left_r: how many of skip were not there to be left out; *more_r: there are others. Errors of shelf.h; where
 * the settings have no [records], or there are too many services to be listed, there is none. */
NODISCARD enum err offered_find(struct authority *authority, const struct offered_ask *ask,
    struct arena *arena, struct offered_row **rows_r, unsigned *n_r, unsigned *left_r, bool *more_r);

/* Whether a text has another one in it, whatever the case of Latin letters. */
bool offered_has(struct text text, struct text wanted);

/* Of a service by its name: whether it is there, and open to the session. Errors as above. */
NODISCARD enum err offered_is_open(
    struct authority *authority, const struct msg_session_record *session, struct text name, bool *open_r);

#endif
