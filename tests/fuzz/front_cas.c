/* front_cas.c - requests of CAS, by every parameter: what the authority is asked is what stands in them. */
#include <string.h>
#include "fuzz/help/asked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In this order by the corpus. */
static const struct asked_way WAYS[] = {
	{ ROLE_DOOR, METHOD_GET, "/cas/login", false },
	{ ROLE_DOOR, METHOD_GET, "/cas/logout", false },
	{ ROLE_BACK, METHOD_GET, "/cas/validate", false },
	{ ROLE_BACK, METHOD_GET, "/cas/serviceValidate", false },
	{ ROLE_BACK, METHOD_GET, "/cas/proxyValidate", false },
	{ ROLE_BACK, METHOD_GET, "/cas/p3/serviceValidate", false },
	{ ROLE_BACK, METHOD_GET, "/cas/p3/proxyValidate", false },
	{ ROLE_BACK, METHOD_GET, "/cas/proxy", false },
	{ ROLE_DOOR, METHOD_POST, "/cas/login", false },
	{ ROLE_DOOR, METHOD_POST, "/cas/logout", false },
};

static const char *parameter(struct wire_any in, const char *field)
{
	static const struct {
		const char *field, *parameter;
	} ROWS[] = { { "session", NULL }, { "address", NULL }, { "asked", NULL }, { "consented", NULL },
		{ "pgt_url", "pgtUrl" }, { "target_service", "targetService" } };
	(void)in;
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (strcmp(field, ROWS[i].field) == 0)
			return ROWS[i].parameter;
	return field;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct asked_ways ways = { WAYS, COUNT(WAYS), parameter };
	asked_try(&ways, data, size);
	return 0;
}
