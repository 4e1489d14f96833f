#include "authority/edge/look.h"
#include "authority/authority.h"
#include "authority/edge/forward_token.h"
#include "authority/report/metrics.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"

#define SEEN_STEP_MS 60000
#define NONCE_LEN (ENC_BASE64URL_SIZE(KEYS_TOKEN_SIZE) - 1)

enum err look_begin(struct call *call, const struct msg_check *check, struct look *look_r)
{
	const struct conf *conf = call->authority->conf;
	struct look look = { .check = check, .verdict = arena_alloc(&call->arena, sizeof *look.verdict) };
	if (look.verdict == NULL)
		return ERR_NO_MEMORY;
	bool own = application_is_portal(conf, check->origin);
	look.application = own ? NULL : application_find(conf, check->origin);
	if (own && check->session.at != NULL) {
		look.key = session_key(call->authority, check->session);
		look.named = true;
	} else if (!own && check->application.at != NULL) {
		look.named = application_cookie_open(
				 call->authority, check->origin, check->application, &look.key) == OK;
	}
	bool known = own || look.application != NULL;
	if (!known || !application_is_portal(conf, check->portal))
		look.verdict->rule = known ? TEXT_LITERAL("portal") : TEXT_LITERAL("application");
	*look_r = look;
	return look.verdict->rule.at == NULL ? OK : ERR_FORBIDDEN;
}

/* The way to the portal, whatever is to be proved there. A browser keeps its nonce for a while, so that several of its tabs may be on their
 * way at once. */
static enum err fill_way(struct call *call, struct look *look)
{
	struct msg_check_verdict *verdict = look->verdict;
	uint8_t hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(KEYS_HASH_SIZE)];
	verdict->portal = look->check->portal;
	if (look->application == NULL)
		return OK;
	bool kept = look->check->nonce.len == NONCE_LEN;
	verdict->nonce = kept ? look->check->nonce : keys_token(&call->arena);
	if (verdict->nonce.at == NULL)
		return ERR_NO_MEMORY;
	application_challenge(call->authority, verdict->nonce, hash);
	enc_base64url(hash, sizeof hash, text);
	bool copied = text_copy(&call->arena, text_of(text), &verdict->challenge);
	return copied ? OK : ERR_NO_MEMORY;
}

static void fill_person(const struct msg_session_record *session, struct msg_check_verdict *verdict)
{
	verdict->user = session->user;
	verdict->name = session->name;
	verdict->email = session->mail;
	verdict->groups = session->groups;
	verdict->amr = session->amr;
}

static struct forward_told told_of(const struct look *look)
{
	return (struct forward_told){ &look->key, look->application };
}

/* Fills in the signed answer that is remembered; false: there is none, and the application is told one. */
static bool has_token(struct call *call, struct look *look)
{
	bool wants = look->application != NULL && look->application->jwt;
	if (wants && look->verdict->token.at == NULL)
		look->verdict->token = forward_token_find(call, told_of(look));
	return !wants || look->verdict->token.at != NULL;
}

bool look_wants_signature(struct call *call, struct look *look, const struct msg_session_record *session)
{
	struct text rule;
	return !has_token(call, look) &&
	       application_judge(look->application, session, &call->arena, &rule) == CHECK_ALLOWED;
}

/* Without the signed answer it is no yes: the application would have nobody. */
static enum err allow(struct call *call, struct look *look, const struct msg_session_record *session)
{
	fill_person(session, look->verdict);
	if (has_token(call, look))
		return OK;
	return forward_token_sign(call, told_of(look), session, &look->verdict->token);
}

static enum err judge(struct call *call, struct look *look, const struct msg_session_record *session)
{
	struct msg_check_verdict *verdict = look->verdict;
	verdict->outcome = CHECK_ALLOWED;
	if (look->application != NULL)
		verdict->outcome =
		    application_judge(look->application, session, &call->arena, &verdict->rule);
	if (verdict->outcome == CHECK_ALLOWED)
		return allow(call, look, session);
	verdict->label = text_of(look->application->label);
	return verdict->outcome == CHECK_FORBIDDEN ? OK : fill_way(call, look);
}

static enum err want_sign_in(struct call *call, struct look *look)
{
	look->verdict->outcome = CHECK_SIGN_IN;
	return fill_way(call, look);
}

static void count(enum check_outcome outcome)
{
	metric_add(outcome == CHECK_ALLOWED     ? METRIC_CHECKS_ALLOWED
		   : outcome == CHECK_FORBIDDEN ? METRIC_CHECKS_FORBIDDEN
						: METRIC_CHECKS_SIGN_IN); /* or to prove more there */
}

enum err look_end(struct call *call, struct look *look, enum err err,
    const struct msg_session_record *session, struct wire_any *answer_r)
{
	if (err == OK)
		err = judge(call, look, session);
	else if (err == ERR_NOT_FOUND)
		err = want_sign_in(call, look);
	else if (err == ERR_FORBIDDEN)
		err = OK; /* the verdict's own zero */
	if (err != OK) {
		metric_add(METRIC_CHECKS_UNAVAILABLE);
		return err;
	}
	count(look->verdict->outcome);
	*answer_r = WIRE(check_verdict, look->verdict);
	return OK;
}

bool look_is_due(const struct msg_session_record *session)
{
	return !session->replaced && clock_now_ms() - session->seen >= SEEN_STEP_MS;
}
