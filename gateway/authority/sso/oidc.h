/* oidc.h - the OpenID Provider (OpenID Connect Core 1.0, OAuth 2.0: RFC 6749, RFC 7636, RFC 9126, RFC 9207, RFC 9700).
 *
 * Front has read the syntax and believes nothing; here a request is judged against what is registered, and codes and tokens are made. All
 * that a code or token opens hangs on the session in which it was given: it ends with it. */
#ifndef SPOM_AUTHORITY_SSO_OIDC_H
#define SPOM_AUTHORITY_SSO_OIDC_H
#include "authority/call/call.h"

enum err oidc_on_authorize(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_syntax_refused(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_logout(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_par(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_device(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_device_look(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_token(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_userinfo(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_introspect(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_revoke(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_register(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_discovery(struct call *call, const void *ask, struct wire_any *answer_r);
enum err oidc_on_keys(struct call *call, const void *ask, struct wire_any *answer_r);

/* Answers many oidc_introspect together, with a round trip to the store for each of up to three steps (grant.h): a loop_batch (call/loop.h). */
void oidc_introspect_many(struct call **calls, unsigned n, bool *done);

#endif
