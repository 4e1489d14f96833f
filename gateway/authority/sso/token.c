/* token.c - the token endpoint: a code becomes tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6, OpenID Connect Core 3.1.3), and a refresh
 * token new ones (RFC 6749 section 6). */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/jose.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/access.h"
#include "authority/sso/access_token.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/consent.h"
#include "authority/sso/device.h"
#include "authority/sso/grant.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/sso/signing.h"
#include "base/clock.h"
#include "conf/conf.h"

#define VERIFIER_MIN 43u /* RFC 7636 section 4.1 */
#define REFRESH_OVER "the refresh token is not valid, or not any more"

static struct secret as_secret(struct text text)
{
	return (struct secret){ (unsigned char *)(uintptr_t)text.at, text.len };
}

static bool is_verifier(struct secret verifier, struct text challenge)
{
	char hash[JOSE_S256_SIZE];
	if (verifier.len < VERIFIER_MIN)
		return false;
	jose_s256(verifier, hash);
	return secret_equal(as_secret(challenge), as_secret(text_of(hash)));
}

/* RFC 9700 section 4.8.2: a verifier of what was asked for without a challenge belongs to another request, from which somebody took it away. */
static bool is_verified(struct secret verifier, struct text challenge)
{
	return challenge.at != NULL ? is_verifier(verifier, challenge) : verifier.at == NULL;
}

/* Whether the code was made for who shows it. */
static bool is_for(const struct msg_code_record *code, const struct msg_service_record *service,
    const struct msg_oidc_token *ask)
{
	return text_equal(code->client_id, service->client_id) && code->registered == service->added &&
	       text_equal(code->redirect_uri, ask->redirect_uri) &&
	       is_verified(ask->code_verifier, code->challenge);
}

static enum err refuse(
    struct call *call, const struct msg_service_record *service, const char *why, struct wire_any *answer_r)
{
	answer_note(call, AUDIT_SERVICE_REFUSED, service, NULL, why);
	return answer_error(call, OAUTH_INVALID_GRANT, why, answer_r);
}

/* What goes out at last. */
struct issue {
	const struct msg_service_record *service;
	const struct msg_session_record *session;
	struct msg_refresh_record of; /* on what it rests */
	struct text scope;            /* of the access token */
	struct text nonce;
	struct text resource; /* for whom, where that was said with this request */
	struct grant_giving giving;
};

static bool may_refresh(const struct issue *issue)
{
	return claims_may_refresh(issue->service, issue->of.scope);
}

/* For a service that is told of the session's end (Back-Channel Logout 1.0 section 2.1, Front-Channel Logout 1.0 section 3). */
static struct text sid_of(struct call *call, const struct issue *issue)
{
	const struct msg_service_record *service = issue->service;
	if (service->backchannel_logout_uri.at == NULL && service->frontchannel_logout_uri.at == NULL)
		return (struct text){ NULL, 0 };
	return visits_sid(call->authority, issue->session, service->name, &call->arena);
}

static enum err sign(
    struct call *call, const struct issue *issue, struct msg_oidc_tokens *tokens, int64_t expires_ms)
{
	const struct claims_id_token about = {
		.nonce = issue->nonce,
		.acr = issue->of.acr,
		.names = issue->of.id_token,
		.at_hash = jose_half_hash(issue->service->alg, tokens->access_token, &call->arena),
		.sid = sid_of(call, issue),
		.proved_ms = issue->of.proved,
		.now_ms = clock_now_ms(),
		.expires_ms = expires_ms,
	};
	struct text payload;
	enum err err = about.at_hash.at != NULL
			   ? claims_id_token(call, issue->service, issue->session, &about, &payload)
			   : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	return signing_sign(
	    call->authority, issue->service->alg, "JWT", payload, &call->arena, &tokens->id_token);
}

/* The access token as the service takes it. */
static enum err make_access_token(
    struct call *call, struct issue *issue, struct secret *token_r, int64_t *expires_ms_r)
{
	bool jwt = issue->service->access_token == TOKEN_JWT;
	struct access_token token = {
		.service = issue->service, .session = issue->session, .of = &issue->of, .scope = issue->scope
	};
	enum err err = grant_put_token(
	    call, &issue->giving, &issue->of, issue->scope, jwt, &token.id, &token.expires_ms);
	if (err != OK)
		return err;
	*expires_ms_r = token.expires_ms;
	*token_r = token.id;
	return jwt ? access_token_sign(call, &token, token_r) : OK;
}

/* Writes what is used up and what is given for it, and answers. ERR_EXISTS: it was used before. */
static enum err give(struct call *call, struct issue *issue, struct wire_any *answer_r)
{
	struct msg_oidc_tokens *tokens = arena_alloc(&call->arena, sizeof *tokens);
	int64_t expires_ms;
	if (tokens == NULL)
		return ERR_NO_MEMORY;
	enum err err = make_access_token(call, issue, &tokens->access_token, &expires_ms);
	if (err == OK && issue->session != NULL && may_refresh(issue))
		err = grant_put_refresh(call, &issue->giving, &issue->of, &tokens->refresh_token);
	if (err == OK)
		err = grant_give(call, &issue->giving);
	if (err == OK && issue->session != NULL && claims_has_word(issue->scope, CLAIMS_OPENID))
		err = sign(call, issue, tokens, expires_ms);
	if (err != OK)
		return err;
	tokens->token_type = TEXT_LITERAL("Bearer");
	tokens->expires_in = (uint64_t)(expires_ms - clock_now_ms()) / 1000;
	tokens->scope = issue->scope;
	*answer_r = WIRE(oidc_tokens, tokens);
	return OK;
}

/* The session in which the code was given goes on, and so does the consent of its person. */
static enum err check_session(struct call *call, struct issue *issue)
{
	struct store_key key = { .kind = STORE_SESSION };
	if (issue->of.session.len != STORE_KEY_SIZE)
		return ERR_NOT_FOUND;
	memcpy(key.bytes, issue->of.session.at, STORE_KEY_SIZE);
	enum err err = session_check(call->authority, &key, &call->arena, &issue->session);
	return err == OK ? consent_check(call, issue->session->person, issue->of.service, issue->of.agreed)
			 : err;
}

/* --- a code ------------------------------------------------------------------------------------------------------- */

static void rest_on(
    struct call *call, struct issue *issue, const struct store_key *key, const struct msg_code_record *code)
{
	const struct conf *conf = call->authority->conf;
	uint64_t lasts_s = conf->sso.token_s + conf->sso.code_s;
	issue->of = (struct msg_refresh_record){
		.session = code->session,
		.grant = { key->bytes, sizeof key->bytes },
		.service = code->service,
		.client_id = code->client_id,
		.registered = code->registered,
		.scope = code->scope,
		.proved = code->proved,
		.acr = code->acr,
		.userinfo = code->userinfo,
		.id_token = code->id_token,
		.audience = issue->resource.at != NULL ? issue->resource : code->audience,
		.agreed = code->agreed,
	};
	issue->scope = code->scope;
	issue->nonce = code->nonce;
	if (may_refresh(issue) && lasts_s < conf->sso.refresh_s)
		lasts_s = conf->sso.refresh_s;
	issue->of.expires = clock_now_ms() + (int64_t)lasts_s * 1000;
}

static enum err look_at_code(struct call *call, struct issue *issue, const struct msg_oidc_token *ask,
    struct store_key *key_r, const struct msg_code_record **code_r)
{
	bool replayed;
	enum err err = grant_code_look(call, ask->code, issue->service->client_id, key_r, code_r, &replayed);
	if (err == ERR_NOT_FOUND && replayed)
		answer_note(
		    call, AUDIT_GRANT_REPLAYED, issue->service, NULL, "a code; the tokens it gave are ended");
	return err;
}

static enum err refuse_ended(
    struct call *call, const struct msg_service_record *service, struct wire_any *answer_r)
{
	return refuse(call, service, "the session has ended, or the consent", answer_r);
}

/* What was looked at, once, while its session goes on: a code, or a device's. */
static enum err take(struct call *call, struct issue *issue, const struct store_key *key,
    const struct msg_code_record *code, struct wire_any *answer_r)
{
	rest_on(call, issue, key, code);
	enum err err = check_session(call, issue);
	if (err == ERR_NOT_FOUND) {
		grant_code_burn(call, key);
		return refuse_ended(call, issue->service, answer_r);
	}
	if (err != OK)
		return err;
	grant_take_code(&issue->giving, key, code, issue->of.expires);
	err = give(call, issue, answer_r);
	if (err != ERR_EXISTS)
		return err;
	answer_note(call, AUDIT_GRANT_REPLAYED, issue->service, NULL, "a code; shown twice at once");
	return refuse(call, issue->service, "the code was used already", answer_r);
}

static enum err redeem(
    struct call *call, struct issue *issue, const struct msg_oidc_token *ask, struct wire_any *answer_r)
{
	struct store_key key;
	const struct msg_code_record *code;
	if (ask->code_verifier.at == NULL && !issue->service->no_pkce)
		return answer_error(call, OAUTH_INVALID_REQUEST, "code_verifier is missing", answer_r);
	enum err err = look_at_code(call, issue, ask, &key, &code);
	if (err == ERR_NOT_FOUND)
		return refuse(call, issue->service, "the code is not valid, or not any more", answer_r);
	if (err != OK)
		return err;
	if (!is_for(code, issue->service, ask)) {
		grant_code_burn(call, &key);
		return refuse(call, issue->service, "the code was given for something else", answer_r);
	}
	return take(call, issue, &key, code, answer_r);
}

/* --- a refresh token ---------------------------------------------------------------------------------------------- */

/* What a sign-in is asked for is asked again, of the session as it is: what the service demands may have changed. */
static bool is_forbidden(struct call *call, const struct issue *issue)
{
	bool level;
	return access_forbids(issue->service, issue->session, &call->arena, &level) != NULL;
}

/* Blanks alone say nothing. */
static bool says_scope(const struct msg_oidc_token *ask)
{
	struct text rest = ask->scope, word;
	return text_next_word(&rest, " ", &word);
}

static enum err rotate(
    struct call *call, struct issue *issue, const struct msg_oidc_token *ask, struct wire_any *answer_r)
{
	enum err err = check_session(call, issue);
	if (err == ERR_NOT_FOUND)
		return refuse_ended(call, issue->service, answer_r);
	if (err != OK)
		return err;
	if (is_forbidden(call, issue))
		return refuse(call, issue->service, "the person may not use the service", answer_r);
	grant_take_refresh(call, &issue->giving, ask->refresh_token, &issue->of);
	err = give(call, issue, answer_r);
	if (err == ERR_NOT_FOUND)
		return refuse(call, issue->service, REFRESH_OVER, answer_r);
	if (err != ERR_EXISTS)
		return err;
	answer_note(call, AUDIT_GRANT_REPLAYED, issue->service, issue->session,
	    "a refresh token; all that came of it is ended");
	return refuse(call, issue->service, "the refresh token was used already", answer_r);
}

static enum err refresh(
    struct call *call, struct issue *issue, const struct msg_oidc_token *ask, struct wire_any *answer_r)
{
	const struct msg_refresh_record *record;
	if (!issue->service->refresh)
		return answer_error(
		    call, OAUTH_UNAUTHORIZED_CLIENT, "the client may have no refresh tokens", answer_r);
	enum err err = grant_refresh_look(call, ask->refresh_token, issue->service, &record);
	if (err == ERR_NOT_FOUND)
		return refuse(call, issue->service, REFRESH_OVER, answer_r);
	if (err != OK)
		return err;
	issue->of = *record;
	if (issue->resource.at != NULL)
		issue->of.audience = issue->resource;
	issue->scope = says_scope(ask) ? ask->scope : record->scope;
	if (!claims_scope_within(issue->scope, record->scope))
		return answer_error(call, OAUTH_INVALID_SCOPE, "that is more than was granted", answer_r);
	return rotate(call, issue, ask, answer_r);
}

/* --- a device (RFC 8628) ------------------------------------------------------------------------------------------- */

static enum err ask_device(
    struct call *call, struct issue *issue, const struct msg_oidc_token *ask, struct wire_any *answer_r)
{
	static const struct {
		enum oauth_error error;
		const char *why;
	} NO[] = {
		[DEVICE_UNKNOWN] = { OAUTH_INVALID_GRANT, "the device code is not valid, or not any more" },
		[DEVICE_PENDING] = { OAUTH_AUTHORIZATION_PENDING, "nobody has decided yet" },
		[DEVICE_HASTY] = { OAUTH_SLOW_DOWN, "nobody has decided yet; ask less often" },
		[DEVICE_OVER] = { OAUTH_EXPIRED_TOKEN, "nobody has decided in time" },
		[DEVICE_DENIED] = { OAUTH_ACCESS_DENIED, "the person said no" },
	};
	enum device_state state;
	struct store_key key;
	const struct msg_code_record *code = NULL;
	enum err err = device_look(call, ask->device_code, issue->service, &state, &key, &code);
	if (err != OK)
		return err;
	if (state == DEVICE_ALLOWED)
		return take(call, issue, &key, code, answer_r);
	return answer_error(call, NO[state].error, NO[state].why, answer_r);
}

/* --- nobody but the client itself (RFC 6749 section 4.4) ------------------------------------------------------------ */

static const char *own_fault(const struct msg_service_record *service)
{
	if (registry_is_public(service))
		return "a public client is nobody by itself";
	return service->client_credentials ? NULL : "the client may have no tokens of its own";
}

/* All that it may have, where it asks for nothing; else what it asks for, of that. */
static enum err give_own(
    struct call *call, struct issue *issue, const struct msg_oidc_token *ask, struct wire_any *answer_r)
{
	const struct msg_service_record *service = issue->service;
	struct text all = claims_own_scope(service, &call->arena);
	if (all.at == NULL)
		return ERR_NO_MEMORY;
	if (!claims_scope_within(ask->scope, all))
		return answer_error(call, OAUTH_INVALID_SCOPE, "that is more than is registered", answer_r);
	issue->scope = says_scope(ask) ? ask->scope : all;
	issue->of.service = service->name;
	issue->of.client_id = service->client_id;
	issue->of.registered = service->added;
	issue->of.scope = issue->scope;
	enum err err = grant_put_own(call, &issue->giving, &issue->of);
	return err == OK ? give(call, issue, answer_r) : err;
}

static enum err be_oneself(
    struct call *call, struct issue *issue, const struct msg_oidc_token *ask, struct wire_any *answer_r)
{
	const char *fault = own_fault(issue->service);
	return fault == NULL ? give_own(call, issue, ask, answer_r)
			     : answer_error(call, OAUTH_UNAUTHORIZED_CLIENT, fault, answer_r);
}

/* --- the request -------------------------------------------------------------------------------------------------- */

/* What is wrong with the request itself; NULL: nothing. */
static const char *code_fault(const struct msg_oidc_token *ask)
{
	return ask->code.at == NULL || ask->redirect_uri.at == NULL ? "code and redirect_uri must be there"
								    : NULL;
}

static const char *refresh_fault(const struct msg_oidc_token *ask)
{
	return ask->refresh_token.at == NULL ? "refresh_token is missing" : NULL;
}

static const char *device_fault(const struct msg_oidc_token *ask)
{
	return ask->device_code.at == NULL ? "device_code is missing" : NULL;
}

static const char *no_fault(const struct msg_oidc_token *ask)
{
	(void)ask;
	return NULL;
}

static const struct grant_type {
	const char *name;
	const char *(*fault)(const struct msg_oidc_token *ask);
	enum err (*run)(struct call *call, struct issue *issue, const struct msg_oidc_token *ask,
	    struct wire_any *answer_r);
} TYPES[] = {
	{ "authorization_code", code_fault, redeem },
	{ "refresh_token", refresh_fault, refresh },
	{ "client_credentials", no_fault, be_oneself },
	{ "urn:ietf:params:oauth:grant-type:device_code", device_fault, ask_device },
};

static const struct grant_type *type_of(const struct msg_oidc_token *ask)
{
	for (size_t i = 0; i < COUNT(TYPES); i++)
		if (text_equal_str(ask->grant_type, TYPES[i].name))
			return &TYPES[i];
	return NULL;
}

static const char *fault_of(const struct msg_oidc_token *ask, const struct grant_type *type)
{
	if (ask->client->auth == CLIENT_AUTH_BOTH)
		return "the client may authenticate in one way only";
	if (ask->grant_type.at == NULL)
		return "grant_type is missing";
	return type != NULL ? type->fault(ask) : NULL;
}

enum err oidc_on_token(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_token *wanted = ask;
	struct issue issue = { .service = NULL };
	const struct grant_type *type = type_of(wanted);
	const char *fault = fault_of(wanted, type);
	enum err err = answer_client(call, wanted->client, &issue.service);
	if (fault != NULL && (err == OK || wanted->client->auth == CLIENT_AUTH_BOTH))
		return answer_error(call, OAUTH_INVALID_REQUEST, fault, answer_r);
	if (err == ERR_FORBIDDEN)
		return answer_no_client(call, answer_r);
	if (err == OK && type == NULL)
		return answer_error(
		    call, OAUTH_UNSUPPORTED_GRANT_TYPE, "grant_type is none that is offered here", answer_r);
	issue.resource = wanted->resource;
	grant_begin(call, &issue.giving);
	if (err == OK && !access_audience(issue.service, wanted->resource, &issue.of.audience))
		return answer_error(call, OAUTH_INVALID_TARGET, ACCESS_NO_TARGET, answer_r);
	return err == OK ? type->run(call, &issue, wanted, answer_r) : err;
}
