/* saml.h - what the judge makes of SAML messages: one function for each, bytes in, a message of judge.def out. Pure but for their memory. */
#ifndef SPOM_JUDGE_SAML_H
#define SPOM_JUDGE_SAML_H
#include "judge/xml.h"
#include "wire/wire.h"

/* An AuthnRequest by HTTP-Redirect or HTTP-POST. *judged_r is whole where the result is JUDGE_NONE. */
enum judge_fault saml_judge_request(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct msg_judged_saml_request *judged_r);

/* A LogoutRequest or a LogoutResponse, in the same way. */
enum judge_fault saml_judge_logout(
    const struct msg_judge_saml_logout *ask, struct arena *arena, struct msg_judged_saml_logout *judged_r);

/* The metadata of a service provider. */
enum judge_fault saml_judge_metadata(
    const struct msg_judge_saml_metadata *ask, struct arena *arena, struct msg_saml_record *saml_r);

/* The same of a document that was read; *saml_r is whole where the result is JUDGE_NONE. */
enum judge_fault saml_read_service(const xmlNode *root, struct arena *arena, struct msg_saml_record *saml_r);

/* Whether a document as a whole was signed with the key of that certificate, DER. JUDGE_NONE: yes. */
enum judge_fault saml_verify_whole(xmlDoc *doc, struct bytes certificate, struct arena *arena);

/* A service provider with its name and its categories, of a document that was read; for how long it holds is not looked at. */
enum judge_fault saml_read_entity(
    const xmlNode *entity, struct text language, struct arena *arena, struct msg_judged_feed *judged_r);

/* The same with for how long it holds, which must be there. */
enum judge_fault saml_read_feed(
    const xmlNode *entity, struct text language, struct arena *arena, struct msg_judged_feed *judged_r);

/* A federation's file: tells aggregate_head, and where that has no fault an aggregate_entity for each service provider, which lies on an
 * arena until tell returns. Errors are those of tell, and ERR_NO_MEMORY. */
typedef enum err saml_tell(void *context, struct wire_any told);
NODISCARD enum err saml_split(
    const struct msg_judge_aggregate *ask, struct bytes file, int64_t now_ms, saml_tell *tell, void *context);

/* The metadata of a service provider that a feed has signed as a whole, by its key alone. */
enum judge_fault saml_judge_feed(
    const struct msg_judge_feed *ask, struct arena *arena, struct msg_judged_feed *judged_r);

#endif
