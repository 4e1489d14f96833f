/* hint.h - private to sso: id_token_hint, an ID token that we gave before (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 1.0 section 2). */
#ifndef SPOM_AUTHORITY_SSO_HINT_H
#define SPOM_AUTHORITY_SSO_HINT_H
#include "authority/call/call.h"

struct hint {
	struct text aud; /* for which client it was made; absent: it is no token of ours */
	struct text sub; /* of whom, by the name that the client knows */
};

/* What a hint says, on the arena, also one that is over: it says who was meant. One that we have not signed says nothing, and is no error. */
NODISCARD enum err hint_read(struct call *call, struct secret token, struct hint *hint_r);

#endif
