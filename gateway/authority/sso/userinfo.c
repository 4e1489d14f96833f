/* userinfo.c - what a token opens: the claims of its person (OpenID Connect Core 5.3), and its end (RFC 7009). */
#include <jansson.h>
#include <stdlib.h>
#include "authority/authority.h"
#include "authority/sso/access.h"
#include "authority/sso/access_token.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/consent.h"
#include "authority/sso/grant.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/sso/release.h"
#include "authority/sso/released.h"
#include "conf/conf.h"

/* A token of a person that its service hands on to somebody else (RFC 8707) opens nothing here: who it is for would learn what the service may
 * know. */
static bool is_for_us(const struct grant_opened *opened, const struct msg_service_record *service)
{
	struct text audience = opened->token->audience;
	return opened->session == NULL || audience.at == NULL || text_equal(audience, service->name);
}

/* One that was good is over some day, and nobody is at fault. Of one that is no JWT nothing is left then by which it could be told from none. */
static bool has_ended(struct call *call, struct secret token, const struct grant_opened *opened)
{
	struct secret id;
	return opened->token != NULL ||
	       (token.at != NULL && access_token_is_jwt(token) && access_token_read(call, token, &id) == OK);
}

enum err oidc_on_userinfo(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_userinfo *wanted = ask;
	const struct msg_service_record *service = NULL;
	struct grant_opening opening = { .opened = { .token = NULL } };
	struct text json;
	enum err err = grant_opening_begin(call, wanted->access_token, false, &opening);
	if (err == OK)
		err = grant_opening_finish(call, &opening);
	const struct grant_opened opened = opening.opened;
	if (err == OK) /* a service that was taken away has no tokens any more */
		err = registry_client(call->authority, opened.token->client_id, &call->arena, &service);
	if (err == OK && !grant_token_is_of(opened.token, service))
		err = ERR_NOT_FOUND;
	call->noted = err == ERR_NOT_FOUND && has_ended(call, wanted->access_token, &opened);
	call->client = err == OK ? service : NULL;
	if (err == OK && !is_for_us(&opened, service))
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND)
		return answer_error(
		    call, OAUTH_INVALID_TOKEN, "the access token is not valid, or not any more", answer_r);
	if (err == OK && opened.session == NULL)
		return answer_error(
		    call, OAUTH_INSUFFICIENT_SCOPE, "the access token is of nobody", answer_r);
	if (err == OK && !claims_has_word(opened.token->scope, CLAIMS_OPENID))
		return answer_error(
		    call, OAUTH_INSUFFICIENT_SCOPE, "the access token is without openid", answer_r);
	if (err != OK)
		return err;
	const struct claims_wanted told = { opened.token->scope, opened.token->userinfo };
	err = claims_userinfo(call, service, opened.session, &told, &json);
	return err == OK ? answer_json(call, json, answer_r) : err;
}

enum err oidc_on_revoke(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_revoke *wanted = ask;
	const struct msg_service_record *service = NULL;
	enum err err = answer_client(call, wanted->client, &service);
	if (err == ERR_FORBIDDEN)
		return answer_no_client(call, answer_r);
	if (err == OK && wanted->token.at == NULL)
		return answer_error(call, OAUTH_INVALID_REQUEST, "token is missing", answer_r);
	if (err == OK)
		err = grant_token_revoke(call, wanted->token, service->client_id);
	/* it ends nothing, and who shows it is told no more than of one that is none (RFC 7009 section 2.2) */
	if (err == ERR_FORBIDDEN) {
		answer_note(call, AUDIT_SERVICE_REFUSED, service, NULL, ANSWER_ANOTHERS);
		err = OK;
	}
	return err == OK ? answer_done(answer_r) : err;
}
