/* service_name.c - what the service is called for whose sake somebody signs in: by what stands in the address to which the sign-in leads. */
#include <string.h>
#include "front/decode.h"
#include "front/oidc.h"
#include "front/show.h"
#include "front/view.h"

static const struct {
	const char *way;
	enum protocol protocol;
	const char *parameter;
} WAYS[] = {
	{ "/oidc/authorize?", PROTOCOL_OIDC, "client_id" },
	{ "/cas/login?", PROTOCOL_CAS, "service" },
	{ "/saml/sso?", PROTOCOL_SAML, "spom_request" },
};

struct text oidc_service_name(struct exchange *x, struct text next)
{
	struct msg_service_named ask = { .language = view_language(x) };
	const struct msg_service_name *found = NULL;
	const char *field;
	for (size_t i = 0; i < COUNT(WAYS); i++) {
		if (!text_starts_with(next, WAYS[i].way))
			continue;
		size_t len = strlen(WAYS[i].way);
		struct text query = { next.at + len, next.len - len };
		ask.protocol = WAYS[i].protocol;
		if (decode_query(query, WAYS[i].parameter, x->request->arena, &ask.by) != OK)
			ask.by = (struct text){ NULL, 0 };
	}
	if (ask.by.len > 0 && wire_check(WIRE(service_named, &ask), &field) == OK)
		found = show_ask_quietly(x, WIRE(service_named, &ask), wire_msg_service_name());
	return found != NULL ? found->name : (struct text){ NULL, 0 };
}
