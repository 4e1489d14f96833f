#include "authority/sso/cas_parts.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/sso/answer.h"
#include "authority/sso/registry.h"
#include "authority/store/store.h"

enum err cas_refuse(struct call *call, const struct msg_service_record *service, enum cas_code code,
    const char *why, struct wire_any *answer_r)
{
	struct msg_cas_refused *refused = arena_alloc(&call->arena, sizeof *refused);
	if (refused == NULL)
		return ERR_NO_MEMORY;
	*refused = (struct msg_cas_refused){ code, text_of(why) };
	answer_note(call, AUDIT_SERVICE_REFUSED, service, NULL, why);
	*answer_r = WIRE(cas_refused, refused);
	return OK;
}

enum err cas_load_service(
    struct call *call, struct cas_whose whose, const struct msg_service_record **service_r)
{
	const struct msg_service_record *service;
	enum err err = registry_address(call->authority, whose.address, &call->arena, &service);
	if (err != OK)
		return err;
	if (!text_equal(service->name, whose.name) || service->added != whose.registered)
		return ERR_NOT_FOUND;
	*service_r = service;
	return OK;
}

enum err cas_load_session(struct call *call, struct bytes of, const struct msg_session_record **session_r)
{
	struct store_key key = { .kind = STORE_SESSION };
	memcpy(key.bytes, of.at, sizeof key.bytes);
	return session_check(call->authority, &key, &call->arena, session_r);
}
