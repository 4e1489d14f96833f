#include "authority/sso/naming.h"
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/sso/registry.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/shelf.h"

enum portal_language naming_of_call(const struct call *call)
{
	const struct wire_field *field = wire_field(call->ask.msg, TEXT_LITERAL("language"));
	enum portal_language language = LANGUAGE_EN;
	if (field != NULL && field->kind == WIRE_ENUM && field->list == &wire_enum_portal_language)
		memcpy(&language, (const char *)call->ask.at + field->offset, sizeof language);
	return language;
}

/* Whether a tag (RFC 5646) is that language, or one of its regions. */
static bool is_tag_of(struct text tag, const char *language)
{
	size_t len = strlen(language);
	return tag.len >= len && strncasecmp(tag.at, language, len) == 0 &&
	       (tag.len == len || strchr("-; ", tag.at[len]) != NULL);
}

enum portal_language naming_of_person(struct text language, enum portal_language otherwise)
{
	struct text rest = language;
	while (rest.len > 0) {
		const char *comma = memchr(rest.at, ',', rest.len);
		struct text tag = { rest.at, comma != NULL ? (size_t)(comma - rest.at) : rest.len };
		for (unsigned i = 0; i < wire_enum_portal_language.count; i++)
			if (is_tag_of(tag, WIRE_ENUM_TEXT(portal_language, i)))
				return (enum portal_language)i;
		size_t taken = tag.len + (comma != NULL);
		rest = (struct text){ rest.at + taken, rest.len - taken };
		while (rest.len > 0 && rest.at[0] == ' ')
			rest = (struct text){ rest.at + 1, rest.len - 1 };
	}
	return otherwise;
}

enum portal_language naming_of_session(const struct call *call, const struct msg_session_record *session)
{
	enum portal_language asked = naming_of_call(call);
	return session != NULL ? naming_of_person(session->language, asked) : asked;
}

static const struct msg_named_row *find(
    const struct msg_service_record *service, enum portal_language language)
{
	for (uint32_t i = 0; i < service->named.n; i++)
		if (service->named.at[i].language == language)
			return &service->named.at[i];
	return NULL;
}

struct text naming_label(const struct msg_service_record *service, enum portal_language language)
{
	const struct msg_named_row *row = find(service, language);
	return row != NULL && row->label.at != NULL ? row->label : service->label;
}

struct text naming_about(const struct msg_service_record *service, enum portal_language language)
{
	const struct msg_named_row *row = find(service, language);
	return row != NULL && row->about.at != NULL ? row->about : service->about;
}

struct text naming_initial(struct text label)
{
	size_t len = label.len > 0 ? 1 : 0;
	while (len > 0 && len < label.len && ((unsigned char)label.at[len] & 0xc0) == 0x80)
		len++;
	return (struct text){ label.at, len };
}

struct text naming_logo(struct text name, int64_t registered, bool has_logo, struct arena *arena)
{
	if (!has_logo)
		return (struct text){ NULL, 0 };
	return text_of(arena_printf(arena, "/services/%.*s/logo?v=%" PRId64, TEXT_ARGS(name), registered));
}

/* --- asked by front ------------------------------------------------------------------------------------------------- */

static enum err find_by(
    struct call *call, const struct msg_service_named *wanted, const struct msg_service_record **service_r)
{
	struct saml_came came;
	const struct msg_saml_request_record *request;
	const struct msg_saml_sso marked = { .mark = wanted->by, .sought = true };
	enum err err;
	switch (wanted->protocol) {
	case PROTOCOL_OIDC:
		return registry_client(call->authority, wanted->by, &call->arena, service_r);
	case PROTOCOL_CAS:
		return registry_address(call->authority, wanted->by, &call->arena, service_r);
	case PROTOCOL_SAML:
		err = saml_mark_open(call, &marked, &came, &request);
		if (err == OK)
			*service_r = came.service;
		return err;
	default:
		return ERR_NOT_FOUND;
	}
}

enum err naming_on_service_named(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_named *wanted = ask;
	const struct msg_service_record *service;
	struct msg_service_name *answer = arena_alloc(&call->arena, sizeof *answer);
	enum err err = answer != NULL ? find_by(call, wanted, &service) : ERR_NO_MEMORY;
	if (err == OK)
		answer->name = naming_label(service, wanted->language);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*answer_r = WIRE(service_name, answer);
	return OK;
}

/* Browsers keep it for good, by the record that it is of: of another one there is none at that address. */
enum err naming_on_service_logo(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_logo *wanted = ask;
	const struct msg_session_record *session;
	const void *record;
	struct msg_service_logo_found *found = arena_alloc(&call->arena, sizeof *found);
	enum err err = found != NULL ? session_load(call->authority, wanted->session, &call->arena, &session)
				     : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	*found = (struct msg_service_logo_found){ .png = { (const uint8_t *)"", 0 } };
	*answer_r = WIRE(service_logo_found, found);
	err = shelf_load(call->authority, SHELF_SERVICE, wanted->name, &call->arena, &record);
	if (err != OK)
		return err == ERR_NOT_FOUND || err == ERR_MALFORMED || err == ERR_STALE ? OK : err;
	const struct msg_service_record *service = record;
	if (service->added == (int64_t)wanted->v && service->logo.at != NULL)
		found->png = service->logo;
	return OK;
}
