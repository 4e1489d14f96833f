/* saml_leave.c - the end of a session towards services of SAML (Profiles 4.4): those that it visited are told in frames of our page, and the one that has
 * signed somebody out is answered. Nothing is stored of it: marks and the ID of our request say whose session it was. */
#include <string.h>
#include "authority/authority.h"
#include "authority/session/indexed.h"
#include "authority/session/visits.h"
#include "authority/sso/answer.h"
#include "authority/sso/left.h"
#include "authority/sso/notice.h"
#include "authority/sso/saml_parts.h"
#include "base/clock.h"

#define KEPT_MS (10LL * 60 * 1000) /* as long as it is known what came of telling them */
#define GOOD_FOR_MS (5LL * 60 * 1000)
#define ASSERTION_NS " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\""

/* A session that has ended, and the service of one of its visits. */
struct leaving {
	struct call *call;
	struct msg_session_record session; /* its trail alone */
	struct store_key key;
	const struct msg_visit_record *visit;
	const struct msg_service_record *service;
};

/* For what is said by way of the browser, in the order of its metadata; NULL: there is none. */
static const struct msg_saml_logout_place *first_place(const struct msg_service_record *service)
{
	const struct msg_saml_record *saml = service->saml;
	for (uint32_t i = 0; i < saml->logouts.n; i++)
		if (saml->logouts.at[i].binding != SAML_SOAP)
			return &saml->logouts.at[i];
	return NULL;
}

const struct msg_saml_logout_place *saml_leave_place(
    const struct msg_service_record *service, enum saml_binding binding)
{
	const struct msg_saml_record *saml = service->saml;
	for (uint32_t i = 0; i < saml->logouts.n; i++)
		if (saml->logouts.at[i].binding == binding)
			return &saml->logouts.at[i];
	return binding != SAML_SOAP ? first_place(service) : NULL;
}

/* ERR_NOT_FOUND: that session goes on, or has not visited it, or ended too long ago. */
static enum err find(
    struct leaving *leaving, const struct msg_saml_leave_record *record, struct text entity_id)
{
	struct call *call = leaving->call;
	struct visits visits = { .n = 0 };
	const void **told = NULL;
	unsigned n_told = 0;
	leaving->session.trail = record->trail;
	if (!visits_key(call->authority, &leaving->session, &leaving->key))
		return ERR_NOT_FOUND;
	enum err err = visits_told_list(call->authority, &leaving->key, &call->arena, &told, &n_told);
	if (err == OK && n_told > 0)
		err = visits_list(call->authority, &leaving->key, &call->arena, &visits);
	const struct msg_visit_record *at = visits.at;
	for (unsigned i = 0; err == OK && i < visits.n && leaving->visit == NULL; i++)
		if (visits_is_at(at + i, PROTOCOL_SAML, entity_id) &&
		    (record->visited == 0 || record->visited == at[i].at))
			leaving->visit = at + i;
	if (err == OK && leaving->visit == NULL)
		return ERR_NOT_FOUND;
	return err == OK ? notice_service(call, leaving->visit, &leaving->service) : err;
}

static enum err page(struct call *call, const struct msg_service_record *service, const char *text,
    const char *reason, struct wire_any *answer_r)
{
	return answer_page(
	    call, service, NULL, (struct answer_told){ .text = text, .reason = reason }, answer_r);
}

/* --- telling ---------------------------------------------------------------------------------------------------- */

struct text saml_leave_frame(struct call *call, struct bytes trail, const struct msg_service_record *service,
    int64_t visited, struct text *to_r)
{
	const struct msg_saml_leave_record record = {
		.at = clock_now_ms(), .trail = trail, .service = service->client_id, .visited = visited
	};
	const struct msg_saml_logout_place *place = first_place(service);
	struct text none = { NULL, 0 };
	if (place == NULL)
		return none;
	struct text mark = saml_seal(call, WIRE(saml_leave_record, &record));
	*to_r = place->url;
	return mark.at != NULL
		   ? text_of(arena_printf(&call->arena, "/saml/slo?spom_leave=%.*s", TEXT_ARGS(mark)))
		   : none;
}

/* The answer names it, and says by that whose session it was. */
static struct text request_id(const struct leaving *leaving, int64_t now_ms)
{
	const struct msg_saml_leave_record record = {
		.at = now_ms, .trail = leaving->session.trail, .visited = leaving->visit->at
	};
	struct text sealed = saml_seal(leaving->call, WIRE(saml_leave_record, &record));
	return sealed.at != NULL ? text_of(arena_printf(&leaving->call->arena, "_%.*s", TEXT_ARGS(sealed)))
				 : sealed;
}

/* Somebody of whom a service is told. */
struct telling {
	struct call *call;
	const struct msg_service_record *service;
	const struct msg_visit_record *visit;
};

/* As the service has it: encrypted where its assertions are (Profiles 4.4.4.1). */
static enum err write_name(const struct telling *telling, enum saml_format format, struct saml_write *out)
{
	struct call *call = telling->call;
	const struct msg_service_record *service = telling->service;
	struct saml_write clear;
	struct text encrypted;
	if (!saml_encrypts(service)) {
		saml_write_name(call, service, format, telling->visit->subject, ASSERTION_NS, out);
		return OK;
	}
	saml_write_begin(&clear, &call->arena);
	if (clear.at == NULL)
		return ERR_NO_MEMORY;
	saml_write_name(call, service, format, telling->visit->subject, ASSERTION_NS, &clear);
	struct text name = saml_write_done(&clear);
	enum err err =
	    name.at != NULL ? saml_encrypt(call, service, "EncryptedID", name, &encrypted) : ERR_TOO_LARGE;
	if (err == OK)
		saml_write_part(out, encrypted);
	return err;
}

static enum err write_request(const struct telling *telling, struct saml_write *out)
{
	struct call *call = telling->call;
	const struct msg_visit_record *visit = telling->visit;
	const struct indexed pair = { visit->client_id, visit->handle, visit->subject };
	const struct msg_saml_index_record *known;
	enum err err = indexed_find(call->authority, &pair, &call->arena, &known);
	if (err == OK)
		err = write_name(telling, known->format, out);
	saml_write_raw(out, "<samlp:SessionIndex>");
	saml_write_text(out, visit->handle);
	saml_write_raw(out, "</samlp:SessionIndex></samlp:LogoutRequest>");
	return err;
}

/* Both halves of a message, each ready. */
enum err saml_leave_message(struct call *call, const struct saml_opening *opening, struct saml_write *rest,
    struct saml_sending *sending)
{
	struct saml_write head;
	saml_write_begin(&head, &call->arena);
	if (opening->id.at == NULL || head.at == NULL)
		return ERR_NO_MEMORY;
	saml_write_opening(call, opening, &head);
	sending->id = opening->id;
	sending->halves = (struct saml_halves){ saml_write_done(&head), saml_write_done(rest) };
	return sending->halves.head.at != NULL && sending->halves.rest.at != NULL ? OK : ERR_TOO_LARGE;
}

enum err saml_leave_request(struct call *call, const struct msg_service_record *service,
    const struct msg_visit_record *visit, struct text id, struct saml_sending *sending)
{
	const struct telling telling = { call, service, visit };
	int64_t now_ms = clock_now_ms();
	struct saml_write rest;
	const struct saml_opening opening = {
		.name = "LogoutRequest",
		.to = sending->place->url,
		.id = id,
		.now_ms = now_ms,
		.until_ms = now_ms + GOOD_FOR_MS,
	};
	saml_write_begin(&rest, &call->arena);
	if (rest.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = write_request(&telling, &rest);
	return err == OK ? saml_leave_message(call, &opening, &rest, sending) : err;
}

static enum err tell(const struct leaving *leaving, struct wire_any *answer_r)
{
	struct call *call = leaving->call;
	struct msg_saml_message *message = arena_alloc(&call->arena, sizeof *message);
	struct saml_sending sending = { .place = first_place(leaving->service) };
	struct text id = request_id(leaving, clock_now_ms());
	if (message == NULL)
		return ERR_NO_MEMORY;
	if (sending.place == NULL)
		return ERR_NOT_FOUND;
	enum err err = saml_leave_request(call, leaving->service, leaving->visit, id, &sending);
	if (err == OK)
		err = saml_send(call, &sending, message);
	message->framed = true;
	*answer_r = WIRE(saml_message, message);
	return err;
}

enum err saml_leave_go_on(struct call *call, const struct msg_saml_slo *ask, struct wire_any *answer_r)
{
	struct leaving leaving = { .call = call };
	const void *at;
	enum err err = saml_unseal(call, ask->mark, wire_msg_saml_leave_record(), &at);
	const struct msg_saml_leave_record *record = err == OK ? at : NULL;
	if (err == OK && (record->service.at == NULL || clock_now_ms() - record->at > KEPT_MS))
		err = ERR_NOT_FOUND;
	if (err == OK)
		err = find(&leaving, record, record->service);
	if (err == OK)
		err = record->id.at != NULL
			  ? saml_ended_go_on(call, ask->session, record, leaving.service, answer_r)
			  : tell(&leaving, answer_r);
	return err == ERR_NOT_FOUND ? page(call, NULL, "saml_over", NULL, answer_r) : err;
}

/* --- what they say ---------------------------------------------------------------------------------------------- */

/* ERR_NOT_FOUND: that is no ID of a request of ours to this service, or one of long ago. */
static enum err find_asked(struct leaving *leaving, struct text id, const struct msg_service_record *service,
    const struct msg_saml_leave_record **record_r)
{
	const void *at;
	if (id.len < 2 || id.at[0] != '_')
		return ERR_NOT_FOUND;
	struct text sealed = { id.at + 1, id.len - 1 };
	enum err err = saml_unseal(leaving->call, sealed, wire_msg_saml_leave_record(), &at);
	if (err != OK)
		return err;
	*record_r = at;
	if ((*record_r)->service.at != NULL || clock_now_ms() - (*record_r)->at > KEPT_MS)
		return ERR_NOT_FOUND;
	return find(leaving, *record_r, service->client_id);
}

static void note(const struct leaving *leaving, int64_t asked_ms, bool success)
{
	const struct msg_notice_record notice = {
		.at = asked_ms,
		.trail = { leaving->key.bytes, sizeof leaving->key.bytes },
		.visit = leaving->visit,
	};
	visits_told(leaving->call->authority, &notice, success ? NOTICE_CONFIRMED : NOTICE_NEVER);
}

enum err saml_leave_answered(
    struct call *call, const struct msg_judge_saml_request *ask, struct wire_any *answer_r)
{
	struct saml_came came = { .service = NULL };
	struct saml_coming coming = {
		.call = call, .kind = SAML_COMES_LOGOUT_ANSWER, .ask = ask, .came = &came
	};
	struct leaving leaving = { .call = call };
	const struct msg_saml_leave_record *record = NULL;
	enum err err = saml_came_judge(&coming, saml_slo_address(call));
	if (err == OK && came.fault != NULL)
		return page(call, came.service, came.fault, came.reason, answer_r);
	if (err == OK)
		err = find_asked(&leaving, coming.logout->in_response_to, came.service, &record);
	if (err == ERR_NOT_FOUND)
		return page(call, came.service, "saml_over", "an answer to no request", answer_r);
	if (err == OK && !left_is_told(call, &leaving.key, leaving.visit->service))
		note(&leaving, record->at, coming.logout->success);
	(void)answer_done(answer_r);
	return err;
}
