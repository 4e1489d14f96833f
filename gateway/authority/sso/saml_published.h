/* saml_published.h - our metadata as federations take them: signed as a whole, and good for some days.
 *
 * Anybody may ask for them, and a signature costs more than the rest of an answer: what was signed is given out for SAML_PUBLISHED_MS. Another
 * key, or other settings, make another document, which is signed at once. */
#ifndef SPOM_AUTHORITY_SSO_SAML_PUBLISHED_H
#define SPOM_AUTHORITY_SSO_SAML_PUBLISHED_H
#include "authority/call/call.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

#define SAML_PUBLISHED_MS 60000

/* What follows the opening tag of our EntityDescriptor, its end included, as a signed document on the arena. Any thread. Errors of signing.h;
 * ERR_TOO_LARGE. */
NODISCARD enum err saml_published(struct call *call, struct text rest, struct text *document_r);

#endif
