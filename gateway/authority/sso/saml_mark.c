/* saml_mark.c - what travels with the person in place of being stored, sealed. A mark of one kind is none of another. */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/saml_parts.h"

#define MARK_MAX 2000u

static struct bytes kind_of(const struct wire_msg *msg)
{
	return (struct bytes){ (const uint8_t *)msg->name, strlen(msg->name) };
}

struct text saml_seal(struct call *call, struct wire_any record)
{
	uint8_t body[MARK_MAX];
	size_t len;
	struct secret sealed;
	if (wire_encode(record, body, sizeof body, &len) != OK ||
	    keys_seal_for(call->authority->keys, KEY_SAML_MARK, (struct bytes){ body, len },
		kind_of(record.msg), &call->arena, &sealed) != OK)
		return (struct text){ NULL, 0 };
	return (struct text){ (const char *)sealed.at, sealed.len };
}

enum err saml_unseal(struct call *call, struct text mark, const struct wire_msg *msg, const void **record_r)
{
	struct secret sealed = { (unsigned char *)(uintptr_t)mark.at, mark.len };
	struct bytes plain;
	enum err err =
	    keys_unseal_for(call->authority->keys, KEY_SAML_MARK, sealed, kind_of(msg), &call->arena, &plain);
	if (err == OK)
		err = wire_decode(msg, (uint8_t *)(uintptr_t)plain.at, plain.len, &call->arena, record_r);
	return err == OK || err == ERR_NO_MEMORY ? err : ERR_NOT_FOUND;
}
