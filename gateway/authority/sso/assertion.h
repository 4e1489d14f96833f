/* assertion.h - private to sso: clients that sign who they are (private_key_jwt: OpenID Connect Core 9, RFC 7523 section 3). What they signed is read by
 * spom-judge alone; here is decided what it counts for. One assertion is one request. */
#ifndef SPOM_AUTHORITY_SSO_ASSERTION_H
#define SPOM_AUTHORITY_SSO_ASSERTION_H
#include "authority/call/call.h"

/* Whom an assertion names, which nobody has checked, on the arena. ERR_FORBIDDEN: nobody; ERR_JUDGE: the judge did not answer. */
NODISCARD enum err assertion_names(
    struct call *call, const struct msg_oidc_client *client, struct text *client_id_r);

/* Whether the service's client has signed it for this request, which uses it up. ERR_FORBIDDEN: no, and *why_r (a literal) says why; ERR_JUDGE, or
 * the store's errors: nobody can tell. */
NODISCARD enum err assertion_check(struct call *call, const struct msg_oidc_client *client,
    const struct msg_service_record *service, const char **why_r);

#endif
