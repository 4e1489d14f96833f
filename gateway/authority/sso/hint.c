#include "authority/sso/hint.h"
#include <jansson.h>
#include "authority/authority.h"
#include "authority/sso/signing.h"

static void free_json(json_t **json)
{
	json_decref(*json);
}

static bool take(const json_t *json, const char *name, struct arena *arena, struct text *value_r)
{
	const char *value = json_string_value(json_object_get(json, name));
	return value != NULL && text_copy(arena, text_of(value), value_r);
}

enum err hint_read(struct call *call, struct secret token, struct hint *hint_r)
{
	struct text whole = { (const char *)token.at, token.len }, claims;
	*hint_r = (struct hint){ { NULL, 0 }, { NULL, 0 } };
	enum err err = signing_open(call->authority, "JWT", whole, &call->arena, &claims);
	if (err != OK)
		return err == ERR_MALFORMED ? OK : err;
	CLEANUP(free_json) json_t *json = json_loadb(claims.at, claims.len, 0, NULL);
	bool taken =
	    take(json, "aud", &call->arena, &hint_r->aud) && take(json, "sub", &call->arena, &hint_r->sub);
	return taken ? OK : ERR_NO_MEMORY; /* we have written both */
}
