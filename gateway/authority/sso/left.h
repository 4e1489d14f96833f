/* left.h - what somebody has signed out of, and what came of it. */
#ifndef SPOM_AUTHORITY_SSO_LEFT_H
#define SPOM_AUTHORITY_SSO_LEFT_H
#include "authority/call/call.h"
#include "authority/store/store.h"

enum err left_on_signed_out(struct call *call, const void *ask, struct wire_any *answer_r);

/* Whether all services that an ended session had visited, but for that one of SAML, have confirmed. trail: of the session. */
NODISCARD enum err left_is_complete(
    struct call *call, struct bytes trail, struct text entity_id, bool *complete_r);

/* Whether it is known already what came of telling a service. key: of the visits. */
bool left_is_told(struct call *call, const struct store_key *key, struct text service);

#endif
