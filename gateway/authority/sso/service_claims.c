/* service_claims.c - what a service is told, and under which other names: none may pass for what the protocol itself says, or for another claim. */
#include <string.h>
#include "authority/sso/release.h"
#include "authority/sso/service.h"

/* By which answers say what they are, of whom and until when: JWT (RFC 7519 and those after it), OpenID Connect Core 1.0, RFC 7662. "error" is none, and
 * libraries take an answer that has it for a refusal. */
static const char *const OF_OIDC[] = { "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "acr", "amr",
	"auth_time", "azp", "at_hash", "c_hash", "s_hash", "sid", "sub_jwk", "cnf", "act", "may_act",
	"events", "_claim_names", "_claim_sources", "active", "scope", "client_id", "token_type", "error" };

/* CAS Protocol 3.0, appendix A: libraries look for them wherever they stand. */
static const char *const OF_CAS[] = { "user", "attributes", "attribute", "proxies", "proxy",
	"proxyGrantingTicket", "authenticationDate", "longTermAuthenticationRequestTokenUsed",
	"isFromNewLogin" };

static bool is_among(struct text name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == name.len && strncasecmp(names[i], name.at, name.len) == 0)
			return true;
	return false;
}

static bool is_of_protocol(enum protocol protocol, struct text name)
{
	switch (protocol) {
	case PROTOCOL_CAS:
		return is_among(name, OF_CAS, COUNT(OF_CAS));
	case PROTOCOL_OIDC:
	case PROTOCOL_REGISTRATION:
		return is_among(name, OF_OIDC, COUNT(OF_OIDC));
	default:
		return false;
	}
}

/* What stands in names of URIs; it is compared, and never opened. */
static bool is_uri(struct text text)
{
	static const char ALSO[] = "-._~:/?#%+@";
	bool begins = text_starts_with(text, "urn:") || text_starts_with(text, "https://") ||
		      text_starts_with(text, "http://");
	for (size_t i = 0; begins && i < text.len; i++) {
		char c = text.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		begins = plain || strchr(ALSO, c) != NULL;
	}
	return begins;
}

/* The name of an element, which is what CAS has, is no URI. */
static bool may_be_told_as(enum protocol protocol, struct text name)
{
	return text_is_name(name) || (protocol != PROTOCOL_CAS && is_uri(name));
}

const char *service_claims_fault(const struct conf *conf, const struct msg_service_record *service)
{
	bool renames = false;
	for (uint32_t i = 0; i < service->claims.n; i++) {
		struct release_claim claim = release_claim(&service->claims.at[i]);
		if (!release_is_known(conf, claim.name))
			return "service_claim";
		if (claim.as.at == NULL)
			continue;
		if (!may_be_told_as(service->protocol, claim.as))
			return "service_claim_as";
		if (is_of_protocol(service->protocol, claim.as))
			return "service_claim_protocol";
		renames = true;
	}
	return renames && release_is_ambiguous(conf, service) ? "service_claim_twice" : NULL;
}
