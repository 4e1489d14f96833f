/* ticket.c - the way back from the hand-over: a ticket becomes the application's cookie, once, within ten seconds, in the browser
 * that began it, on the host for which it was made (SECURITY 35). */
#include <string.h>
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/edge/look.h"
#include "authority/edge/refused.h"
#include "authority/report/metrics.h"
#include "authority/session/session.h"
#include "authority/store/dated.h"
#include "log/log.h"

/* Takes the ticket out of the store, good or not: who shows it first has used it up. ERR_NOT_FOUND: there is none, or it is over. */
static enum err take(struct call *call, const struct look *look, const struct msg_ticket_record **ticket_r)
{
	struct store_key key = application_ticket_key(call->authority, look->check->ticket);
	struct store_epoch present;
	const void *at;
	enum err err =
	    dated_take(call->authority->store, &key, wire_msg_ticket_record(), &call->arena, &at, &present);
	if (err != OK)
		return err;
	const struct msg_ticket_record *ticket = at;
	if (!dated_is_good(&present, ticket->epoch, ticket->expires))
		return ERR_NOT_FOUND;
	*ticket_r = ticket;
	return OK;
}

static bool is_for(struct call *call, const struct look *look, const struct msg_ticket_record *ticket)
{
	uint8_t hash[KEYS_HASH_SIZE];
	application_challenge(call->authority, look->check->nonce, hash);
	struct secret wanted = { (unsigned char *)(uintptr_t)ticket->nonce.at, ticket->nonce.len };
	return text_equal(ticket->origin, look->check->origin) && look->check->nonce.at != NULL &&
	       ticket->session.len == STORE_KEY_SIZE &&
	       secret_equal(wanted, (struct secret){ hash, sizeof hash });
}

/* The session of a good ticket. ERR_NOT_FOUND: the ticket is not good, or the session has ended: *why_r. */
static enum err redeem(struct call *call, struct look *look, const struct msg_ticket_record **ticket_r,
    const struct msg_session_record **session_r, const char **why_r)
{
	const struct msg_ticket_record *ticket;
	*why_r = "there is no such ticket, or not any more";
	enum err err = take(call, look, &ticket);
	if (err == OK && !is_for(call, look, ticket)) {
		*why_r = "the ticket is another browser's, or another application's";
		err = ERR_NOT_FOUND;
	}
	if (err != OK)
		return err;
	*why_r = "the session has ended";
	look->key.kind = STORE_SESSION;
	memcpy(look->key.bytes, ticket->session.at, STORE_KEY_SIZE);
	err = session_check(call->authority, &look->key, &call->arena, session_r);
	if (err == OK)
		*ticket_r = ticket;
	return err;
}

static enum err record(struct call *call, const struct look *look, const struct msg_session_record *session)
{
	const struct audit_entry entry = {
		.event = AUDIT_APPLICATION_OPENED,
		.trace = call->frame.trace,
		.person = session->person,
		.user = session->user,
		.door = TEXT_LITERAL("check"),
		.object = text_of(look->application->name),
	};
	return audit_record(call->authority, &entry);
}

static enum err refuse_unrecorded(struct call *call, struct wire_any *answer_r)
{
	struct msg_refused *refused = arena_alloc(&call->arena, sizeof *refused);
	if (refused == NULL)
		return ERR_NO_MEMORY;
	refused->reason = REFUSAL_AUDIT;
	refused->text = text_of(WIRE_ENUM_TEXT(refusal, REFUSAL_AUDIT));
	*answer_r = WIRE(refused, refused);
	return OK;
}

static enum err answer_opened(
    struct call *call, struct look *look, const struct msg_ticket_record *ticket, struct wire_any *answer_r)
{
	struct msg_check_verdict *verdict = look->verdict;
	verdict->application =
	    application_cookie(call->authority, look->check->origin, &look->key, &call->arena);
	if (verdict->application.at == NULL)
		return ERR_NO_MEMORY;
	verdict->outcome = CHECK_OPENED;
	verdict->next = ticket->next;
	*answer_r = WIRE(check_verdict, verdict);
	return OK;
}

enum err look_redeem(struct call *call, struct look *look, struct wire_any *answer_r)
{
	const struct msg_ticket_record *ticket;
	const struct msg_session_record *session;
	const char *why;
	enum err err = redeem(call, look, &ticket, &session, &why);
	if (err == OK && record(call, look, session) != OK)
		return refuse_unrecorded(call, answer_r);
	if (err == OK)
		return answer_opened(call, look, ticket, answer_r);
	if (err != ERR_NOT_FOUND)
		return err;
	look->verdict->outcome = CHECK_STALE;
	metric_add(METRIC_TICKETS_REFUSED);
	refused_note(call, look->application, NULL, text_of(why));
	*answer_r = WIRE(check_verdict, look->verdict);
	return OK;
}
