/* saml.h - the SAML 2.0 identity provider (SAML Core, Bindings and Profiles 2.0; the Web Browser SSO profile).
 *
 * What came is judged by spom-judge; here a request is compared with what is registered, and answered by the service's own address alone, with a
 * document that we wrote and signed. */
#ifndef SPOM_AUTHORITY_SSO_SAML_H
#define SPOM_AUTHORITY_SSO_SAML_H
#include "authority/call/call.h"

enum err saml_on_sso(struct call *call, const void *ask, struct wire_any *answer_r);
enum err saml_on_metadata(struct call *call, const void *ask, struct wire_any *answer_r);

#endif
