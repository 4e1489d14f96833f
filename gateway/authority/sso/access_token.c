#include "authority/sso/access_token.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/claims.h"
#include "authority/sso/signing.h"
#include "base/clock.h"
#include "conf/conf.h"

#define TYP "at+jwt"

static void free_json(json_t **json)
{
	json_decref(*json);
}

static void put(json_t *json, const char *name, struct text value)
{
	if (value.len > 0)
		(void)json_object_set_new(json, name, json_stringn(value.at, value.len));
}

static void put_time(json_t *json, const char *name, int64_t time_ms)
{
	(void)json_object_set_new(json, name, json_integer(time_ms / 1000));
}

/* RFC 9068 section 2.2; of a client's own token it is the client itself that is its subject. */
static bool fill(struct call *call, const struct access_token *token, json_t *json)
{
	const struct conf *conf = call->authority->conf;
	const struct msg_service_record *service = token->service;
	struct text subject = token->session != NULL ? claims_subject(call, service, token->session->person)
						     : service->client_id;
	put(json, "iss", text_of(conf->portal.origin));
	put(json, "sub", subject);
	put(json, "aud", token->of->audience);
	put(json, "client_id", service->client_id);
	put_time(json, "exp", token->expires_ms);
	put_time(json, "iat", clock_now_ms());
	put(json, "jti", (struct text){ (const char *)token->id.at, token->id.len });
	put(json, "scope", token->scope);
	if (token->session != NULL)
		claims_put_proof(json, token->session, token->of->acr, token->of->proved);
	return subject.at != NULL;
}

enum err access_token_sign(struct call *call, const struct access_token *token, struct secret *signed_r)
{
	CLEANUP(free_json) json_t *json = json_object();
	struct text claims;
	bool filled = json != NULL && fill(call, token, json);
	char *text = filled ? json_dumps(json, JSON_COMPACT) : NULL;
	bool copied = text != NULL && text_copy(&call->arena, text_of(text), &claims);
	free(text);
	if (!copied)
		return ERR_NO_MEMORY;
	return signing_sign(call->authority, token->service->alg, TYP, claims, &call->arena, signed_r);
}

bool access_token_is_jwt(struct secret token)
{
	return token.at != NULL && memchr(token.at, '.', token.len) != NULL;
}

enum err access_token_read(struct call *call, struct secret token, struct secret *id_r)
{
	struct text claims;
	enum err err = signing_open(
	    call->authority, TYP, (struct text){ (const char *)token.at, token.len }, &call->arena, &claims);
	if (err != OK)
		return err == ERR_MALFORMED ? ERR_NOT_FOUND : err;
	CLEANUP(free_json) json_t *json = json_loadb(claims.at, claims.len, 0, NULL);
	const char *id = json_string_value(json_object_get(json, "jti"));
	*id_r = id != NULL ? secret_copy(&call->arena, id, strlen(id)) : (struct secret){ NULL, 0 };
	return id_r->at != NULL ? OK : ERR_NO_MEMORY;
}
