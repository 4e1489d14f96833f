/* token.c - the token endpoint: a code becomes tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6, OpenID Connect Core 3.1.3). */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/jose.h"
#include "authority/session/session.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/grant.h"
#include "authority/sso/oidc.h"
#include "authority/sso/signing.h"
#include "base/clock.h"

#define VERIFIER_MIN 43u /* RFC 7636 section 4.1 */

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

/* Whether the code was made for who shows it. */
static bool is_for(const struct msg_code_record *code, const struct msg_service_record *service,
    const struct msg_oidc_token *ask)
{
	return text_equal(code->client_id, service->client_id) && text_equal(code->service, service->name) &&
	       text_equal(code->redirect_uri, ask->redirect_uri) &&
	       is_verifier(ask->code_verifier, code->challenge);
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
	const struct msg_code_record *code;
	struct store_key key; /* of the code */
	const struct msg_session_record *session;
};

static enum err sign(
    struct call *call, const struct issue *issue, struct msg_oidc_tokens *tokens, int64_t expires_ms)
{
	const struct claims_id_token about = {
		.nonce = issue->code->nonce,
		.at_hash = jose_half_hash(issue->service->alg, tokens->access_token, &call->arena),
		.proved_ms = issue->code->proved,
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

static enum err give(struct call *call, const struct issue *issue, struct wire_any *answer_r)
{
	struct msg_oidc_tokens *tokens = arena_alloc(&call->arena, sizeof *tokens);
	int64_t expires_ms;
	if (tokens == NULL)
		return ERR_NO_MEMORY;
	enum err err = grant_token_new(call, &issue->key, issue->code, &tokens->access_token, &expires_ms);
	if (err == OK)
		err = sign(call, issue, tokens, expires_ms);
	if (err != OK)
		return err;
	tokens->token_type = TEXT_LITERAL("Bearer");
	tokens->expires_in = (uint64_t)(expires_ms - clock_now_ms()) / 1000;
	tokens->scope = issue->code->scope;
	*answer_r = WIRE(oidc_tokens, tokens);
	return OK;
}

/* The session in which the code was given goes on. */
static enum err check_session(struct call *call, struct issue *issue)
{
	struct store_key key = { .kind = STORE_SESSION };
	if (issue->code->session.len != STORE_KEY_SIZE)
		return ERR_NOT_FOUND;
	memcpy(key.bytes, issue->code->session.at, STORE_KEY_SIZE);
	return session_check(call->authority, &key, &call->arena, &issue->session);
}

static enum err redeem(
    struct call *call, struct issue *issue, const struct msg_oidc_token *ask, struct wire_any *answer_r)
{
	bool replayed;
	enum err err = grant_code_look(call, ask->code, &issue->key, &issue->code, &replayed);
	if (err == ERR_NOT_FOUND && replayed)
		answer_note(call, AUDIT_GRANT_REPLAYED, issue->service, NULL, "the tokens it gave are ended");
	if (err == ERR_NOT_FOUND)
		return refuse(call, issue->service, "the code is not valid, or not any more", answer_r);
	if (err != OK)
		return err;
	if (!is_for(issue->code, issue->service, ask)) {
		grant_code_burn(call, &issue->key);
		return refuse(call, issue->service, "the code was given for something else", answer_r);
	}
	err = grant_code_take(call, &issue->key, issue->code);
	if (err == ERR_EXISTS) {
		answer_note(call, AUDIT_GRANT_REPLAYED, issue->service, NULL, "shown twice at once");
		return refuse(call, issue->service, "the code was used already", answer_r);
	}
	if (err == OK)
		err = check_session(call, issue);
	if (err == ERR_NOT_FOUND)
		return refuse(call, issue->service, "the session has ended", answer_r);
	return err == OK ? give(call, issue, answer_r) : err;
}

/* What is wrong with the request itself; NULL: nothing. */
static const char *fault_of(const struct msg_oidc_token *ask)
{
	if (ask->client->auth == CLIENT_AUTH_BOTH)
		return "the client may authenticate in one way only";
	if (ask->grant_type.at == NULL)
		return "grant_type is missing";
	if (ask->code.at == NULL || ask->redirect_uri.at == NULL)
		return "code and redirect_uri must be there";
	if (ask->code_verifier.at == NULL)
		return "code_verifier is missing";
	return NULL;
}

enum err oidc_on_token(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_token *wanted = ask;
	struct issue issue = { .service = NULL };
	bool known =
	    wanted->grant_type.at == NULL || text_equal_str(wanted->grant_type, "authorization_code");
	const char *fault = known ? fault_of(wanted) : NULL;
	enum err err = answer_client(call, wanted->client, &issue.service);
	if (fault != NULL && (err == OK || wanted->client->auth == CLIENT_AUTH_BOTH))
		return answer_error(call, OAUTH_INVALID_REQUEST, fault, answer_r);
	if (err == ERR_FORBIDDEN)
		return answer_error(
		    call, OAUTH_INVALID_CLIENT, "the client could not be authenticated", answer_r);
	if (err == OK && !known)
		return answer_error(
		    call, OAUTH_UNSUPPORTED_GRANT_TYPE, "grant_type is authorization_code", answer_r);
	return err == OK ? redeem(call, &issue, wanted, answer_r) : err;
}
