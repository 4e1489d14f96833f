/* notice.h - what a service is sent when a session has ended, by its protocol. It is made when it is sent, each time anew, so that what is signed
 * is fresh however long it has waited (SECURITY: the authority signs only what it has built itself). A protocol is a row of notice.c. */
#ifndef SPOM_AUTHORITY_SSO_NOTICE_H
#define SPOM_AUTHORITY_SSO_NOTICE_H
#include "authority/call/call.h"

/* What courier asks, and what it says became of it. */
enum err notice_on_next(struct call *call, const void *ask, struct wire_any *answer_r);
enum err notice_on_told(struct call *call, const void *ask, struct wire_any *answer_r);

/* The service of a visit, as it is registered now. ERR_NOT_FOUND: there is none, or another one of that name (of SAML an entityID is one
 * service's, however it is known); else the errors of shelf.h. */
NODISCARD enum err notice_service(
    struct call *call, const struct msg_visit_record *visit, const struct msg_service_record **service_r);

#endif
