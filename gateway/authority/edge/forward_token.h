/* forward_token.h - Remote-JWT: who it is and how proved, signed for one application, so that it need not believe whoever reaches it.
 *
 * Its typ is its own: such a token opens none of our endpoints, and none of their tokens is one (RFC 8725 section 3.11). It is good for a
 * minute and is remembered for half of that, so that an application's hundred pictures cost one signature. */
#ifndef SPOM_AUTHORITY_EDGE_FORWARD_TOKEN_H
#define SPOM_AUTHORITY_EDGE_FORWARD_TOKEN_H
#include "authority/call/call.h"
#include "authority/store/store.h"
#include "base/attr.h"

struct conf_application;
struct forward_tokens; /* what is remembered; any thread */

#define FORWARD_TOKEN_MS 60000
#define FORWARD_TOKEN_LEAST_MS 30000 /* one that is good for less is not given any more */

NODISCARD enum err forward_tokens_new(struct forward_tokens **tokens_r);
void forward_tokens_free(struct forward_tokens **tokens); /* NULL-safe; clears */

/* Which session is told to which application. */
struct forward_told {
	const struct store_key *key;
	const struct conf_application *application;
};

/* The one that is remembered, on the call's arena; absent: there is none, or memory is out. */
struct secret forward_token_find(struct call *call, struct forward_told told);

/* Signs one, and remembers it. May wait for the directory, where the keys are; errors of signing.h. */
NODISCARD enum err forward_token_sign(struct call *call, struct forward_told told,
    const struct msg_session_record *session, struct secret *token_r);

#endif
