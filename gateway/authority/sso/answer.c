#include "authority/sso/answer.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/call/rates.h"
#include "authority/report/metrics.h"
#include "authority/sso/registry.h"
#include "base/clock.h"
#include "log/log.h"

#define RATES_OF_NOBODY 2u /* a kind of rates.h: 0 are messages of a session, 1 its checks */
#define TOLD_A_SECOND 5u

enum err answer_error(
    struct call *call, enum oauth_error error, const char *description, struct wire_any *answer_r)
{
	struct msg_oidc_error *refused = arena_alloc(&call->arena, sizeof *refused);
	if (refused == NULL)
		return ERR_NO_MEMORY;
	*refused = (struct msg_oidc_error){ .error = error, .error_description = text_of(description) };
	*answer_r = WIRE(oidc_error, refused);
	return OK;
}

enum err answer_no_client(struct call *call, struct wire_any *answer_r)
{
	return answer_error(call, OAUTH_INVALID_CLIENT, "the client could not be authenticated", answer_r);
}

enum err answer_json(struct call *call, struct text json, struct wire_any *answer_r)
{
	struct msg_oidc_json *answer = arena_alloc(&call->arena, sizeof *answer);
	if (answer == NULL || json.at == NULL)
		return ERR_NO_MEMORY;
	answer->json = json;
	*answer_r = WIRE(oidc_json, answer);
	return OK;
}

/* Anybody may ask in vain as often as he likes, and no disk is full of it. A replay ends something, and can be had once. */
static bool may_tell(struct call *call, enum audit_event event)
{
	static const uint8_t NOBODY[8] = { 0 };
	return event == AUDIT_GRANT_REPLAYED ||
	       rates_take(call->authority->rates, NOBODY, RATES_OF_NOBODY, TOLD_A_SECOND, clock_steady_ms());
}

/* The word before the first _ of what was asked: oidc, cas. */
static struct text door_of(const struct call *call)
{
	const char *name = call->ask.msg->name;
	return (struct text){ name, strcspn(name, "_") };
}

void answer_note(struct call *call, enum audit_event event, const struct msg_service_record *service,
    const struct msg_session_record *session, const char *reason)
{
	struct audit_entry entry = {
		.event = event,
		.trace = call->frame.trace,
		.door = door_of(call),
		.object = service != NULL ? service->name : (struct text){ NULL, 0 },
		.reason = text_of(reason),
	};
	if (session == NULL && !may_tell(call, event)) {
		metric_add(METRIC_REFUSALS_UNTOLD);
		return;
	}
	if (session != NULL) {
		entry.person = session->person;
		entry.user = session->user;
	}
	log_line(LOG_LEVEL_INFO, audit_event_text(event), call->frame.trace,
	    LOG_TEXT("service", entry.object), LOG_STR("reason", reason));
	audit_note(call->authority, &entry);
}

enum err answer_sign_in(struct call *call, struct asked_request request, const struct id *act,
    struct answer_hints hints, struct wire_any *answer_r)
{
	struct msg_oidc_sign_in *sign_in = arena_alloc(&call->arena, sizeof *sign_in);
	if (sign_in == NULL)
		return ERR_NO_MEMORY;
	sign_in->asked = asked_mark(call, request, act != NULL ? ASKED_MORE : ASKED_SIGN_IN);
	if (act != NULL)
		sign_in->act = *act;
	sign_in->login_hint = hints.login;
	sign_in->ui_locales = hints.locales;
	*answer_r = WIRE(oidc_sign_in, sign_in);
	return sign_in->asked.at != NULL ? OK : ERR_NO_MEMORY;
}

enum err answer_page(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct answer_told told, struct wire_any *answer_r)
{
	struct msg_oidc_fault *fault = arena_alloc(&call->arena, sizeof *fault);
	if (fault == NULL)
		return ERR_NO_MEMORY;
	fault->text = text_of(told.text);
	fault->rule = told.rule;
	if (service != NULL)
		fault->name = service->label;
	answer_note(call, AUDIT_SERVICE_REFUSED, service, session, told.text);
	*answer_r = WIRE(oidc_fault, fault);
	return OK;
}

enum err answer_record_opened(
    struct call *call, const struct msg_service_record *service, const struct msg_session_record *session)
{
	const struct audit_entry entry = {
		.event = AUDIT_SERVICE_OPENED,
		.trace = call->frame.trace,
		.person = session->person,
		.user = session->user,
		.door = door_of(call),
		.address = session->address,
		.object = service->name,
	};
	enum err err = audit_record(call->authority, &entry);
	if (err == OK)
		metric_add(METRIC_SERVICES_OPENED);
	return err == ERR_BUSY ? ERR_AUDIT : err;
}

/* A client that has a secret shows it, one that has none shows none: a public client that sends something is no less wrong. */
static bool is_shown(
    struct call *call, const struct msg_service_record *service, const struct msg_oidc_client *client)
{
	if (service->secret.at == NULL)
		return client->auth == CLIENT_AUTH_NONE;
	bool sent = client->auth == CLIENT_AUTH_BASIC || client->auth == CLIENT_AUTH_POST;
	return sent && registry_knows_secret(call->authority, service, client->client_secret);
}

enum err answer_client(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r)
{
	const struct msg_service_record *service = NULL;
	enum err err = ERR_NOT_FOUND;
	if (client->client_id.at != NULL && client->auth != CLIENT_AUTH_BOTH)
		err = registry_client(call->authority, client->client_id, &call->arena, &service);
	if (err == OK && is_shown(call, service, client)) {
		*service_r = service;
		return OK;
	}
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	answer_note(call, AUDIT_CLIENT_REFUSED, service, NULL, service != NULL ? "secret" : "client");
	return ERR_FORBIDDEN;
}
