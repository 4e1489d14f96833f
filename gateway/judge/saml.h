/* saml.h - what the judge makes of SAML messages: one function for each, bytes in, a message of judge.def out. Pure but for their memory. */
#ifndef SPOM_JUDGE_SAML_H
#define SPOM_JUDGE_SAML_H
#include "base/arena.h"
#include "wire/wire.h"

/* An AuthnRequest by HTTP-Redirect or HTTP-POST. *judged_r is whole where the result is JUDGE_NONE. */
enum judge_fault saml_judge_request(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct msg_judged_saml_request *judged_r);

/* The metadata of a service provider. */
enum judge_fault saml_judge_metadata(
    const struct msg_judge_saml_metadata *ask, struct arena *arena, struct msg_saml_record *saml_r);

#endif
