/* saml_context.c - what a service may ask for of how a person was proved, and what is said of it (SAML Core 3.3.2.2.1). */
#include "authority/sso/acr.h"
#include "authority/sso/saml_parts.h"

/* SAML Authentication Context 3.4.3: a password over TLS, which every session of ours begins with. Old services ask for nothing else. */
#define PASSWORD "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

enum session_level saml_context_level(const struct conf *conf, struct text uri)
{
	return text_equal_str(uri, PASSWORD) ? SESSION_LEVEL_PASSWORD : acr_level(conf, uri);
}

struct text saml_context(
    const struct conf *conf, const struct msg_saml_request_record *request, enum session_level level)
{
	struct text none = { NULL, 0 }, own = text_of(acr_of(level)), rest = request->contexts, word;
	if (request->unmet)
		return none;
	if (rest.len == 0)
		return own;
	while (text_next_word(&rest, " ", &word)) {
		enum session_level wanted =
		    saml_context_level(conf, word); /* none: it is no name (any more) */
		if (wanted != SESSION_LEVEL_NONE && wanted <= level)
			return request->minimum ? own : word;
	}
	return none;
}
