/* saml_logout.c - /saml/slo: a service signs somebody out (SAML Core 3.7.3, Profiles 4.4). It ends sessions that it knows by name, and no others: SessionIndex and NameID
 * have to be a pair that we gave to it. So no cookie is asked for, which browsers would not send with another site's form. */
#include <string.h>
#include "authority/authority.h"
#include "authority/session/activity.h"
#include "authority/session/indexed.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/answer.h"
#include "authority/sso/saml.h"
#include "authority/sso/saml_parts.h"
#include "authority/store/batch.h"
#include "base/clock.h"
#include "log/log.h"

#define SESSIONS_MAX 1000u
#define ENDED_MAX 10u /* as many as a request may name */

struct logout {
	struct call *call;
	const struct msg_saml_slo *ask;
	const struct msg_judged_saml_logout *request;
	const struct msg_service_record *service;
	const struct msg_session_record
	    *own; /* of this browser; NULL: nobody is signed in, or it sent no cookie */
	struct msg_saml_ended_row ended[ENDED_MAX]; /* that it names */
	uint32_t n;
	const struct msg_saml_ended_row *ended_own; /* among them; NULL: none */
	struct text person;                         /* of the last one */
};

static enum err page(struct logout *logout, const char *text, const char *reason, struct wire_any *answer_r)
{
	return answer_page(logout->call, logout->service, NULL,
	    (struct answer_told){ .text = text, .reason = reason }, answer_r);
}

/* --- the sessions ------------------------------------------------------------------------------------------------- */

static bool is_of(const struct msg_session_record *session, struct bytes trail)
{
	return session != NULL && session->trail.len == trail.len &&
	       memcmp(session->trail.at, trail.at, trail.len) == 0;
}

/* Recorded before it is done. */
static enum err end_one(struct logout *logout, const struct session_found *found)
{
	struct call *call = logout->call;
	enum err err =
	    answer_record(call, AUDIT_SIGNED_OUT, logout->service, found->record, (struct text){ NULL, 0 });
	if (err == OK)
		err = session_end_key(call->authority, found->record->person, &found->key, &call->arena);
	if (err == OK)
		activity_note_of(call->authority, found->record, "activity_signed_out");
	return err == ERR_NOT_FOUND ? OK : err; /* somebody else was first */
}

/* Who asks has ended it there, and is not told of it. */
static enum err note_asking(struct logout *logout, const struct msg_saml_index_record *index)
{
	struct call *call = logout->call;
	const struct msg_session_record ended = { .trail = index->trail };
	struct visits visits = { .n = 0 };
	struct store_key key;
	if (!visits_key(call->authority, &ended, &key))
		return OK;
	enum err err = visits_list(call->authority, &key, &call->arena, &visits);
	for (unsigned i = 0; err == OK && i < visits.n; i++) {
		const struct msg_notice_record notice = {
			.at = clock_now_ms(), .trail = { key.bytes, sizeof key.bytes }, .visit = &visits.at[i]
		};
		if (visits_is_at(&visits.at[i], PROTOCOL_SAML, logout->service->client_id))
			visits_told(call->authority, &notice, NOTICE_CONFIRMED);
	}
	return err;
}

/* All tokens of it; its browser has the newest. */
static enum err end_tokens(
    struct logout *logout, const struct msg_saml_index_record *index, struct msg_saml_ended_row *row)
{
	struct call *call = logout->call;
	struct session_found *found = NULL;
	unsigned n = 0;
	enum err err = session_list(call->authority, index->person, SESSIONS_MAX, &call->arena, &found, &n);
	for (unsigned i = 0; err == OK && i < n; i++) {
		if (!is_of(found[i].record, index->trail))
			continue;
		if (!found[i].record->replaced)
			row->key = (struct bytes){ found[i].key.bytes, sizeof found[i].key.bytes };
		err = end_one(logout, &found[i]);
	}
	return err;
}

static bool is_ended(const struct logout *logout, struct bytes trail)
{
	for (uint32_t i = 0; i < logout->n; i++)
		if (memcmp(logout->ended[i].trail.at, trail.at, trail.len) == 0)
			return true;
	return false;
}

/* One that has ended before is no fault. */
static enum err end(struct logout *logout, const struct msg_saml_index_record *index)
{
	struct msg_saml_ended_row *row = &logout->ended[logout->n];
	if (logout->n == ENDED_MAX || is_ended(logout, index->trail))
		return OK;
	*row = (struct msg_saml_ended_row){ .trail = index->trail };
	enum err err = note_asking(logout, index);
	if (err == OK)
		err = end_tokens(logout, index, row);
	if (err != OK)
		return err;
	if (logout->ask->session.at != NULL) /* else the browser is asked once more */
		row->key = (struct bytes){ NULL, 0 };
	if (is_of(logout->own, index->trail))
		logout->ended_own = row;
	logout->person = index->person;
	logout->n++;
	return OK;
}

/* What the service does not know is passed over. */
static enum err end_index(struct logout *logout, struct text index)
{
	struct call *call = logout->call;
	const struct indexed pair = { logout->service->client_id, index, logout->request->name };
	const struct msg_saml_index_record *found;
	enum err err = indexed_find(call->authority, &pair, &call->arena, &found);
	if (err == ERR_NOT_FOUND)
		return OK;
	return err == OK ? end(logout, found) : err;
}

/* The one of this browser, which may have begun when the service had another name. */
static enum err end_own(struct logout *logout)
{
	struct call *call = logout->call;
	struct visits visits = { .n = 0 };
	struct store_key key;
	enum err err = end_index(logout, saml_session_index(call, logout->own, logout->service));
	if (err != OK || logout->n > 0 || !visits_key(call->authority, logout->own, &key))
		return err;
	err = visits_list(call->authority, &key, &call->arena, &visits);
	for (unsigned i = 0; err == OK && i < visits.n; i++)
		if (visits_is_at(&visits.at[i], PROTOCOL_SAML, logout->service->client_id))
			err = end_index(logout, visits.at[i].handle);
	return err;
}

/* Without a SessionIndex it is one's own. */
static enum err end_all(struct logout *logout)
{
	const struct msg_judged_saml_logout *request = logout->request;
	enum err err = OK;
	for (uint32_t i = 0; err == OK && i < request->indexes.n; i++)
		err = end_index(logout, request->indexes.at[i].value);
	if (request->indexes.n == 0 && logout->own != NULL)
		err = end_own(logout);
	return err;
}

static enum err look_at_own(struct logout *logout)
{
	struct call *call = logout->call;
	if (logout->ask->session.at == NULL)
		return OK;
	enum err err = session_peek(call->authority, logout->ask->session, &call->arena, &logout->own);
	return err == ERR_NOT_FOUND ? OK : err;
}

/* --- what follows ------------------------------------------------------------------------------------------------- */

/* What is to be answered. */
static struct msg_saml_leave_record asked_of(const struct logout *logout)
{
	return (struct msg_saml_leave_record){
		.at = clock_now_ms(),
		.service = logout->service->client_id,
		.id = logout->request->id,
		.binding = logout->ask->binding,
		.relay_state = logout->request->relay_state,
	};
}

static enum err leave(struct logout *logout, struct wire_any *answer_r)
{
	struct msg_saml_leave_record record = asked_of(logout);
	record.trail = logout->ended[0].trail;
	record.ended.at = logout->ended;
	record.ended.n = logout->n;
	log_line(LOG_LEVEL_INFO, "signed_out", logout->call->frame.trace,
	    LOG_TEXT("service", logout->service->name), LOG_TEXT("person", logout->person),
	    LOG_NUMBER("sessions", logout->n));
	return saml_ended_leave(logout->call, &record, logout->service, logout->ended_own, answer_r);
}

/* Nothing has ended: who that is, it does not know from us. */
static enum err refuse(struct logout *logout, struct wire_any *answer_r)
{
	static const struct saml_status NOBODY = { "Requester", "UnknownPrincipal" };
	const struct msg_saml_leave_record record = asked_of(logout);
	if (saml_leave_place(logout->service, logout->ask->binding) == NULL)
		return page(logout, "saml_nobody", NULL, answer_r);
	answer_note(
	    logout->call, AUDIT_SERVICE_REFUSED, logout->service, logout->own, "no session of that name");
	return saml_ended_answer(logout->call, &record, logout->service, &NOBODY, answer_r);
}

/* --- what came ---------------------------------------------------------------------------------------------------- */

/* Each once. ERR_EXISTS: it was. */
static enum err take(struct logout *logout)
{
	struct call *call = logout->call;
	struct store_batch batch;
	store_batch_begin(&batch, call->authority->store, &call->arena);
	saml_once(call, &batch, logout->service->client_id, logout->request->id);
	return store_batch_settle(&batch);
}

static bool is_over(const struct msg_judged_saml_logout *request)
{
	return request->until > 0 && clock_now_ms() - SAML_SKEW_MS >= request->until;
}

static enum err sign_out(
    struct logout *logout, const struct msg_judge_saml_request *question, struct wire_any *answer_r)
{
	struct saml_came came = { .service = NULL };
	struct saml_coming coming = {
		.call = logout->call, .kind = SAML_COMES_LOGOUT, .ask = question, .came = &came
	};
	enum err err = saml_came_judge(&coming, saml_slo_address(logout->call));
	logout->service = came.service;
	logout->request = coming.logout;
	if (err == OK && came.fault != NULL)
		return page(logout, came.fault, came.reason, answer_r);
	if (err == OK && is_over(logout->request))
		return page(logout, "saml_old", "NotOnOrAfter", answer_r);
	if (err == OK)
		err = take(logout);
	if (err == ERR_EXISTS)
		return page(logout, "saml_replayed", NULL, answer_r);
	if (err == OK)
		err = look_at_own(logout);
	if (err == OK)
		err = end_all(logout);
	if (err != OK)
		return err;
	return logout->n > 0 ? leave(logout, answer_r) : refuse(logout, answer_r);
}

enum err saml_on_slo(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct logout logout = { .call = call, .ask = ask };
	const struct msg_saml_slo *came = ask;
	bool answers = came->response.at != NULL;
	const struct msg_judge_saml_request question = {
		.binding = came->binding,
		.request = answers ? came->response : came->request,
		.relay_state = came->relay_state,
		.sig_alg = came->sig_alg,
		.signature = came->signature,
	};
	if (came->mark.at != NULL)
		return saml_leave_go_on(call, came, answer_r);
	if (answers == (came->request.at != NULL))
		return page(&logout, "saml_malformed", "no request", answer_r);
	return answers ? saml_leave_answered(call, &question, answer_r)
		       : sign_out(&logout, &question, answer_r);
}
