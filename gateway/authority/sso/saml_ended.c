/* saml_ended.c - a service has signed somebody out, and is answered (SAML Profiles 4.4.3.4): behind the page of who was signed out, where there is something to say
 * on it, and this is the browser of whom it is about. */
#include <string.h>
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/answer.h"
#include "authority/sso/left.h"
#include "authority/sso/saml_parts.h"
#include "base/clock.h"
#include "base/enc.h"

#define SIGNED_OUT TEXT_LITERAL("/login?done=signed_out")

/* --- where to -------------------------------------------------------------------------------------------------------- */

static enum err has_others(
    struct call *call, struct bytes trail, const struct msg_service_record *service, bool *others_r)
{
	const struct msg_session_record ended = { .trail = trail };
	struct visits visits = { .n = 0, .whole = true };
	struct store_key key;
	enum err err = OK;
	if (visits_key(call->authority, &ended, &key))
		err = visits_list(call->authority, &key, &call->arena, &visits);
	*others_r = !visits.whole;
	for (unsigned i = 0; err == OK && i < visits.n; i++)
		*others_r = *others_r || !visits_is_at(&visits.at[i], PROTOCOL_SAML, service->client_id);
	return err;
}

/* Where the person was is for the person's own browser to know, and never for who asks. */
static enum err choose_page(struct call *call, const struct msg_service_record *service,
    const struct msg_saml_ended_row *own, bool answers, struct text *next_r)
{
	char of[ENC_BASE64URL_SIZE(SESSION_TRAIL_SIZE)];
	bool others = false;
	enum err err = own != NULL ? has_others(call, own->trail, service, &others) : OK;
	if (err != OK)
		return err;
	if (own == NULL || (!others && answers)) {
		*next_r = answers ? (struct text){ NULL, 0 } : SIGNED_OUT;
		return OK;
	}
	enc_base64url(own->trail.at, own->trail.len, of);
	*next_r = text_of(arena_printf(&call->arena, "/signed-out?of=%s", of));
	return next_r->at != NULL ? OK : ERR_NO_MEMORY;
}

static bool may_be_own(const struct msg_saml_leave_record *record)
{
	for (uint32_t i = 0; i < record->ended.n; i++)
		if (record->ended.at[i].key.at != NULL)
			return true;
	return false;
}

/* A mark that says nothing of browsers any more. */
static enum err settle(struct call *call, struct msg_saml_leave_record *record)
{
	struct msg_saml_ended_row *rows = arena_array(&call->arena, record->ended.n, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	for (uint32_t i = 0; i < record->ended.n; i++)
		rows[i].trail = record->ended.at[i].trail;
	record->ended.at = rows;
	return OK;
}

enum err saml_ended_leave(struct call *call, struct msg_saml_leave_record *record,
    const struct msg_service_record *service, const struct msg_saml_ended_row *own, struct wire_any *answer_r)
{
	const struct msg_saml_logout_place *place = saml_leave_place(service, record->binding);
	struct msg_saml_left *left = arena_alloc(&call->arena, sizeof *left);
	bool comes_again = own == NULL && may_be_own(record);
	enum err err = left != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK && own != NULL) {
		record->trail = own->trail;
		err = settle(call, record);
	}
	if (err == OK && !comes_again)
		err = choose_page(call, service, own, place != NULL, &left->next);
	if (err != OK)
		return err;
	left->own = own != NULL;
	if (place != NULL || comes_again)
		left->mark = saml_seal(call, WIRE(saml_leave_record, record));
	if (place != NULL)
		left->to = place->answers.at != NULL ? place->answers : place->url;
	*answer_r = WIRE(saml_left, left);
	return left->next.at != NULL || left->mark.at != NULL ? OK : ERR_TOO_LARGE;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */

enum err saml_ended_answer(struct call *call, const struct msg_saml_leave_record *record,
    const struct msg_service_record *service, const struct saml_status *status, struct wire_any *answer_r)
{
	struct msg_saml_message *message = arena_alloc(&call->arena, sizeof *message);
	struct saml_sending sending = {
		.place = saml_leave_place(service, record->binding),
		.answers = true,
		.relay_state = record->relay_state,
	};
	struct saml_write rest;
	if (sending.place == NULL)
		return answer_page(call, service, NULL,
		    (struct answer_told){ .text = "saml_over", .reason = "no place for an answer" },
		    answer_r);
	bool elsewhere = sending.place->answers.at != NULL;
	const struct saml_opening opening = {
		.name = "LogoutResponse",
		.to = elsewhere ? sending.place->answers : sending.place->url,
		.id = saml_id(&call->arena),
		.in_response_to = record->id,
		.now_ms = clock_now_ms(),
	};
	saml_write_begin(&rest, &call->arena);
	if (message == NULL || rest.at == NULL)
		return ERR_NO_MEMORY;
	saml_write_status(status, &rest);
	saml_write_raw(&rest, "</samlp:LogoutResponse>");
	enum err err = saml_leave_message(call, &opening, &rest, &sending);
	if (err == OK)
		err = saml_send(call, &sending, message);
	*answer_r = WIRE(saml_message, message);
	return err;
}

/* What is true now: everybody else, in each of the sessions, has confirmed, or not. */
static enum err answer(struct call *call, const struct msg_saml_leave_record *record,
    const struct msg_service_record *service, struct wire_any *answer_r)
{
	static const struct saml_status WHOLE = { "Success", NULL }, PART = { "Success", "PartialLogout" };
	bool all = true;
	enum err err = OK;
	for (uint32_t i = 0; err == OK && i < record->ended.n; i++) {
		bool complete = false;
		err = left_is_complete(call, record->ended.at[i].trail, service->client_id, &complete);
		all = all && complete;
	}
	return err == OK ? saml_ended_answer(call, record, service, all ? &WHOLE : &PART, answer_r) : err;
}

static const struct msg_saml_ended_row *find_own(
    struct call *call, struct secret session, const struct msg_saml_leave_record *record)
{
	if (session.at == NULL)
		return NULL;
	struct store_key key = session_key(call->authority, session);
	for (uint32_t i = 0; i < record->ended.n; i++) {
		struct bytes known = record->ended.at[i].key;
		if (known.len == sizeof key.bytes && memcmp(known.at, key.bytes, known.len) == 0)
			return &record->ended.at[i];
	}
	return NULL;
}

enum err saml_ended_go_on(struct call *call, struct secret session,
    const struct msg_saml_leave_record *record, const struct msg_service_record *service,
    struct wire_any *answer_r)
{
	struct msg_saml_leave_record settled = *record;
	const struct msg_saml_ended_row *own = find_own(call, session, record);
	if (own == NULL && saml_leave_place(service, record->binding) != NULL)
		return answer(call, record, service, answer_r);
	enum err err = settle(call, &settled);
	return err == OK ? saml_ended_leave(call, &settled, service, own, answer_r) : err;
}
