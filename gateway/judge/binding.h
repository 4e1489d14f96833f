/* binding.h - how a SAML message lies in a query or a form (SAML Bindings 3.4.4.1, 3.5.4). */
#ifndef SPOM_JUDGE_BINDING_H
#define SPOM_JUDGE_BINDING_H
#include "base/arena.h"
#include "wire/wire.h"

/* The message itself, on the arena: decoded, and by HTTP-Redirect inflated, to XML_BYTES_MAX at most, however small it came. */
enum judge_fault binding_message(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct bytes *message_r);

/* RelayState as the service meant it. */
enum judge_fault binding_relay_state(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct text *relay_state_r);

/* The octets that a signature by HTTP-Redirect is over, that signature, and its algorithm. parameter: by which the message came. */
struct binding_signed {
	struct bytes octets;
	struct bytes signature;
	struct text algorithm;
};
enum judge_fault binding_signed(const struct msg_judge_saml_request *ask, const char *parameter,
    struct arena *arena, struct binding_signed *signed_r);

#endif
