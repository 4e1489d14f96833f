/* cas_login.c - the credential requestor (CAS Protocol 3.0, section 2.1).
 *
 * Until the service is known to be registered nothing is sent anywhere: that is a page. */
#include "authority/authority.h"
#include "authority/login/step_up.h"
#include "authority/session/session.h"
#include "authority/sso/access.h"
#include "authority/sso/acr.h"
#include "authority/sso/answer.h"
#include "authority/sso/asked.h"
#include "authority/sso/cas.h"
#include "authority/sso/cas_ticket.h"
#include "authority/sso/consent.h"
#include "authority/sso/registry.h"
#include "authority/store/store.h"

#define PARTS 4u

static const struct answer_hints NO_HINTS = { .login = { NULL, 0 } };

struct request {
	struct call *call;
	const struct msg_cas_login *ask;
	const struct msg_service_record *service;
	const struct msg_session_record *session;
	struct text parts[PARTS];
	struct access_demand demand; /* renew */
	bool silent;                 /* gateway: no page may be shown; renew takes precedence */
	struct asked asked;
};

bool cas_is_set(struct text parameter)
{
	return parameter.len > 0 && !text_equal_str(parameter, "false");
}

static struct asked_request asked_of(const struct request *request)
{
	return (struct asked_request){ request->parts, PARTS };
}

static enum err back(struct request *request, struct secret ticket, struct wire_any *answer_r)
{
	struct msg_cas_back *back = arena_alloc(&request->call->arena, sizeof *back);
	if (back == NULL)
		return ERR_NO_MEMORY;
	*back = (struct msg_cas_back){ request->ask->service, ticket };
	*answer_r = WIRE(cas_back, back);
	return OK;
}

static enum err have_signed_in(struct request *request, struct wire_any *answer_r)
{
	if (request->silent)
		return back(request, (struct secret){ NULL, 0 }, answer_r);
	return answer_sign_in(request->call, asked_of(request), NULL, NO_HINTS, answer_r);
}

static enum err forbid(struct request *request, const char *rule, bool level, struct wire_any *answer_r)
{
	const char *text = level ? "level_missing" : "forbidden_application";
	if (!request->silent)
		return answer_page(request->call, request->service, request->session,
		    (struct answer_told){ .text = text, .rule = text_of(rule) }, answer_r);
	answer_note(request->call, AUDIT_SERVICE_REFUSED, request->service, request->session, rule);
	return back(request, (struct secret){ NULL, 0 }, answer_r);
}

static enum err give_ticket(struct request *request, struct wire_any *answer_r)
{
	struct call *call = request->call;
	struct store_key session = session_key(call->authority, request->ask->session);
	const struct msg_service_ticket_record record = {
		.session = { session.bytes, sizeof session.bytes },
		.service = request->service->name,
		.registered = request->service->added,
		.address = request->ask->service,
		.proved = request->session->proved,
		.fresh = access_is_answered(request->session, &request->demand),
	};
	struct secret ticket;
	enum err err = answer_record_opened(call, request->service, request->session);
	if (err == OK)
		err = cas_ticket_new(call, &record, request->session, request->service, &ticket);
	return err == OK ? back(request, ticket, answer_r) : err;
}

/* "No" is a page: who went back without a ticket would be sent here again. */
static enum err have_agreed(struct request *request, struct wire_any *answer_r)
{
	struct call *call = request->call;
	const struct consent consent = {
		.service = request->service,
		.session = request->session,
		.token = request->ask->session,
		.always = CAS_TOLD,
		.request = asked_of(request),
		.answered = request->ask->consented,
	};
	enum consent_outcome outcome;
	int64_t agreed;
	enum err err = consent_judge(call, &consent, &outcome, &agreed);
	if (err != OK)
		return err;
	if (outcome == CONSENT_YES)
		return give_ticket(request, answer_r);
	if (request->silent)
		return back(request, (struct secret){ NULL, 0 }, answer_r);
	if (outcome == CONSENT_ASK)
		return consent_ask(call, &consent, answer_r);
	return answer_page(call, request->service, request->session,
	    (struct answer_told){ .text = "consent_refused" }, answer_r);
}

/* The session has less than the service demands: it may rise, once. */
static enum err have_risen(struct request *request, const char *rule, struct wire_any *answer_r)
{
	struct id act;
	enum err err = ERR_FORBIDDEN;
	bool may = request->service->level <= ACR_HIGHEST && request->asked.what != ASKED_MORE;
	if (may && !request->silent)
		err = step_up_begin(
		    request->call, request->session, request->ask->session, request->service->name, &act);
	if (err == ERR_FORBIDDEN)
		return forbid(request, rule, true, answer_r);
	return err == OK ? answer_sign_in(request->call, asked_of(request), &act, NO_HINTS, answer_r) : err;
}

static enum err judge_person(struct request *request, struct wire_any *answer_r)
{
	struct call *call = request->call;
	const char *rule;
	enum err err = ERR_NOT_FOUND;
	request->asked = asked_read(call, asked_of(request), request->ask->asked);
	request->demand.since_ms = request->asked.since_ms;
	if (request->ask->session.at != NULL)
		err = session_load(call->authority, request->ask->session, &call->arena, &request->session);
	if (err != OK)
		return err == ERR_NOT_FOUND ? have_signed_in(request, answer_r) : err;
	switch (access_judge(request->service, request->session, &request->demand, &call->arena, &rule)) {
	case ACCESS_AGED:
		return have_signed_in(request, answer_r);
	case ACCESS_REFUSED:
		return forbid(request, rule, false, answer_r);
	case ACCESS_LOW:
		return have_risen(request, rule, answer_r);
	case ACCESS_GIVEN:
	default:
		return have_agreed(request, answer_r);
	}
}

enum err cas_on_login(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_cas_login *wanted = ask;
	struct request request = {
		.call = call,
		.ask = wanted,
		.parts = { TEXT_LITERAL("cas"), wanted->service, wanted->renew, wanted->gateway },
		.demand = { .anew = cas_is_set(wanted->renew) },
	};
	request.silent = !request.demand.anew && cas_is_set(wanted->gateway);
	enum err err = registry_address(call->authority, wanted->service, &call->arena, &request.service);
	if (err == ERR_NOT_FOUND)
		return answer_page(
		    call, NULL, NULL, (struct answer_told){ .text = "service_not_registered" }, answer_r);
	return err == OK ? judge_person(&request, answer_r) : err;
}
