/* saml_context.c - what a service may ask for of how a person was proved, and what is said of it (SAML Core 3.3.2.2.1, REFEDS profiles). */
#include "authority/sso/claims.h"
#include "authority/sso/saml_parts.h"

/* SAML Authentication Context 3.4.3: a password over TLS, which every session of ours begins with. Old services ask for nothing else. */
#define PASSWORD "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

static const struct context {
	char letter;
	const char *uri;
	enum session_level level;
} CONTEXTS[] = {
#define LEVEL(level, acr) { 'a' + (level), acr, level },
/* clang-format off */
#include "authority/sso/levels.def"
/* clang-format on */
#undef LEVEL
	{ 'A', PASSWORD, SESSION_LEVEL_PASSWORD },
};

char saml_context_letter(struct text uri)
{
	for (size_t i = 0; i < COUNT(CONTEXTS); i++)
		if (text_equal_str(uri, CONTEXTS[i].uri))
			return CONTEXTS[i].letter;
	return '\0';
}

static const struct context *find(char letter)
{
	for (size_t i = 0; i < COUNT(CONTEXTS); i++)
		if (CONTEXTS[i].letter == letter)
			return &CONTEXTS[i];
	return NULL;
}

const char *saml_context(const struct msg_saml_request_record *request, enum session_level level)
{
	if (request->unmet)
		return NULL;
	for (size_t i = 0; i < request->contexts.len; i++) {
		const struct context *wanted = find(request->contexts.at[i]);
		if (wanted != NULL && wanted->level <= level)
			return request->minimum ? claims_acr(level) : wanted->uri;
	}
	return request->contexts.len == 0 ? claims_acr(level) : NULL;
}
