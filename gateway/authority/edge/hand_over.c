/* hand_over.c - a signed-in person goes on to an application: a ticket for its host, bound to the browser that began there.
 *
 * The nonce's hash came through the address, from anybody. That is safe: a ticket opens nothing but where the browser that shows it
 * has the nonce itself in a cookie of the application's host. */
#include "authority/authority.h"
#include "authority/edge/application.h"
#include "authority/edge/edge.h"
#include "authority/edge/refused.h"
#include "authority/login/step_up.h"
#include "authority/report/metrics.h"
#include "authority/session/session.h"
#include "authority/sso/answer.h"
#include "authority/store/dated.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/path.h"
#include "conf/conf.h"

static enum err keep(struct call *call, const struct msg_hand_over *ask, struct secret ticket)
{
	uint8_t nonce[KEYS_HASH_SIZE];
	struct store_key session = session_key(call->authority, ask->session);
	struct store_key key = application_ticket_key(call->authority, ticket);
	if (enc_from_base64url(ask->nonce.at, ask->nonce.len, nonce, sizeof nonce) != OK)
		return ERR_MALFORMED;
	struct msg_ticket_record record = {
		.session = { session.bytes, sizeof session.bytes },
		.origin = ask->to,
		.nonce = { nonce, sizeof nonce },
		.next = ask->next,
		.expires = clock_now_ms() + APPLICATION_TICKET_MS,
	};
	return dated_put_alone(call->authority->store, &call->arena, &key, WIRE(ticket_record, &record),
	    &record.epoch, APPLICATION_TICKET_MS);
}

static enum err hand_over(struct call *call, const struct msg_hand_over *ask, struct wire_any *answer_r)
{
	struct msg_handed_over *handed = arena_alloc(&call->arena, sizeof *handed);
	if (handed == NULL)
		return ERR_NO_MEMORY;
	handed->origin = ask->to;
	handed->ticket = keys_token(&call->arena);
	if (handed->ticket.at == NULL)
		return ERR_NO_MEMORY;
	*answer_r = WIRE(handed_over, handed);
	return keep(call, ask, handed->ticket);
}

/* The application would refuse as well; here the person learns it without going there. */
static enum err forbid(struct call *call, const struct conf_application *application,
    const struct msg_session_record *session, enum check_outcome outcome, struct text rule,
    struct wire_any *answer_r)
{
	struct msg_check_verdict *verdict = arena_alloc(&call->arena, sizeof *verdict);
	if (verdict == NULL)
		return ERR_NO_MEMORY;
	verdict->outcome = outcome;
	verdict->label = text_of(application->label);
	verdict->rule = rule;
	metric_add(METRIC_CHECKS_FORBIDDEN);
	refused_note(call, application, session, rule);
	*answer_r = WIRE(check_verdict, verdict);
	return OK;
}

/* The session has less than the application wants. It may rise, once; to sign in anew helps whoever is known for too long. */
static enum err have_proved(struct call *call, const struct msg_hand_over *ask,
    const struct msg_session_record *session, const struct conf_application *application,
    enum check_outcome *outcome, struct wire_any *answer_r)
{
	static const struct answer_hints NO_HINTS = { .login = { NULL, 0 } };
	const struct text parts[] = { TEXT_LITERAL("hand_over"), ask->to, ask->nonce, ask->next };
	const struct asked_request request = { parts, COUNT(parts) };
	struct id act;
	if (*outcome == CHECK_ANEW)
		return answer_sign_in(call, request, NULL, NO_HINTS, answer_r);
	enum err err = ERR_FORBIDDEN;
	if (asked_read(call, request, ask->asked).what != ASKED_MORE)
		err = step_up_begin(call, session, ask->session, text_of(application->name), &act);
	if (err == OK)
		return answer_sign_in(call, request, &act, NO_HINTS, answer_r);
	*outcome = CHECK_NO_FACTOR;
	return err;
}

/* What no browser of ours asks for by itself: of whom, as far as a look tells. */
static enum err refuse(struct call *call, const struct msg_hand_over *ask,
    const struct conf_application *application, const char *reason, enum err err)
{
	const struct msg_session_record *session = NULL;
	if (session_peek(call->authority, ask->session, &call->arena, &session) != OK)
		session = NULL;
	refused_note(call, application, session, text_of(reason));
	return err;
}

enum err edge_on_hand_over(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_hand_over *wanted = ask;
	const struct msg_session_record *session;
	const struct conf_application *application = application_find(call->authority->conf, wanted->to);
	if (application == NULL)
		return refuse(call, wanted, NULL, "no application has that address", ERR_FORBIDDEN);
	if (wanted->next.at != NULL && !path_is_local(wanted->next))
		return refuse(call, wanted, application, "next is no path of its host", ERR_MALFORMED);
	enum err err = session_load(call->authority, wanted->session, &call->arena, &session);
	if (err != OK)
		return err;
	struct text rule = { NULL, 0 };
	enum check_outcome outcome = application_judge(application, session, &call->arena, &rule);
	if (outcome == CHECK_LEVEL || outcome == CHECK_ANEW) {
		err = have_proved(call, wanted, session, application, &outcome, answer_r);
		if (err != ERR_FORBIDDEN)
			return err;
	}
	if (outcome != CHECK_ALLOWED)
		return forbid(call, application, session, outcome, rule, answer_r);
	err = hand_over(call, wanted, answer_r);
	return err == ERR_MALFORMED ? refuse(call, wanted, application, "nonce", err) : err;
}
