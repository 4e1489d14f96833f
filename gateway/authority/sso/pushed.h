/* pushed.h - private to sso: authorization requests that clients have pushed (RFC 9126), as they lie in the store. */
#ifndef SPOM_AUTHORITY_SSO_PUSHED_H
#define SPOM_AUTHORITY_SSO_PUSHED_H
#include "authority/call/call.h"

/* Whether a request_uri is one that we could have given. */
bool pushed_is(struct text request_uri);

/* Keeps a request of that service for ten minutes, the time of a slow sign-in, and fills in where it lies. anybody: who asks has proved
 * nothing; ERR_RATE: of those no more are kept now, of that service, of the network from which it is asked, or of all. */
NODISCARD enum err pushed_new(struct call *call, const struct msg_service_record *service, bool anybody,
    const struct msg_oidc_authorize *request, struct msg_oidc_pushed *pushed_r);

/* The request that lies there. ERR_NOT_FOUND: none, none any more, or another service's. */
NODISCARD enum err pushed_load(struct call *call, struct text request_uri,
    const struct msg_service_record *service, struct msg_oidc_authorize *request_r);

/* It leads to a code now, and to no other (section 7.3). ERR_NOT_FOUND: somebody was faster. */
NODISCARD enum err pushed_end(struct call *call, struct text request_uri);

#endif
