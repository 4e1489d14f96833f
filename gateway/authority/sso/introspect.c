/* introspect.c - what a token is (RFC 7662). It is judged here and in grant.h, whether it is looked up alone or with many (introspect_many.c). */
#include "authority/sso/introspect.h"
#include <jansson.h>
#include <stdlib.h>
#include "authority/authority.h"
#include "authority/sso/access.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/consent.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/sso/release.h"
#include "authority/sso/released.h"
#include "conf/conf.h"

#define TOLD_TO_OTHERS TEXT_LITERAL("sub preferred_username")

/* False: memory is out. What is empty is left out. */
static bool put(json_t *json, const char *name, struct text value)
{
	return value.len == 0 || json_object_set_new(json, name, json_stringn(value.at, value.len)) == 0;
}

/* Who asks is told of a person what its own entry says, under the name by which it knows the person. */
static bool put_person(struct call *call, json_t *json, const struct msg_service_record *asker,
    const struct grant_opened *opened)
{
	struct text subject = claims_subject(call, asker, opened->session->person);
	bool own = grant_token_is_of(opened->token, asker);
	const struct claims_wanted told = { opened->token->scope, opened->token->userinfo };
	bool named = own ? release_may(call->authority->conf, asker, &told, "preferred_username")
			 : release_may_have(asker, "preferred_username");
	return subject.at != NULL && put(json, "sub", subject) &&
	       (!named || put(json, "username", opened->session->user));
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
	bool filled = put(object, "scope", token->scope) && put(object, "client_id", token->client_id) &&
		      put(object, "aud", token->audience);
	if (filled)
		filled = opened->session != NULL ? put_person(call, object, asker, opened)
						 : put(object, "sub", token->client_id);
	char *text = filled && object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	if (text == NULL || !text_copy(&call->arena, text_of(text), &json))
		json.at = NULL;
	free(text);
	json_decref(object);
	return json;
}

/* Whether more than the memory is needed to tell a resource server of a person: its consent is looked for in the store, and that it was told is
 * noted in the person's book, once a day. */
static bool is_slow(
    struct call *call, const struct msg_service_record *asker, const struct msg_session_record *session)
{
	return session != NULL &&
	       (asker->consent || !released_is_noted(call, asker, session, TOLD_TO_OTHERS));
}

/* Another's token that is for the one who asks: while that other one is registered, and the person may use this one. */
static enum err check_audience(const struct introspection *introspection)
{
	struct call *call = introspection->call;
	const struct msg_service_record *asker = introspection->asker, *owner;
	const struct grant_opened *opened = &introspection->opening.opened;
	struct text client_id = opened->token->client_id;
	bool level, at_once = introspection->opening.at_once;
	if (!asker->resource_server || !text_equal(opened->token->audience, asker->name))
		return ERR_NOT_FOUND;
	enum err err = at_once ? registry_client_at_once(call->authority, client_id, &call->arena, &owner)
			       : registry_client(call->authority, client_id, &call->arena, &owner);
	if (err != OK)
		return err;
	bool good =
	    grant_token_is_of(opened->token, owner) &&
	    (opened->session == NULL || access_forbids(asker, opened->session, &call->arena, &level) == NULL);
	if (!good)
		return ERR_NOT_FOUND;
	if (at_once)
		return is_slow(call, asker, opened->session) ? ERR_BUSY : OK;
	err = consent_stands(call, asker, opened->session);
	if (err == OK && opened->session != NULL) /* what its own sign-ins tell is noted there */
		released_note(call, asker, opened->session, TOLD_TO_OTHERS);
	return err;
}

static enum err answer_inactive(struct call *call, struct wire_any *answer_r)
{
	return answer_json(call, TEXT_LITERAL("{\"active\":false}"), answer_r);
}

enum err introspect_begin(
    struct call *call, bool at_once, struct introspection *introspection_r, struct wire_any *answer_r)
{
	const struct msg_oidc_introspect *wanted = call->ask.at;
	struct introspection introspection = { .call = call };
	const struct msg_service_record **asker_r = &introspection.asker;
	*answer_r = (struct wire_any){ NULL, NULL };
	enum err err = at_once ? answer_client_at_once(call, wanted->client, asker_r)
			       : answer_client(call, wanted->client, asker_r);
	/* anybody can say that he is a public client */
	if (err == ERR_FORBIDDEN || (err == OK && registry_is_public(introspection.asker)))
		return answer_no_client(call, answer_r);
	if (err == OK && wanted->token.at == NULL)
		return answer_error(call, OAUTH_INVALID_REQUEST, "token is missing", answer_r);
	if (err == OK)
		err = grant_opening_begin(call, wanted->token, at_once, &introspection.opening);
	if (err == ERR_NOT_FOUND)
		return answer_inactive(call, answer_r);
	if (err == OK)
		*introspection_r = introspection;
	return err;
}

enum err introspect_end(const struct introspection *introspection, enum err err, struct wire_any *answer_r)
{
	struct call *call = introspection->call;
	const struct grant_opened *opened = &introspection->opening.opened;
	if (err == OK && !grant_token_is_of(opened->token, introspection->asker)) {
		err = check_audience(introspection);
		if (err == ERR_NOT_FOUND)
			answer_note(call, AUDIT_SERVICE_REFUSED, introspection->asker, NULL, ANSWER_ANOTHERS);
	}
	if (err == ERR_NOT_FOUND)
		return answer_inactive(call, answer_r);
	return err == OK ? answer_json(call, describe(call, introspection->asker, opened), answer_r) : err;
}

enum err oidc_on_introspect(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct introspection introspection;
	(void)ask;
	enum err err = introspect_begin(call, false, &introspection, answer_r);
	if (err != OK || answer_r->msg != NULL)
		return err;
	err = grant_opening_finish(call, &introspection.opening);
	return introspect_end(&introspection, err, answer_r);
}
