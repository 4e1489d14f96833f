/* introspect.h - private to sso: one question about a token on its way to the answer. */
#ifndef SPOM_AUTHORITY_SSO_INTROSPECT_H
#define SPOM_AUTHORITY_SSO_INTROSPECT_H
#include "authority/call/call.h"
#include "authority/sso/grant.h"

struct introspection {
	struct call *call;
	const struct msg_service_record *asker;
	struct grant_opening opening; /* of the token */
};

/* Who asks, and what is to be read of the token. OK and answer_r->msg not NULL: that is the answer, and there is nothing more to do. at_once: waits
 * for nothing, here and in introspect_end; ERR_BUSY: oidc_on_introspect will tell. */
NODISCARD enum err introspect_begin(
    struct call *call, bool at_once, struct introspection *introspection_r, struct wire_any *answer_r);

/* The answer, by what came of opening the token. */
NODISCARD enum err introspect_end(
    const struct introspection *introspection, enum err err, struct wire_any *answer_r);

#endif
