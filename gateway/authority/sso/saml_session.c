/* saml_session.c - by what a service knows a session: SessionIndex and NameID, for all of the session the same, so that the service and we speak of the
 * same thing when it ends (SAML Profiles 4.4). Whose they are: session/indexed.h. */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/visits.h"
#include "authority/sso/claims.h"
#include "authority/sso/release.h"
#include "authority/sso/saml.h"
#include "authority/sso/saml_parts.h"
#include "base/enc.h"

#define SERVICE_MAX 64u

struct text saml_session_index(
    struct call *call, const struct msg_session_record *session, const struct msg_service_record *service)
{
	struct text sid = visits_sid(call->authority, session, service->name, &call->arena);
	return sid.at != NULL
		   ? text_of(arena_printf(&call->arena, "_%.*s", TEXT_ARGS(sid)))
		   : saml_id(&call->arena); /* of an earlier release: it has no trail, and is never found */
}

/* Nobody knows the person by it elsewhere, or in another session. */
static struct text transient(
    struct call *call, const struct msg_session_record *session, const struct msg_service_record *service)
{
	uint8_t bytes[STORE_KEY_SIZE + SERVICE_MAX] = { 0 }, hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(KEYS_HASH_SIZE)];
	struct store_key trail;
	if (!visits_key(call->authority, session, &trail))
		return saml_id(&call->arena);
	memcpy(bytes, trail.bytes, sizeof trail.bytes);
	memcpy(bytes + sizeof trail.bytes, service->name.at, service->name.len);
	keys_hash(call->authority->keys, KEY_SAML_INDEX, bytes, sizeof bytes, hash);
	enc_base64url(hash, sizeof hash, text);
	return text_of(arena_printf(&call->arena, "_%s", text));
}

enum err saml_session_name(struct call *call, const struct msg_session_record *session,
    const struct msg_service_record *service, enum saml_format format, struct text *name_r)
{
	switch (format) {
	case SAML_PERSISTENT:
		*name_r = claims_subject(call, service, session->person);
		break;
	case SAML_EMAIL:
		if (text_is_empty(session->mail) ||
		    !release_may(call->authority->conf, service, NULL, "email"))
			return ERR_NOT_FOUND;
		*name_r = session->mail;
		break;
	case SAML_TRANSIENT:
	default:
		*name_r = transient(call, session, service);
		break;
	}
	return name_r->at != NULL ? OK : ERR_NO_MEMORY;
}

enum err saml_name_of(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text *name_r, struct text *format_r)
{
	enum saml_format format = saml_usual_format(service);
	*format_r = text_of(saml_format_uri(format));
	return saml_session_name(call, session, service, format, name_r);
}
