/* front_oidc.c - requests of OAuth 2.0 and OpenID Connect, by every parameter: what the authority is asked is what stands in them. */
#include <string.h>
#include "fuzz/help/asked.h"
#include "fuzz/help/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In this order by the corpus. */
static const struct asked_way WAYS[] = {
	{ ROLE_DOOR, METHOD_GET, "/oidc/authorize", false },
	{ ROLE_BACK, METHOD_POST, "/oidc/token", false },
	{ ROLE_BACK, METHOD_POST, "/oidc/par", false },
	{ ROLE_BACK, METHOD_POST, "/oidc/device", false },
	{ ROLE_BACK, METHOD_POST, "/oidc/introspect", false },
	{ ROLE_BACK, METHOD_POST, "/oidc/revoke", false },
	{ ROLE_DOOR, METHOD_GET, "/oidc/logout", false },
	{ ROLE_DOOR, METHOD_POST, "/oidc/logout", false },
	{ ROLE_DOOR, METHOD_POST, "/oidc/authorize", false },
};

/* One way alone to say who it is (RFC 6749 section 2.3), or BOTH, which is refused. */
static void check_client(const struct msg_oidc_client *client)
{
	bool shows = client->client_secret.at != NULL;
	bool signs = client->client_assertion.at != NULL || client->client_assertion_type.at != NULL;
	MUST(client->auth != CLIENT_AUTH_NONE || (!shows && !signs));
	MUST(client->auth != CLIENT_AUTH_POST || (shows && !signs));
	MUST(client->auth != CLIENT_AUTH_ASSERTION || (signs && !shows));
	MUST(client->auth != CLIENT_AUTH_BASIC || (client->client_id.at != NULL && shows && !signs));
}

/* What the sign-in has added, and what is known otherwise, are no parameters. */
static const char *parameter(struct wire_any in, const char *field)
{
	static const char *const OWN[] = { "session", "address", "asked", "consented" };
	for (size_t i = 0; i < COUNT(OWN); i++)
		if (strcmp(field, OWN[i]) == 0)
			return NULL;
	if (in.msg != wire_msg_oidc_client())
		return field;
	const struct msg_oidc_client *client = in.at;
	check_client(client);
	bool in_header = strcmp(field, "client_id") == 0 || strcmp(field, "client_secret") == 0;
	return client->auth == CLIENT_AUTH_BASIC && in_header ? NULL : field;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct asked_ways ways = { WAYS, COUNT(WAYS), parameter };
	asked_try(&ways, data, size);
	return 0;
}
