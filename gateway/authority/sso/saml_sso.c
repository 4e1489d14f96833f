/* saml_sso.c - /saml/sso: from a request that is good to an answer. Where the service cannot be told, a page tells the person. */
#include "authority/authority.h"
#include "authority/login/step_up.h"
#include "authority/session/indexed.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/access.h"
#include "authority/sso/acr.h"
#include "authority/sso/answer.h"
#include "authority/sso/consent.h"
#include "authority/sso/saml.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/shelf.h"
#include "authority/store/batch.h"

struct visit {
	struct call *call;
	const struct msg_saml_sso *ask;
	const struct msg_service_record *service;
	const struct msg_saml_request_record *request;
	const struct msg_session_record *session;
};

static const struct saml_status SUCCESS = { "Success", NULL };

/* --- answers ---------------------------------------------------------------------------------------------------- */

static enum err show_page(
    struct visit *visit, const char *text, const char *reason, struct text rule, struct wire_any *answer_r)
{
	return answer_page(visit->call, visit->service, visit->session,
	    (struct answer_told){ .text = text, .reason = reason, .rule = rule }, answer_r);
}

/* Each request is answered once, by whichever authority; and what is given with it is a visit of the session, which the service knows by that index
 * and name. ERR_EXISTS: it was. */
static enum err take_request(struct visit *visit, const struct saml_answered *answered)
{
	struct call *call = visit->call;
	const struct indexed pair = { visit->service->client_id, answered->index, answered->name };
	struct store_batch batch;
	store_batch_begin(&batch, call->authority->store, &call->arena);
	if (visit->request->id.at != NULL)
		saml_once(call, &batch, visit->request->entity_id, visit->request->id);
	indexed_note(call->authority, &batch, visit->session, &pair, visit->request->format);
	return visits_settle(
	    call->authority, &batch, visit->session, visit->service, answered->index, answered->name);
}

static enum err send(struct visit *visit, const struct saml_answered *answered, struct wire_any *answer_r)
{
	struct msg_saml_answer *answer = arena_alloc(&visit->call->arena, sizeof *answer);
	if (answer == NULL)
		return ERR_NO_MEMORY;
	answer->to = saml_consumer(visit->call, visit->service, visit->request);
	answer->relay_state = visit->request->relay_state;
	*answer_r = WIRE(saml_answer, answer);
	return saml_response(visit->call, answered, &answer->response);
}

static enum err tell_service(
    struct visit *visit, const char *code, const char *detail, const char *reason, struct wire_any *answer_r)
{
	const struct saml_status status = { code, detail };
	const struct saml_answered answered = {
		.service = visit->service, .request = visit->request, .status = &status
	};
	answer_note(visit->call, AUDIT_SERVICE_REFUSED, visit->service, visit->session, reason);
	return send(visit, &answered, answer_r);
}

/* act: NULL, or that of the session which is to rise. */
static enum err come_again(struct visit *visit, bool sign_in, const struct id *act, struct wire_any *answer_r)
{
	struct msg_saml_again *again = arena_alloc(&visit->call->arena, sizeof *again);
	struct msg_saml_request_record request = *visit->request;
	if (again == NULL)
		return ERR_NO_MEMORY;
	request.rose |= act != NULL;
	again->mark = saml_mark(visit->call, &request);
	again->sign_in = sign_in;
	if (act != NULL)
		again->act = *act;
	*answer_r = WIRE(saml_again, again);
	return again->mark.at != NULL ? OK : ERR_TOO_LARGE;
}

/* --- the person ------------------------------------------------------------------------------------------------- */

static enum err give(struct visit *visit, struct text context, struct wire_any *answer_r)
{
	struct saml_answered answered = {
		.service = visit->service,
		.request = visit->request,
		.session = visit->session,
		.context = context,
		.index = saml_session_index(visit->call, visit->session, visit->service),
		.status = &SUCCESS,
	};
	enum err err = saml_session_name(
	    visit->call, visit->session, visit->service, visit->request->format, &answered.name);
	if (err == ERR_NOT_FOUND)
		return tell_service(
		    visit, "Requester", "InvalidNameIDPolicy", "no mail address for it", answer_r);
	if (err == OK && answered.index.at == NULL)
		err = ERR_NO_MEMORY;
	if (err == OK)
		err = take_request(visit, &answered);
	if (err == ERR_EXISTS)
		return show_page(visit, "saml_replayed", NULL, (struct text){ NULL, 0 }, answer_r);
	if (err == OK)
		err = answer_record_opened(visit->call, visit->service, visit->session);
	if (err == OK)
		err = send(visit, &answered, answer_r);
	return err;
}

/* The assertion, if the person agrees to what it says. */
static enum err have_agreed(struct visit *visit, struct text context, struct wire_any *answer_r)
{
	struct call *call = visit->call;
	const struct msg_saml_request_record *request = visit->request;
	const struct text parts[] = { TEXT_LITERAL("saml"), request->entity_id, request->id };
	const struct consent consent = {
		.service = visit->service,
		.session = visit->session,
		.token = visit->ask->session,
		.recognised = request->format == SAML_PERSISTENT,
		.request = { parts, COUNT(parts) },
		.answered = visit->ask->consented,
		.goes_on = visit->service->consent ? saml_mark(call, request) : (struct text){ NULL, 0 },
	};
	enum consent_outcome outcome;
	int64_t agreed;
	enum err err = consent_judge(call, &consent, &outcome, &agreed);
	if (err != OK)
		return err;
	if (outcome == CONSENT_YES)
		return give(visit, context, answer_r);
	if (outcome == CONSENT_NO)
		return tell_service(
		    visit, "Responder", "RequestDenied", "the person does not agree", answer_r);
	if (request->passive)
		return tell_service(
		    visit, "Responder", "NoPassive", "the person has to be asked first", answer_r);
	return consent.goes_on.at != NULL ? consent_ask(call, &consent, answer_r) : ERR_TOO_LARGE;
}

static enum err forbid(struct visit *visit, const char *rule, bool level, struct wire_any *answer_r)
{
	if (visit->request->passive)
		return tell_service(
		    visit, "Responder", level ? "NoAuthnContext" : "RequestDenied", rule, answer_r);
	return show_page(
	    visit, level ? "level_missing" : "forbidden_application", rule, text_of(rule), answer_r);
}

static enum err have_signed_in(struct visit *visit, struct wire_any *answer_r)
{
	if (visit->request->passive)
		return tell_service(
		    visit, "Responder", "NoPassive", "nobody is signed in as it was asked", answer_r);
	return come_again(visit, true, NULL, answer_r);
}

/* More cannot be proved (now). */
static enum err settle(struct visit *visit, const char *rule, struct wire_any *answer_r)
{
	const struct conf *conf = visit->call->authority->conf;
	struct text context = saml_context(conf, visit->request, visit->session->level);
	if (rule != NULL)
		return forbid(visit, rule, true, answer_r);
	if (context.at == NULL)
		return tell_service(
		    visit, "Responder", "NoAuthnContext", "the wanted context was not proved", answer_r);
	return have_agreed(visit, context, answer_r);
}

/* The level to which the session should rise, for the service (rule: NULL, or that of its level) and for the request. */
static enum session_level level_wanted(struct visit *visit, const char *rule)
{
	const struct conf *conf = visit->call->authority->conf;
	enum session_level level = visit->session->level;
	const struct acr_wish wish = { .words = visit->request->contexts, .essential = true };
	bool met = saml_context(conf, visit->request, level).at != NULL;
	enum session_level rises_to = met ? level : acr_rise(conf, &wish, level);
	return rule != NULL && visit->service->level > rises_to ? visit->service->level : rises_to;
}

static enum err judge_level(struct visit *visit, const char *rule, struct wire_any *answer_r)
{
	enum session_level rises_to = level_wanted(visit, rule);
	bool rises = rises_to > visit->session->level && rises_to <= ACR_HIGHEST;
	struct id act;
	if (!rises || visit->request->passive || visit->request->rose)
		return settle(visit, rule, answer_r);
	enum err err =
	    step_up_begin(visit->call, visit->session, visit->ask->session, visit->service->name, &act);
	if (err == ERR_FORBIDDEN)
		return settle(visit, rule, answer_r);
	return err == OK ? come_again(visit, true, &act, answer_r) : err;
}

static enum err judge_person(struct visit *visit, struct wire_any *answer_r)
{
	struct call *call = visit->call;
	const struct msg_saml_request_record *request = visit->request;
	const struct access_demand demand = { .anew = request->force, .since_ms = request->came };
	enum err err = ERR_NOT_FOUND;
	const char *rule;
	if (request->unsupported)
		return tell_service(
		    visit, "Requester", "RequestUnsupported", "a subject or conditions", answer_r);
	if (request->odd_format)
		return tell_service(visit, "Requester", "InvalidNameIDPolicy", "a form of names", answer_r);
	if (visit->ask->session.at != NULL)
		err = session_load(call->authority, visit->ask->session, &call->arena, &visit->session);
	if (err != OK)
		return err == ERR_NOT_FOUND ? have_signed_in(visit, answer_r) : err;
	switch (access_judge(visit->service, visit->session, &demand, &call->arena, &rule)) {
	case ACCESS_AGED:
		return have_signed_in(visit, answer_r);
	case ACCESS_REFUSED:
		return forbid(visit, rule, false, answer_r);
	case ACCESS_LOW:
	case ACCESS_GIVEN:
	default:
		return judge_level(visit, rule, answer_r);
	}
}

/* --- what came -------------------------------------------------------------------------------------------------- */

static enum err have_sought(struct visit *visit, struct text entity_id, struct wire_any *answer_r)
{
	struct msg_saml_unknown *unknown = arena_alloc(&visit->call->arena, sizeof *unknown);
	if (unknown == NULL)
		return ERR_NO_MEMORY;
	unknown->entity_id = entity_id;
	*answer_r = WIRE(saml_unknown, unknown);
	return OK;
}

static enum err go_on(struct visit *visit, struct wire_any *answer_r)
{
	struct saml_came came;
	enum err err = saml_mark_open(visit->call, visit->ask, &came, &visit->request);
	if (err == ERR_NOT_FOUND && came.unknown.at != NULL)
		return have_sought(visit, came.unknown, answer_r);
	if (err == ERR_NOT_FOUND)
		return show_page(visit, "saml_over", NULL, (struct text){ NULL, 0 }, answer_r);
	if (err != OK)
		return err;
	visit->service = came.service;
	return judge_person(visit, answer_r);
}

enum err saml_on_sso(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct visit visit = { .call = call, .ask = ask };
	struct saml_came came;
	struct msg_saml_request_record *request = arena_alloc(&call->arena, sizeof *request);
	if (request == NULL)
		return ERR_NO_MEMORY;
	if (visit.ask->mark.at != NULL)
		return go_on(&visit, answer_r);
	if (visit.ask->request.at == NULL)
		return show_page(&visit, "saml_malformed", "no request", (struct text){ NULL, 0 }, answer_r);
	enum err err = saml_request_judge(call, visit.ask, &came, request);
	visit.service = came.service;
	visit.request = request;
	if (err == OK && came.unknown.at != NULL)
		return have_sought(&visit, came.unknown, answer_r);
	if (err == OK && came.fault != NULL)
		return show_page(&visit, came.fault, came.reason, (struct text){ NULL, 0 }, answer_r);
	if (err != OK)
		return err;
	/* browsers send no cookie of ours with another site's form */
	return visit.ask->binding == SAML_POST ? come_again(&visit, false, NULL, answer_r)
					       : judge_person(&visit, answer_r);
}

/* A service that the operator has allowed that, with what it is to be told beside the person: nothing of it leads anywhere by us. */
enum err saml_on_start(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_saml_start *came = ask;
	const struct msg_saml_sso sso = { .session = came->session };
	struct msg_saml_request_record request;
	struct visit visit = { .call = call, .ask = &sso, .request = &request };
	const void *at = NULL;
	enum err err = ERR_NOT_FOUND;
	if (came->service.at != NULL)
		err = shelf_load(call->authority, SHELF_SERVICE, came->service, &call->arena, &at);
	const struct msg_service_record *service = at;
	if (err == OK && (service->protocol != PROTOCOL_SAML || !service->idp_initiated))
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND || err == ERR_STALE || err == ERR_MALFORMED)
		return show_page(&visit, "service_not_registered", "no sign-in begins here",
		    (struct text){ NULL, 0 }, answer_r);
	if (err == OK)
		err = saml_request_begin(call, came, service, &request);
	if (err != OK)
		return err;
	visit.service = service;
	return judge_person(&visit, answer_r);
}
