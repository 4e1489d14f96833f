/* hand_over.c - a signed-in person goes on to an application: a ticket for its host, bound to the browser that began there.
 *
 * The nonce's hash came through the address, from anybody. That is safe: a ticket opens nothing but where the browser that shows it
 * has the nonce itself in a cookie of the application's host. */
#include "authority/authority.h"
#include "authority/edge/application.h"
#include "authority/edge/edge.h"
#include "authority/report/metrics.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/path.h"
#include "conf/conf.h"

static enum err keep(struct call *call, const struct msg_hand_over *ask, struct secret ticket)
{
	uint8_t nonce[KEYS_HASH_SIZE];
	struct store_epoch epoch;
	struct store_key session = session_key(call->authority, ask->session);
	struct store_key key = application_ticket_key(call->authority, ticket);
	if (enc_from_base64url(ask->nonce.at, ask->nonce.len, nonce, sizeof nonce) != OK)
		return ERR_MALFORMED;
	enum err err = store_epoch_load(call->authority->store, clock_now_ms(), &epoch);
	if (err != OK)
		return err;
	struct msg_ticket_record record = {
		.session = { session.bytes, sizeof session.bytes },
		.origin = ask->to,
		.nonce = { nonce, sizeof nonce },
		.next = ask->next,
		.expires = clock_now_ms() + APPLICATION_TICKET_MS,
		.epoch = text_of(epoch.id),
	};
	return store_put_record(
	    call->authority->store, &key, WIRE(ticket_record, &record), APPLICATION_TICKET_MS, STORE_IF_NEW);
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
    enum check_outcome outcome, struct text rule, struct wire_any *answer_r)
{
	struct msg_check_verdict *verdict = arena_alloc(&call->arena, sizeof *verdict);
	if (verdict == NULL)
		return ERR_NO_MEMORY;
	verdict->outcome = outcome;
	verdict->label = text_of(application->label);
	verdict->rule = rule;
	metric_add(METRIC_CHECKS_FORBIDDEN);
	*answer_r = WIRE(check_verdict, verdict);
	return OK;
}

enum err edge_on_hand_over(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_hand_over *wanted = ask;
	const struct msg_session_record *session;
	const struct conf_application *application = application_find(call->authority->conf, wanted->to);
	if (application == NULL)
		return ERR_FORBIDDEN;
	if (wanted->next.at != NULL && !path_is_local(wanted->next))
		return ERR_MALFORMED;
	enum err err = session_load(call->authority, wanted->session, &call->arena, &session);
	if (err != OK)
		return err;
	struct text rule = { NULL, 0 };
	enum check_outcome outcome = application_judge(application, session, &call->arena, &rule);
	if (outcome != CHECK_ALLOWED)
		return forbid(call, application, outcome, rule, answer_r);
	return hand_over(call, wanted, answer_r);
}
