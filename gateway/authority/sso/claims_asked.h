/* claims_asked.h - private to sso: the parameter claims of a request (OpenID Connect Core 5.5), JSON of strangers. */
#ifndef SPOM_AUTHORITY_SSO_CLAIMS_ASKED_H
#define SPOM_AUTHORITY_SSO_CLAIMS_ASKED_H
#include "authority/sso/acr.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct claims_asked {
	struct text userinfo; /* our names of claims with a blank between two; absent: none */
	struct text id_token;
	struct text sub; /* who has to be signed in; absent: anybody */
	struct acr_wish acr;
};

/* Reads it, to the arena, as far as it concerns us: what the service may not have and what nobody knows is left out. ERR_MALFORMED: it is not of the
 * form that the specification has; ERR_NO_MEMORY. */
NODISCARD enum err claims_asked_read(const struct msg_service_record *service, struct text json,
    struct arena *arena, struct claims_asked *asked_r);

#endif
