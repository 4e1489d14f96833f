/* saml.h - the SAML 2.0 identity provider (SAML Core, Bindings and Profiles 2.0; the Web Browser SSO profile).
 *
 * What came is judged by spom-judge; here a request is compared with what is registered, and answered by the service's own address alone, with a
 * document that we wrote and signed. */
#ifndef SPOM_AUTHORITY_SSO_SAML_H
#define SPOM_AUTHORITY_SSO_SAML_H
#include "authority/call/call.h"

enum err saml_on_sso(struct call *call, const void *ask, struct wire_any *answer_r);
enum err saml_on_start(struct call *call, const void *ask, struct wire_any *answer_r);
enum err saml_on_slo(struct call *call, const void *ask, struct wire_any *answer_r);
enum err saml_on_metadata(struct call *call, const void *ask, struct wire_any *answer_r);

/* By what a service would know the person of a session where it asks for no form of names, and the form's URI; on the arena.
 * ERR_NOT_FOUND: the person has none of that form that the service may know; *format_r is there. */
NODISCARD enum err saml_name_of(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text *name_r, struct text *format_r);

#endif
