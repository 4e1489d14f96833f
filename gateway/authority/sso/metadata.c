#include "authority/sso/metadata.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "authority/sso/access.h"
#include "wire/json.h"

#define REDIRECT_URIS_MAX 24u
#define LOGOUT_URIS_MAX 8u
#define URI_MAX 500u
#define NAME_MAX 120u
#define AGE_MAX 31536000
#define JWKS_MAX (16 * KIB)
#define SIGNS "private_key_jwt"

struct reading {
	const struct msg_service_record *registration;
	struct arena *arena;
	struct metadata *to;
	struct metadata_fault fault;
	enum err err;
};

/* A member; value NULL where there is none. NULL, or what is wrong with it. */
typedef const char *read_member(struct reading *reading, const json_t *value);

/* --- helpers ------------------------------------------------------------------------------------------------------ */

static bool is_one_of(const json_t *value, const char *const *words, size_t n)
{
	const char *word = json_string_value(value);
	bool found = false;
	for (size_t i = 0; word != NULL && i < n; i++)
		found |= strcmp(word, words[i]) == 0;
	return found;
}

/* Absent: it is no text, or too long, or memory is out. */
static struct text text_in(struct reading *reading, const json_t *value, size_t max)
{
	struct text text = { json_string_value(value), json_string_length(value) }, copy = { NULL, 0 };
	if (text.at == NULL || text.len == 0 || text.len > max || text_has_control(text.at, text.len, false))
		return copy;
	if (!text_copy(reading->arena, text, &copy))
		reading->err = ERR_NO_MEMORY;
	return copy;
}

/* One where the operator has said that addresses may be; absent: none, or another. */
static struct text uri_in(struct reading *reading, const json_t *value)
{
	struct text uri = text_in(reading, value, URI_MAX);
	return uri.at != NULL && access_is_at(reading->registration, uri) ? uri : (struct text){ NULL, 0 };
}

/* NULL, or what is wrong with a list of them. */
static const char *read_uris(struct reading *reading, const json_t *value, size_t max,
    const struct msg_uri_row **rows_r, uint32_t *n_r)
{
	size_t n = json_array_size(value);
	struct msg_uri_row *rows = arena_array(reading->arena, n + 1, sizeof *rows);
	if (!json_is_array(value) || n > max)
		return "it is no list, or too long";
	if (rows == NULL) {
		reading->err = ERR_NO_MEMORY;
		return "";
	}
	for (size_t i = 0; i < n; i++) {
		rows[i].uri = uri_in(reading, json_array_get(value, i));
		if (rows[i].uri.at == NULL)
			return "an address is where the token lets none be";
	}
	*rows_r = rows;
	*n_r = (uint32_t)n;
	return NULL;
}

/* --- members ------------------------------------------------------------------------------------------------------ */

static const char *read_redirects(struct reading *reading, const json_t *value)
{
	struct msg_service_record *service = &reading->to->service;
	const char *why = read_uris(
	    reading, value, REDIRECT_URIS_MAX, &service->redirect_uris.at, &service->redirect_uris.n);
	return why == NULL && service->redirect_uris.n == 0 ? "there is none" : why;
}

static const char *read_logouts(struct reading *reading, const json_t *value)
{
	struct msg_service_record *service = &reading->to->service;
	if (value == NULL)
		return NULL;
	return read_uris(reading, value, LOGOUT_URIS_MAX, &service->logout_uris.at, &service->logout_uris.n);
}

static const char *read_told(struct reading *reading, const json_t *value, struct text *uri_r)
{
	*uri_r = value != NULL ? uri_in(reading, value) : (struct text){ NULL, 0 };
	if (value != NULL && uri_r->at == NULL)
		return "an address is where the token lets none be";
	/* the courier goes there: never to a port of this machine that a stranger names */
	return value != NULL && !text_starts_with(*uri_r, "https://") ? "it is no https address" : NULL;
}

static const char *read_backchannel(struct reading *reading, const json_t *value)
{
	return read_told(reading, value, &reading->to->service.backchannel_logout_uri);
}

static const char *read_frontchannel(struct reading *reading, const json_t *value)
{
	return read_told(reading, value, &reading->to->service.frontchannel_logout_uri);
}

static const char *read_method(struct reading *reading, const json_t *value)
{
	static const char *const METHODS[] = { "client_secret_basic", "client_secret_post", SIGNS, "none" };
	reading->to->method = TEXT_LITERAL("client_secret_basic");
	if (value == NULL)
		return NULL;
	if (!is_one_of(value, METHODS, COUNT(METHODS)))
		return "it is none that is offered here";
	reading->to->method = text_in(reading, value, NAME_MAX);
	reading->to->is_public = text_equal_str(reading->to->method, "none");
	return NULL;
}

/* Keys that it does not sign with are of no concern here. */
static const char *read_jwks(struct reading *reading, const json_t *value)
{
	if (!text_equal_str(reading->to->method, SIGNS))
		return NULL;
	if (!json_is_object(value))
		return "who signs who it is says with which keys";
	char *json = arena_alloc(reading->arena, JWKS_MAX);
	size_t len = json != NULL ? json_dumpb(value, json, JWKS_MAX, JSON_COMPACT) : 0;
	if (json == NULL)
		reading->err = ERR_NO_MEMORY;
	if (len == 0 || len > JWKS_MAX)
		return "it is too long";
	reading->to->jwks = (struct text){ json, len };
	return NULL;
}

static const char *read_signing(struct reading *reading, const json_t *value)
{
	if (value == NULL)
		return NULL;
	for (unsigned i = 0; i < wire_enum_jws_alg.count; i++)
		if (text_equal_str(text_of(json_string_value(value)), wire_enum_jws_alg.texts[i])) {
			reading->to->alg = (enum jws_alg)i;
			reading->to->has_alg = true;
			return NULL;
		}
	return "it is none that is offered here";
}

static const char *read_grants(struct reading *reading, const json_t *value)
{
	const char *code = "authorization_code", *refresh = "refresh_token";
	bool has_code = value == NULL;
	reading->to->service.refresh = false;
	if (value != NULL && !json_is_array(value))
		return "it is no list";
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *one = json_array_get(value, i);
		bool refreshes = is_one_of(one, &refresh, 1);
		if (!is_one_of(one, &code, 1) && !(refreshes && reading->registration->refresh))
			return "one is none that the token lets it have";
		has_code |= !refreshes;
		reading->to->service.refresh |= refreshes;
	}
	return has_code ? NULL : "authorization_code is not among them";
}

static const char *read_responses(struct reading *reading, const json_t *value)
{
	const char *code = "code";
	(void)reading;
	bool good =
	    value == NULL || (json_array_size(value) == 1 && is_one_of(json_array_get(value, 0), &code, 1));
	return good ? NULL : "code is the only one";
}

static const char *read_name(struct reading *reading, const json_t *value)
{
	if (value != NULL)
		reading->to->service.label = text_in(reading, value, NAME_MAX);
	return reading->to->service.label.at != NULL ? NULL : "it is no text of up to 120 bytes";
}

static const char *read_application(struct reading *reading, const json_t *value)
{
	static const char *const TYPES[] = { "web", "native" };
	reading->to->application = value != NULL ? text_in(reading, value, NAME_MAX) : TEXT_LITERAL("web");
	return value == NULL || is_one_of(value, TYPES, COUNT(TYPES)) ? NULL : "it is web or native";
}

static const char *read_subject(struct reading *reading, const json_t *value)
{
	const char *pairwise = "pairwise",
		   *as_said = WIRE_ENUM_TEXT(subject_kind, reading->registration->subject);
	if (value == NULL || is_one_of(value, &as_said, 1))
		return NULL;
	reading->to->service.subject = SUBJECT_PAIRWISE;
	return is_one_of(value, &pairwise, 1) ? NULL : "the token lets it have pairwise ones alone";
}

static const char *read_alg(struct reading *reading, const json_t *value)
{
	static const enum signing_alg ALGS[] = { SIGNING_RS256, SIGNING_ES256, SIGNING_EDDSA };
	reading->to->service.alg = SIGNING_RS256;
	bool found = value == NULL;
	for (size_t i = 0; !found && i < COUNT(ALGS); i++) {
		const char *name = WIRE_ENUM_TEXT(signing_alg, ALGS[i]);
		found = is_one_of(value, &name, 1);
		reading->to->service.alg = ALGS[i];
	}
	return found ? NULL : "it is none that is offered here";
}

/* The stricter of both counts. */
static const char *read_age(struct reading *reading, const json_t *value)
{
	uint64_t own = reading->registration->freshness_s;
	json_int_t age = json_integer_value(value);
	if (value == NULL)
		return NULL;
	if (!json_is_integer(value) || age <= 0 || age > AGE_MAX)
		return "it is no number of seconds up to a year";
	reading->to->service.freshness_s = own > 0 && own < (uint64_t)age ? own : (uint64_t)age;
	return NULL;
}

static const char *refuse(struct reading *reading, const json_t *value)
{
	(void)reading;
	return value != NULL ? "that is not done here" : NULL;
}

static const struct member {
	const char *name;
	enum oauth_error error;
	read_member *read;
} MEMBERS[] = {
	{ "software_statement", OAUTH_UNAPPROVED_SOFTWARE_STATEMENT, refuse },
	{ "redirect_uris", OAUTH_INVALID_REDIRECT_URI, read_redirects },
	{ "post_logout_redirect_uris", OAUTH_INVALID_CLIENT_METADATA, read_logouts },
	{ "backchannel_logout_uri", OAUTH_INVALID_CLIENT_METADATA, read_backchannel },
	{ "frontchannel_logout_uri", OAUTH_INVALID_CLIENT_METADATA, read_frontchannel },
	{ "token_endpoint_auth_method", OAUTH_INVALID_CLIENT_METADATA, read_method },
	{ "jwks_uri", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "jwks", OAUTH_INVALID_CLIENT_METADATA, read_jwks },
	{ "token_endpoint_auth_signing_alg", OAUTH_INVALID_CLIENT_METADATA, read_signing },
	{ "grant_types", OAUTH_INVALID_CLIENT_METADATA, read_grants },
	{ "response_types", OAUTH_INVALID_CLIENT_METADATA, read_responses },
	{ "client_name", OAUTH_INVALID_CLIENT_METADATA, read_name },
	{ "application_type", OAUTH_INVALID_CLIENT_METADATA, read_application },
	{ "subject_type", OAUTH_INVALID_CLIENT_METADATA, read_subject },
	{ "sector_identifier_uri", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "id_token_signed_response_alg", OAUTH_INVALID_CLIENT_METADATA, read_alg },
	{ "id_token_encrypted_response_alg", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "userinfo_signed_response_alg", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "userinfo_encrypted_response_alg", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "request_object_signing_alg", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "request_object_encryption_alg", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "request_uris", OAUTH_INVALID_CLIENT_METADATA, refuse },
	{ "default_max_age", OAUTH_INVALID_CLIENT_METADATA, read_age },
};

static enum err read_all(struct json_t *json, void *to)
{
	struct reading *reading = to;
	for (size_t i = 0; i < COUNT(MEMBERS); i++) {
		const json_t *value = json_object_get(json, MEMBERS[i].name);
		const char *why = MEMBERS[i].read(reading, json_is_null(value) ? NULL : value);
		if (reading->err != OK)
			return reading->err;
		if (why == NULL)
			continue;
		reading->fault.error = MEMBERS[i].error;
		reading->fault.description = arena_printf(reading->arena, "%s: %s", MEMBERS[i].name, why);
		return ERR_MALFORMED;
	}
	return OK;
}

enum err metadata_read(const struct msg_service_record *registration, struct text json, struct arena *arena,
    struct metadata *metadata_r, struct metadata_fault *fault_r)
{
	struct metadata to = { .service = *registration };
	struct reading reading = { .registration = registration, .arena = arena, .to = &to, .err = OK };
	reading.fault = (struct metadata_fault){ OAUTH_INVALID_CLIENT_METADATA, "this is no JSON object" };
	to.service.protocol = PROTOCOL_OIDC;
	to.service.secret = (struct bytes){ NULL, 0 };
	to.service.client_id = to.service.name = (struct text){ NULL, 0 };
	to.service.addresses.n = 0;
	to.service.named.n = 0; /* what the operator calls the token is no name of what comes of it */
	to.service.about = (struct text){ NULL, 0 };
	to.service.logo = (struct bytes){ NULL, 0 };
	to.service.uses = 0;
	to.service.until = 0;
	to.service.registered_by = registration->name;
	to.service.no_pkce = false;
	enum err err =
	    text_is_utf8(json.at, json.len) ? wire_json_look(json, read_all, &reading) : ERR_MALFORMED;
	*fault_r = reading.fault;
	if (err == OK)
		*metadata_r = to;
	return err;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static void put(json_t *object, const char *name, struct text text)
{
	if (text.at != NULL)
		(void)json_object_set_new(object, name, json_stringn(text.at, text.len));
}

static void put_uris(json_t *object, const char *name, const struct msg_uri_row *rows, uint32_t n)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_stringn(rows[i].uri.at, rows[i].uri.len));
	(void)json_object_set_new(object, name, list);
}

static void put_keys(json_t *object, const struct metadata *metadata)
{
	if (metadata->jwks.at == NULL)
		return;
	(void)json_object_set_new(object, "jwks", json_loadb(metadata->jwks.at, metadata->jwks.len, 0, NULL));
	if (metadata->has_alg)
		put(object, "token_endpoint_auth_signing_alg",
		    text_of(WIRE_ENUM_TEXT(jws_alg, metadata->alg)));
}

static void put_secret(json_t *object, struct secret secret)
{
	if (secret.at == NULL)
		return;
	(void)json_object_set_new(object, "client_secret", json_stringn((const char *)secret.at, secret.len));
	(void)json_object_set_new(object, "client_secret_expires_at", json_integer(0));
}

static json_t *make(const struct metadata *metadata, struct secret secret)
{
	const struct msg_service_record *service = &metadata->service;
	json_t *object =
	    json_pack("{s:I s:[s] s:s s:s}", "client_id_issued_at", (json_int_t)(service->added / 1000),
		"response_types", "code", "subject_type", WIRE_ENUM_TEXT(subject_kind, service->subject),
		"id_token_signed_response_alg", WIRE_ENUM_TEXT(signing_alg, service->alg));
	json_t *grants = json_pack("[s]", "authorization_code");
	if (service->refresh)
		(void)json_array_append_new(grants, json_string("refresh_token"));
	(void)json_object_set_new(object, "grant_types", grants);
	put(object, "client_id", service->client_id);
	put(object, "client_name", service->label);
	put(object, "token_endpoint_auth_method", metadata->method);
	put(object, "application_type", metadata->application);
	put(object, "backchannel_logout_uri", service->backchannel_logout_uri);
	put(object, "frontchannel_logout_uri", service->frontchannel_logout_uri);
	put_uris(object, "redirect_uris", service->redirect_uris.at, service->redirect_uris.n);
	if (service->logout_uris.n > 0)
		put_uris(
		    object, "post_logout_redirect_uris", service->logout_uris.at, service->logout_uris.n);
	if (service->freshness_s > 0)
		(void)json_object_set_new(
		    object, "default_max_age", json_integer((json_int_t)service->freshness_s));
	put_keys(object, metadata);
	put_secret(object, secret);
	return object;
}

struct secret metadata_write(const struct metadata *metadata, struct secret secret, struct arena *arena)
{
	json_t *object = make(metadata, secret);
	char *json = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	struct text copy = { NULL, 0 };
	if (json != NULL && !text_copy(arena, text_of(json), &copy))
		copy.at = NULL;
	if (json != NULL)
		explicit_bzero(json, strlen(json));
	free(json);
	json_decref(object);
	return (struct secret){ (unsigned char *)(uintptr_t)copy.at, copy.len };
}
