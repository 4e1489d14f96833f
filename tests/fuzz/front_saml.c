/* front_saml.c - requests of SAML, by every parameter of its bindings: what the authority is given is what stands in them, octet by octet, since
 * that is what was signed. */
#include <string.h>
#include "fuzz/help/asked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In this order by the corpus. */
static const struct asked_way WAYS[] = {
	{ ROLE_DOOR, METHOD_GET, "/saml/sso", true },
	{ ROLE_DOOR, METHOD_POST, "/saml/sso", true },
	{ ROLE_DOOR, METHOD_GET, "/saml/slo", true },
	{ ROLE_DOOR, METHOD_POST, "/saml/slo", true },
	{ ROLE_DOOR, METHOD_GET, "/saml/start", false },
};

static const char *parameter(struct wire_any in, const char *field)
{
	static const struct {
		const char *field, *parameter;
	} ROWS[] = { { "request", "SAMLRequest" }, { "response", "SAMLResponse" },
		{ "relay_state", "RelayState" }, { "sig_alg", "SigAlg" }, { "signature", "Signature" },
		{ "service", "service" } };
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (strcmp(field, ROWS[i].field) == 0)
			return ROWS[i].parameter;
	if (strcmp(field, "mark") == 0)
		return in.msg == wire_msg_saml_slo() ? "spom_leave" : "spom_request";
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct asked_ways ways = { WAYS, COUNT(WAYS), parameter };
	asked_try(&ways, data, size);
	return 0;
}
