/* userinfo.c - what a token opens: the claims of its person (OpenID Connect Core 5.3), what it is (RFC 7662), and its end (RFC 7009). */
#include <jansson.h>
#include <stdlib.h>
#include "authority/authority.h"
#include "authority/sso/access.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/grant.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/sso/release.h"
#include "conf/conf.h"

/* A token of a person that its service hands on to somebody else (RFC 8707) opens nothing here: who it is for would learn what the service may
 * know. */
static bool is_for_us(const struct grant_opened *opened, const struct msg_service_record *service)
{
	struct text audience = opened->token->audience;
	return opened->session == NULL || audience.at == NULL || text_equal(audience, service->name);
}

enum err oidc_on_userinfo(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_userinfo *wanted = ask;
	const struct msg_service_record *service = NULL;
	struct grant_opened opened;
	struct text json;
	enum err err = grant_token_open(call, wanted->access_token, &opened);
	if (err == OK) /* a service that was taken away has no tokens any more */
		err = registry_client(call->authority, opened.token->client_id, &call->arena, &service);
	if (err == OK && (!grant_token_is_of(opened.token, service) || !is_for_us(&opened, service)))
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND)
		return answer_error(
		    call, OAUTH_INVALID_TOKEN, "the access token is not valid, or not any more", answer_r);
	if (err == OK && opened.session == NULL)
		return answer_error(
		    call, OAUTH_INSUFFICIENT_SCOPE, "the access token is of nobody", answer_r);
	if (err != OK)
		return err;
	const struct claims_wanted told = { opened.token->scope, opened.token->userinfo };
	err = claims_userinfo(call, service, opened.session, &told, &json);
	return err == OK ? answer_json(call, json, answer_r) : err;
}

static void put(json_t *json, const char *name, struct text value)
{
	if (value.len > 0)
		(void)json_object_set_new(json, name, json_stringn(value.at, value.len));
}

/* Who asks is told of a person what its own entry says, under the name by which it knows the person. */
static bool put_person(struct call *call, json_t *json, const struct msg_service_record *asker,
    const struct grant_opened *opened)
{
	struct text subject = claims_subject(call, asker, opened->session->person);
	bool own = grant_token_is_of(opened->token, asker);
	put(json, "sub", subject);
	const struct claims_wanted told = { opened->token->scope, opened->token->userinfo };
	if (own ? release_may(call->authority->conf, asker, &told, "preferred_username")
		: release_may_have(asker, "preferred_username"))
		put(json, "username", opened->session->user);
	return subject.at != NULL;
}

/* RFC 7662 section 2.2, of a live token that concerns the client; whatever else it is, is said in one way. */
static struct text describe(
    struct call *call, const struct msg_service_record *asker, const struct grant_opened *opened)
{
	const struct conf *conf = call->authority->conf;
	const struct msg_token_record *token = opened->token;
	struct text json = { NULL, 0 };
	json_t *object = json_pack("{s:b s:s s:I s:I s:s}", "active", 1, "token_type", "Bearer", "exp",
	    (json_int_t)(token->expires / 1000), "iat", (json_int_t)(token->made / 1000), "iss",
	    conf->portal.origin);
	put(object, "scope", token->scope);
	put(object, "client_id", token->client_id);
	put(object, "aud", token->audience);
	bool filled = true;
	if (opened->session != NULL)
		filled = put_person(call, object, asker, opened);
	else
		put(object, "sub", token->client_id);
	char *text = filled && object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	if (text == NULL || !text_copy(&call->arena, text_of(text), &json))
		json.at = NULL;
	free(text);
	json_decref(object);
	return json;
}

/* Another's token that is for the one who asks: while that other one is registered, and the person may use this one. */
static enum err check_audience(
    struct call *call, const struct msg_service_record *asker, const struct grant_opened *opened)
{
	const struct msg_service_record *owner;
	bool level;
	if (!asker->resource_server || !text_equal(opened->token->audience, asker->name))
		return ERR_NOT_FOUND;
	enum err err = registry_client(call->authority, opened->token->client_id, &call->arena, &owner);
	if (err != OK)
		return err;
	bool good =
	    grant_token_is_of(opened->token, owner) &&
	    (opened->session == NULL || access_forbids(asker, opened->session, &call->arena, &level) == NULL);
	return good ? OK : ERR_NOT_FOUND;
}

enum err oidc_on_introspect(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_introspect *wanted = ask;
	const struct msg_service_record *service = NULL;
	struct grant_opened opened;
	enum err err = answer_client(call, wanted->client, &service);
	/* anybody can say that he is a public client */
	if (err == ERR_FORBIDDEN || (err == OK && service->secret.at == NULL))
		return answer_no_client(call, answer_r);
	if (err == OK && wanted->token.at == NULL)
		return answer_error(call, OAUTH_INVALID_REQUEST, "token is missing", answer_r);
	if (err == OK)
		err = grant_token_open(call, wanted->token, &opened);
	if (err == OK && !grant_token_is_of(opened.token, service))
		err = check_audience(call, service, &opened);
	if (err == ERR_NOT_FOUND)
		return answer_json(call, TEXT_LITERAL("{\"active\":false}"), answer_r);
	return err == OK ? answer_json(call, describe(call, service, &opened), answer_r) : err;
}

enum err oidc_on_revoke(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_revoke *wanted = ask;
	const struct msg_service_record *service = NULL;
	struct msg_done *done = arena_alloc(&call->arena, sizeof *done);
	enum err err = done != NULL ? answer_client(call, wanted->client, &service) : ERR_NO_MEMORY;
	if (err == ERR_FORBIDDEN)
		return answer_no_client(call, answer_r);
	if (err == OK && wanted->token.at == NULL)
		return answer_error(call, OAUTH_INVALID_REQUEST, "token is missing", answer_r);
	if (err == OK)
		err = grant_token_revoke(call, wanted->token, service->client_id);
	if (err == OK)
		*answer_r = WIRE(done, done);
	return err;
}
