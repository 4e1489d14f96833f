/* authorize.c - the authorization endpoint (OpenID Connect Core 3.1.2, RFC 6749 section 4.1.1).
 *
 * Until client and redirect URI are known to belong together nothing is sent anywhere: that is a page. From then on the client is told, with
 * the errors of the specifications. */
#include <string.h>
#include "authority/authority.h"
#include "authority/login/step_up.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/access.h"
#include "authority/sso/acr.h"
#include "authority/sso/answer.h"
#include "authority/sso/asked.h"
#include "authority/sso/claims.h"
#include "authority/sso/claims_asked.h"
#include "authority/sso/consent.h"
#include "authority/sso/grant.h"
#include "authority/sso/hint.h"
#include "authority/sso/oidc.h"
#include "authority/sso/pushed.h"
#include "authority/sso/registry.h"
#include "authority/sso/released.h"
#include "conf/conf.h"

#define MAX_AGE_MOST 31536000u /* seconds: a year */
#define CHALLENGE_LEN 43u

struct request {
	struct call *call;
	const struct msg_oidc_authorize *ask;
	const struct msg_service_record *service;
	const struct msg_session_record *session;
	enum response_mode mode;
	struct text pushed;          /* the request_uri by which it came; absent: it came as it is */
	bool silent;                 /* prompt=none: no page may be shown */
	struct access_demand demand; /* prompt=login or select_account, max_age */
	struct asked asked;
	struct claims_asked claims;
	struct acr_wish wish;
	struct text scope; /* what the client may have of what it asks for */
	struct text audience;
	int64_t agreed; /* since when the person agrees to what is told; 0: nobody was asked */
	bool out_of_memory;
};

/* --- answers ---------------------------------------------------------------------------------------------------- */

static enum err show_page(
    struct request *request, const char *text, struct text rule, struct wire_any *answer_r)
{
	return answer_page(request->call, request->service, request->session,
	    (struct answer_told){ .text = text, .rule = rule }, answer_r);
}

static struct msg_oidc_redirect *redirect_new(struct request *request)
{
	const struct conf *conf = request->call->authority->conf;
	struct msg_oidc_redirect *redirect = arena_alloc(&request->call->arena, sizeof *redirect);
	if (redirect == NULL)
		return NULL;
	redirect->redirect_uri = request->ask->redirect_uri;
	redirect->mode = request->mode;
	redirect->state = request->ask->state;
	redirect->iss = text_of(conf->portal.origin);
	return redirect;
}

static enum err tell_client(
    struct request *request, enum oauth_error error, const char *why, struct wire_any *answer_r)
{
	struct msg_oidc_redirect *redirect = redirect_new(request);
	if (redirect == NULL)
		return ERR_NO_MEMORY;
	redirect->error = error;
	redirect->error_description = text_of(why);
	if (error != OAUTH_LOGIN_REQUIRED) /* a look whether somebody is signed in is nothing odd */
		answer_note(request->call, AUDIT_SERVICE_REFUSED, request->service, request->session, why);
	*answer_r = WIRE(oidc_redirect, redirect);
	return OK;
}

#define PARTS 12u

static struct asked_request asked_of(const struct msg_oidc_authorize *ask, struct text parts[PARTS])
{
	const struct text all[PARTS] = { TEXT_LITERAL("oidc"), ask->client_id, ask->redirect_uri, ask->state,
		ask->nonce, ask->code_challenge, ask->scope, ask->prompt, ask->max_age, ask->acr_values,
		ask->claims, ask->resource };
	memcpy(parts, all, sizeof all);
	return (struct asked_request){ parts, PARTS };
}

/* One that has no room in an address within an address waits as if it had been pushed. */
static enum err keep(struct request *request, struct text *request_uri_r)
{
	struct msg_oidc_pushed pushed;
	enum err err = pushed_new(request->call, request->service, true, request->ask, &pushed);
	if (err == OK)
		*request_uri_r = pushed.request_uri;
	return err;
}

/* act: NULL, or that of the session which is to rise. */
static enum err send_to_sign_in(struct request *request, const struct id *act, struct wire_any *answer_r)
{
	struct text parts[PARTS];
	struct answer_hints hints = { .login = { NULL, 0 } };
	bool pushed = request->pushed.at != NULL;
	enum err err = request->ask->is_long && !pushed ? keep(request, &hints.request_uri) : OK;
	if (err != OK)
		return err;
	if (pushed || hints.request_uri.at != NULL) { /* else they stand in the address */
		hints.login = request->ask->login_hint;
		hints.locales = request->ask->ui_locales;
	}
	return answer_sign_in(request->call, asked_of(request->ask, parts), act, hints, answer_r);
}

static enum err have_signed_in(struct request *request, struct wire_any *answer_r)
{
	if (request->silent)
		return tell_client(
		    request, OAUTH_LOGIN_REQUIRED, "nobody is signed in as it was asked", answer_r);
	return send_to_sign_in(request, NULL, answer_r);
}

/* --- the request itself: a row each, in the order in which they are looked at --------------------------------------- */

static bool read_mode(struct request *request)
{
	struct text mode = request->ask->response_mode;
	for (unsigned i = 0; mode.at != NULL && i < wire_enum_response_mode.count; i++)
		if (text_equal_str(mode, WIRE_ENUM_TEXT(response_mode, i))) {
			request->mode = (enum response_mode)i;
			return true;
		}
	return mode.at == NULL;
}

static bool has_no_request(struct request *request)
{
	return !request->ask->has_request;
}

/* One that was pushed to us is taken in place of the request before. */
static bool has_no_request_uri(struct request *request)
{
	return request->ask->request_uri.at == NULL;
}

static bool has_no_registration(struct request *request)
{
	return !request->ask->has_registration;
}

static bool has_response_type(struct request *request)
{
	return request->ask->response_type.at != NULL;
}

static bool wants_code(struct request *request)
{
	return text_equal_str(request->ask->response_type, "code");
}

static bool read_scope(struct request *request)
{
	struct call *call = request->call;
	request->scope =
	    claims_scope(call->authority->conf, request->service, request->ask->scope, &call->arena);
	request->out_of_memory = request->scope.at == NULL;
	return request->out_of_memory || request->scope.len > 0;
}

static bool is_base64url(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

/* RFC 9700 section 2.1.1: by the nonce a client that is none of the public ones finds a code of another's as well. */
static bool goes_without_pkce(const struct request *request)
{
	const struct msg_oidc_authorize *ask = request->ask;
	bool sent = ask->code_challenge.at != NULL || ask->code_challenge_method.at != NULL;
	return !sent && request->service->no_pkce && !registry_is_public(request->service) &&
	       claims_has_word(request->scope, CLAIMS_OPENID) && ask->nonce.at != NULL;
}

static bool has_challenge(struct request *request)
{
	struct text challenge = request->ask->code_challenge;
	if (goes_without_pkce(request))
		return true;
	bool good = challenge.len == CHALLENGE_LEN;
	for (size_t i = 0; good && i < challenge.len; i++)
		good = is_base64url(challenge.at[i]);
	return good;
}

static bool has_method(struct request *request)
{
	return goes_without_pkce(request) || text_equal_str(request->ask->code_challenge_method, "S256");
}

static unsigned count_words(struct text words)
{
	unsigned n = 0;
	for (size_t i = 0; i < words.len; i++)
		n += words.at[i] != ' ' && (i == 0 || words.at[i - 1] == ' ');
	return n;
}

static bool read_prompt(struct request *request)
{
	static const char *const KNOWN[] = { "none", "login", "select_account", "consent" };
	struct text prompt = request->ask->prompt;
	unsigned known = 0;
	for (size_t i = 0; i < COUNT(KNOWN); i++)
		known += claims_has_word(prompt, KNOWN[i]);
	request->silent = claims_has_word(prompt, "none");
	request->demand.anew = claims_has_word(prompt, "login") || claims_has_word(prompt, "select_account");
	return known == count_words(prompt) && !(request->silent && known > 1);
}

static bool read_max_age(struct request *request)
{
	unsigned long long most_s = 0;
	request->demand.limits = request->ask->max_age.at != NULL;
	bool good = !request->demand.limits || text_to_number(request->ask->max_age, MAX_AGE_MOST, &most_s);
	request->demand.most_age_s = most_s;
	return good;
}

/* What is asked of acr in claims is said more exactly than in acr_values. OAuth 2.0 alone knows no claims. */
static bool read_claims(struct request *request)
{
	const struct msg_oidc_authorize *ask = request->ask;
	enum err err = OK;
	if (ask->claims.at != NULL && claims_has_word(request->scope, CLAIMS_OPENID))
		err =
		    claims_asked_read(request->service, ask->claims, &request->call->arena, &request->claims);
	request->out_of_memory |= err == ERR_NO_MEMORY;
	request->wish = request->claims.acr;
	if (request->wish.words.at == NULL && !request->wish.essential)
		request->wish.words = ask->acr_values;
	return err != ERR_MALFORMED;
}

static bool read_resource(struct request *request)
{
	return access_audience(request->service, request->ask->resource, &request->audience);
}

static const struct request_rule {
	bool (*holds)(struct request *request);
	enum oauth_error error;
	const char *why;
} RULES[] = {
	{ read_mode, OAUTH_INVALID_REQUEST, "response_mode is query, fragment or form_post" },
	{ read_prompt, OAUTH_INVALID_REQUEST, "prompt is none, or some of login, select_account, consent" },
	{ has_no_request, OAUTH_REQUEST_NOT_SUPPORTED, "parameters are sent as such, not in request" },
	{ has_no_request_uri, OAUTH_REQUEST_URI_NOT_SUPPORTED,
	    "request_uri is one that we have given (RFC 9126)" },
	{ has_no_registration, OAUTH_REGISTRATION_NOT_SUPPORTED, "clients register beforehand" },
	{ has_response_type, OAUTH_INVALID_REQUEST, "response_type is missing" },
	{ wants_code, OAUTH_UNSUPPORTED_RESPONSE_TYPE, "response_type is code" },
	{ read_scope, OAUTH_INVALID_SCOPE, CLAIMS_NO_SCOPE },
	{ has_challenge, OAUTH_INVALID_REQUEST, "code_challenge is missing, or no SHA-256 (RFC 7636)" },
	{ has_method, OAUTH_INVALID_REQUEST, "code_challenge_method is S256" },
	{ read_max_age, OAUTH_INVALID_REQUEST, "max_age is a number of seconds" },
	{ read_resource, OAUTH_INVALID_TARGET, ACCESS_NO_TARGET },
	{ read_claims, OAUTH_INVALID_REQUEST, "claims is no JSON of the form that it has" },
};

/* --- the person ------------------------------------------------------------------------------------------------- */

/* Whether it is the person whom the client meant (Core 3.1.2.2, 5.5.1). By a hint alone: a client that lets people see a page lets them
 * choose who they are. */
static enum err check_who(struct request *request, bool *meant_r)
{
	struct secret token = request->ask->id_token_hint;
	struct text sub = request->claims.sub;
	struct hint hint;
	bool hinted = request->silent && token.at != NULL;
	*meant_r = true;
	if (!hinted && sub.at == NULL)
		return OK;
	struct text subject = claims_subject(request->call, request->service, request->session->person);
	enum err err = subject.at == NULL ? ERR_NO_MEMORY
		       : hinted           ? hint_read(request->call, token, &hint)
					  : OK;
	if (err != OK)
		return err;
	*meant_r = sub.at == NULL || text_equal(sub, subject);
	if (hinted)
		*meant_r &=
		    text_equal(hint.aud, request->service->client_id) && text_equal(hint.sub, subject);
	return OK;
}

/* Somebody else has signed in than the one whom the client wants by name. */
static bool is_another(const struct request *request, bool meant)
{
	return !meant && request->asked.what != ASKED_NOTHING;
}

static enum err forbid(struct request *request, const char *rule, bool level, struct wire_any *answer_r)
{
	if (!request->silent)
		return show_page(
		    request, level ? "level_missing" : "forbidden_application", text_of(rule), answer_r);
	return tell_client(request, level ? OAUTH_UNMET_AUTHENTICATION : OAUTH_ACCESS_DENIED, rule, answer_r);
}

static enum err give_code(struct request *request, struct wire_any *answer_r)
{
	struct call *call = request->call;
	struct store_key session = session_key(call->authority, request->ask->session);
	struct msg_oidc_redirect *redirect = redirect_new(request);
	const struct msg_code_record code = {
		.session = { session.bytes, sizeof session.bytes },
		.service = request->service->name,
		.client_id = request->service->client_id,
		.registered = request->service->added,
		.redirect_uri = request->ask->redirect_uri,
		.scope = request->scope,
		.nonce = request->ask->nonce,
		.challenge = request->ask->code_challenge,
		.proved = request->session->proved,
		.acr = acr_met(call->authority->conf, &request->wish, request->session->level),
		.userinfo = request->claims.userinfo,
		.id_token = request->claims.id_token,
		.audience = request->audience,
		.agreed = request->agreed,
	};
	const struct grant_visit visit = {
		.session = request->session,
		.service = request->service,
		.sid = visits_sid(call->authority, request->session, request->service->name, &call->arena),
	};
	if (redirect == NULL)
		return ERR_NO_MEMORY;
	enum err err = request->pushed.at != NULL ? pushed_end(call, request->pushed) : OK;
	if (err == ERR_NOT_FOUND)
		return show_page(request, "service_request_over", (struct text){ NULL, 0 }, answer_r);
	if (err == OK)
		err = answer_record_opened(call, request->service, request->session);
	if (err == OK)
		err = grant_code_new(call, &visit, &code, &redirect->code);
	if (err != OK)
		return err;
	*answer_r = WIRE(oidc_redirect, redirect);
	return OK;
}

/* What is given at last, if the person agrees to what it tells. */
static enum err have_agreed(struct request *request, struct wire_any *answer_r)
{
	struct call *call = request->call;
	const struct msg_oidc_authorize *ask = request->ask;
	struct text parts[PARTS];
	const struct claims_wanted wanted = { request->scope,
		released_join(
		    request->claims.userinfo, request->claims.id_token, SIZE_MAX, &call->arena, NULL) };
	const struct consent consent = {
		.service = request->service,
		.session = request->session,
		.token = ask->session,
		.wanted = &wanted,
		.recognised = true,
		.offline = claims_may_refresh(request->service, request->scope),
		.anew = claims_has_word(ask->prompt, "consent"),
		.request = asked_of(ask, parts),
		.answered = ask->consented,
	};
	enum consent_outcome outcome;
	enum err err = wanted.names.at != NULL ? consent_judge(call, &consent, &outcome, &request->agreed)
					       : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	if (outcome == CONSENT_YES)
		return give_code(request, answer_r);
	if (outcome == CONSENT_NO)
		return tell_client(request, OAUTH_ACCESS_DENIED, "the person does not agree", answer_r);
	if (request->silent)
		return tell_client(
		    request, OAUTH_CONSENT_REQUIRED, "the person has to be asked first", answer_r);
	return consent_ask(call, &consent, answer_r);
}

/* Level by level: what the service demands by its entry, and what the request wishes. */
static bool misses_essential(struct request *request)
{
	const struct conf *conf = request->call->authority->conf;
	return request->wish.essential && acr_met(conf, &request->wish, request->session->level).at == NULL;
}

/* More cannot be proved (now): what is owed is refused, what is only wished goes without (Core 5.5.1.1). */
static enum err settle_for_less(struct request *request, const char *rule, struct wire_any *answer_r)
{
	if (rule != NULL)
		return forbid(request, rule, true, answer_r);
	if (misses_essential(request))
		return tell_client(
		    request, OAUTH_UNMET_AUTHENTICATION, "acr is not what can be proved", answer_r);
	return have_agreed(request, answer_r);
}

/* rule: NULL, or that of the service whose level the session has not. */
static enum err judge_level(struct request *request, const char *rule, struct wire_any *answer_r)
{
	struct call *call = request->call;
	enum session_level level = request->session->level;
	enum session_level rises_to = acr_rise(call->authority->conf, &request->wish, level);
	struct id act;
	if (rule != NULL && request->service->level > rises_to)
		rises_to = request->service->level;
	bool rises = rises_to > level && rises_to <= ACR_HIGHEST;
	if (!rises || request->silent || request->asked.what == ASKED_MORE)
		return settle_for_less(request, rule, answer_r);
	enum err err =
	    step_up_begin(call, request->session, request->ask->session, request->service->name, &act);
	if (err == ERR_FORBIDDEN)
		return settle_for_less(request, rule, answer_r);
	return err == OK ? send_to_sign_in(request, &act, answer_r) : err;
}

static enum err judge_person(struct request *request, struct wire_any *answer_r)
{
	struct call *call = request->call;
	enum err err = ERR_NOT_FOUND;
	bool meant = false;
	if (request->ask->session.at != NULL)
		err = session_load(call->authority, request->ask->session, &call->arena, &request->session);
	if (err == OK)
		err = check_who(request, &meant);
	if (err == OK && is_another(request, meant))
		return tell_client(request, OAUTH_LOGIN_REQUIRED, "somebody else is signed in", answer_r);
	if (err == ERR_NOT_FOUND || (err == OK && !meant))
		return have_signed_in(request, answer_r);
	if (err != OK)
		return err;
	const char *rule;
	switch (access_judge(request->service, request->session, &request->demand, &call->arena, &rule)) {
	case ACCESS_AGED:
		return have_signed_in(request, answer_r);
	case ACCESS_REFUSED:
		return forbid(request, rule, false, answer_r);
	case ACCESS_LOW:
	case ACCESS_GIVEN:
	default:
		return judge_level(request, rule, answer_r);
	}
}

/* What will pass by itself. */
static bool passes(enum err err)
{
	static const enum err PASSING[] = { ERR_STORE, ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY, ERR_RATE,
		ERR_AUDIT, ERR_CLOCK };
	for (size_t i = 0; i < COUNT(PASSING); i++)
		if (err == PASSING[i])
			return true;
	return false;
}

/* Nobody sees a page behind prompt=none, so the client is told what came between; people are shown one that asks again. */
static enum err answer_person(struct request *request, struct wire_any *answer_r)
{
	enum err err = judge_person(request, answer_r);
	if (err == OK || !request->silent)
		return err;
	return tell_client(request, passes(err) ? OAUTH_TEMPORARILY_UNAVAILABLE : OAUTH_SERVER_ERROR,
	    "nobody can say it now; try again", answer_r);
}

/* The first rule that does not hold, or NULL. */
static const struct request_rule *broken(struct request *request)
{
	for (size_t i = 0; i < COUNT(RULES); i++)
		if (!RULES[i].holds(request))
			return &RULES[i];
	return NULL;
}

static enum err judge(struct request *request, struct wire_any *answer_r)
{
	if (!access_redirects_to(request->service, request->ask->redirect_uri))
		return show_page(request, "service_redirect", (struct text){ NULL, 0 }, answer_r);
	struct text parts[PARTS];
	request->asked = asked_read(request->call, asked_of(request->ask, parts), request->ask->asked);
	request->demand.since_ms = request->asked.since_ms;
	const struct request_rule *rule = broken(request);
	if (request->out_of_memory)
		return ERR_NO_MEMORY;
	return rule != NULL ? tell_client(request, rule->error, rule->why, answer_r)
			    : answer_person(request, answer_r);
}

static enum err judge_pushed(struct request *request, struct wire_any *answer_r)
{
	struct msg_oidc_authorize *whole = arena_alloc(&request->call->arena, sizeof *whole);
	enum err err = whole != NULL
			   ? pushed_load(request->call, request->ask->request_uri, request->service, whole)
			   : ERR_NO_MEMORY;
	if (err == ERR_NOT_FOUND)
		return show_page(request, "service_request_over", (struct text){ NULL, 0 }, answer_r);
	if (err != OK)
		return err;
	const struct msg_oidc_authorize *came = request->ask;
	whole->session = came->session;
	whole->asked = came->asked;
	whole->consented = came->consented;
	whole->language = came->language;
	request->pushed = came->request_uri;
	request->ask = whole;
	return judge(request, answer_r);
}

enum err oidc_on_authorize(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct request request = { .call = call, .ask = ask };
	struct text none = { NULL, 0 };
	if (request.ask->client_id.at == NULL)
		return show_page(&request, "service_not_registered", none, answer_r);
	enum err err =
	    registry_client(call->authority, request.ask->client_id, &call->arena, &request.service);
	if (err == ERR_NOT_FOUND)
		return show_page(&request, "service_not_registered", none, answer_r);
	if (err != OK)
		return err;
	return pushed_is(request.ask->request_uri) ? judge_pushed(&request, answer_r)
						   : judge(&request, answer_r);
}

/* --- pushed before (RFC 9126 section 2) ------------------------------------------------------------------------------ */

static enum err push(struct request *request, struct wire_any *answer_r)
{
	struct call *call = request->call;
	struct msg_oidc_pushed *pushed = arena_alloc(&call->arena, sizeof *pushed);
	enum err err = pushed != NULL ? pushed_new(call, request->service,
					    registry_is_public(request->service), request->ask, pushed)
				      : ERR_NO_MEMORY;
	if (err == OK)
		*answer_r = WIRE(oidc_pushed, pushed);
	return err;
}

enum err oidc_on_par(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_par *wanted = ask;
	struct request request = { .call = call, .ask = wanted->request };
	enum err err = answer_client(call, wanted->client, &request.service);
	if (err == ERR_FORBIDDEN)
		return answer_no_client(call, answer_r);
	if (err != OK)
		return err;
	if (!access_redirects_to(request.service, request.ask->redirect_uri))
		return answer_error(call, OAUTH_INVALID_REQUEST, "redirect_uri is not registered", answer_r);
	const struct request_rule *rule = broken(&request);
	if (request.out_of_memory)
		return ERR_NO_MEMORY;
	return rule != NULL ? answer_error(call, rule->error, rule->why, answer_r) : push(&request, answer_r);
}
