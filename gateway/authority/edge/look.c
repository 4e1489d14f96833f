#include "authority/edge/look.h"
#include "authority/authority.h"
#include "authority/report/metrics.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "base/enc.h"

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

/* A browser keeps its nonce for a while, so that several of its tabs may be on their way at once. */
static enum err fill_sign_in(struct call *call, struct look *look)
{
	struct msg_check_verdict *verdict = look->verdict;
	uint8_t hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(KEYS_HASH_SIZE)];
	verdict->outcome = CHECK_SIGN_IN;
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

static void judge(struct call *call, struct look *look, const struct msg_session_record *session)
{
	struct msg_check_verdict *verdict = look->verdict;
	verdict->outcome = CHECK_ALLOWED;
	if (look->application != NULL)
		verdict->outcome =
		    application_judge(look->application, session, &call->arena, &verdict->rule);
	if (verdict->outcome == CHECK_ALLOWED)
		fill_person(session, verdict);
	else
		verdict->label = text_of(look->application->label);
}

static void count(enum check_outcome outcome)
{
	metric_add(outcome == CHECK_ALLOWED   ? METRIC_CHECKS_ALLOWED
		   : outcome == CHECK_SIGN_IN ? METRIC_CHECKS_SIGN_IN
					      : METRIC_CHECKS_FORBIDDEN);
}

enum err look_end(struct call *call, struct look *look, enum err err,
    const struct msg_session_record *session, struct wire_any *answer_r)
{
	if (err == OK)
		judge(call, look, session);
	else if (err == ERR_NOT_FOUND)
		err = fill_sign_in(call, look);
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
