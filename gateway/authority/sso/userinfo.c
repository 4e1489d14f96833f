/* userinfo.c - what a token opens: the claims of its person (OpenID Connect Core 5.3), what it is (RFC 7662), and its end (RFC 7009). */
#include <jansson.h>
#include <stdlib.h>
#include "authority/authority.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/grant.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/sso/release.h"
#include "conf/conf.h"

enum err oidc_on_userinfo(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_userinfo *wanted = ask;
	const struct msg_service_record *service = NULL;
	struct grant_opened opened;
	struct text json;
	enum err err = grant_token_open(call, wanted->access_token, &opened);
	if (err == OK) /* a service that was taken away has no tokens any more */
		err = registry_client(call->authority, opened.token->client_id, &call->arena, &service);
	if (err == OK && !grant_token_is_of(opened.token, service))
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND)
		return answer_error(
		    call, OAUTH_INVALID_TOKEN, "the access token is not valid, or not any more", answer_r);
	if (err != OK)
		return err;
	const struct claims_wanted told = { opened.token->scope, opened.token->userinfo };
	err = claims_userinfo(call, service, opened.session, &told, &json);
	return err == OK ? answer_json(call, json, answer_r) : err;
}

/* RFC 7662 section 2.2, of a live token of the client's own; whatever else it is, is said in one way. */
static struct text describe(
    struct call *call, const struct msg_service_record *service, const struct grant_opened *opened)
{
	const struct conf *conf = call->authority->conf;
	const struct msg_token_record *token = opened->token;
	struct text subject = claims_subject(call, service, opened->session->person), json = { NULL, 0 };
	json_t *object = json_pack("{s:b s:s% s:s% s:s s:I s:I s:s s:s%}", "active", 1, "scope",
	    token->scope.at, token->scope.len, "client_id", token->client_id.at, token->client_id.len,
	    "token_type", "Bearer", "exp", (json_int_t)(token->expires / 1000), "iat",
	    (json_int_t)(token->made / 1000), "iss", conf->portal.origin, "sub", subject.at, subject.len);
	const struct claims_wanted told = { token->scope, token->userinfo };
	if (release_may(conf, service, &told, "preferred_username"))
		(void)json_object_set_new(
		    object, "username", json_stringn(opened->session->user.at, opened->session->user.len));
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	if (text == NULL || !text_copy(&call->arena, text_of(text), &json))
		json.at = NULL;
	free(text);
	json_decref(object);
	return json;
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
		err = ERR_NOT_FOUND;
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
