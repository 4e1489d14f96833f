#include "authority/sso/answer.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/report/metrics.h"
#include "authority/sso/assertion.h"
#include "authority/sso/feed.h"
#include "authority/sso/naming.h"
#include "authority/sso/refusals.h"
#include "authority/sso/registry.h"

#define OBJECT_MAX 128u /* of the audit */

/* What machines ask again and again without a fault of theirs (RFC 8628 section 3.5). */
static bool is_usual(enum oauth_error error)
{
	static const enum oauth_error USUAL[] = { OAUTH_AUTHORIZATION_PENDING, OAUTH_SLOW_DOWN,
		OAUTH_EXPIRED_TOKEN, OAUTH_ACCESS_DENIED };
	for (size_t i = 0; i < COUNT(USUAL); i++)
		if (error == USUAL[i])
			return true;
	return false;
}

enum err answer_error(
    struct call *call, enum oauth_error error, const char *description, struct wire_any *answer_r)
{
	struct msg_oidc_error *refused = arena_alloc(&call->arena, sizeof *refused);
	if (refused == NULL)
		return ERR_NO_MEMORY;
	*refused = (struct msg_oidc_error){ .error = error, .error_description = text_of(description) };
	if (!call->noted && !is_usual(error))
		answer_note(call, AUDIT_SERVICE_REFUSED, call->client, NULL, description);
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

enum err answer_done(struct wire_any *answer_r)
{
	static const struct msg_done DONE = { .text = { NULL, 0 } };
	*answer_r = WIRE(done, &DONE);
	return OK;
}

/* The word before the first _ of what was asked: oidc, cas. */
static struct text door_of(const struct call *call)
{
	if (call->door.at != NULL)
		return call->door;
	const char *name = call->ask.msg->name;
	return (struct text){ name, strcspn(name, "_") };
}

/* What an operator finds it by: its name in the registry, or else its entityID. */
static struct text object_of(const struct msg_service_record *service)
{
	struct text object = { NULL, 0 };
	if (service != NULL)
		object = feed_has(service) ? service->client_id : service->name;
	if (object.len > OBJECT_MAX)
		object.len = OBJECT_MAX;
	return object;
}

struct text answer_address(const struct call *call)
{
	return call->address.at != NULL ? call->address : wire_text(call->ask, TEXT_LITERAL("address"));
}

void answer_note(struct call *call, enum audit_event event, const struct msg_service_record *service,
    const struct msg_session_record *session, const char *reason)
{
	struct audit_entry entry = {
		.event = event,
		.trace = call->frame.trace,
		.door = door_of(call),
		.address = session != NULL ? session->address : answer_address(call),
		.object = object_of(service),
		.reason = text_of(reason),
	};
	call->noted = true;
	refusals_note(call->authority, &entry, session, "service");
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
	sign_in->request_uri = hints.request_uri;
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
		fault->name = naming_label(service, naming_of_session(call, session));
	if (session != NULL)
		fault->language = session->language;
	answer_note(
	    call, AUDIT_SERVICE_REFUSED, service, session, told.reason != NULL ? told.reason : told.text);
	*answer_r = WIRE(oidc_fault, fault);
	return OK;
}

enum err answer_record(struct call *call, enum audit_event event, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text reason)
{
	const struct audit_entry entry = {
		.event = event,
		.trace = call->frame.trace,
		.person = session->person,
		.user = session->user,
		.door = door_of(call),
		.address = session->address,
		.object = object_of(service),
		.reason = reason,
	};
	enum err err = audit_record(call->authority, &entry);
	return err == ERR_BUSY ? ERR_AUDIT : err;
}

enum err answer_record_opened(
    struct call *call, const struct msg_service_record *service, const struct msg_session_record *session)
{
	enum err err = answer_record(call, AUDIT_SERVICE_OPENED, service, session, (struct text){ NULL, 0 });
	if (err == OK)
		metric_add(METRIC_SERVICES_OPENED);
	return err;
}

/* A client that has a secret shows it, one that has keys signs, one that has neither shows nothing: a public client that sends something is no less
 * wrong, and so is whoever proves himself in another way than his own. ERR_FORBIDDEN: *why_r says what is wrong. */
static enum err check_client(struct call *call, const struct msg_oidc_client *client,
    const struct msg_service_record *service, const char **why_r)
{
	bool sent = client->auth == CLIENT_AUTH_BASIC || client->auth == CLIENT_AUTH_POST;
	*why_r = "secret";
	if (service->keys.n > 0 && client->auth == CLIENT_AUTH_ASSERTION)
		return assertion_check(call, client, service, why_r);
	bool shown = registry_is_public(service)
			 ? client->auth == CLIENT_AUTH_NONE
			 : sent && registry_knows_secret(call->authority, service, client->client_secret);
	return shown ? OK : ERR_FORBIDDEN;
}

/* Who it says that it is. ERR_FORBIDDEN: nobody. */
static enum err find_client(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r)
{
	struct text client_id = client->client_id;
	enum err err = client->auth != CLIENT_AUTH_BOTH ? OK : ERR_FORBIDDEN;
	if (err == OK && client_id.at == NULL && client->auth == CLIENT_AUTH_ASSERTION)
		err = assertion_names(call, client, &client_id);
	if (err == OK)
		err = registry_client(call->authority, client_id, &call->arena, service_r);
	return err == ERR_NOT_FOUND ? ERR_FORBIDDEN : err;
}

/* The same where it is remembered; an assertion asks the judge and the store. */
static enum err find_client_at_once(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r)
{
	enum err err = client->auth != CLIENT_AUTH_BOTH ? OK : ERR_FORBIDDEN;
	if (client->auth == CLIENT_AUTH_ASSERTION)
		err = ERR_BUSY;
	if (err == OK)
		err = registry_client_at_once(call->authority, client->client_id, &call->arena, service_r);
	return err == ERR_NOT_FOUND ? ERR_FORBIDDEN : err;
}

typedef enum err client_finder(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r);

static enum err prove_client(struct call *call, const struct msg_oidc_client *client, client_finder *find,
    const struct msg_service_record **service_r)
{
	const struct msg_service_record *service = NULL;
	const char *why = "client";
	call->address = client->address;
	enum err err = find(call, client, &service);
	if (err == OK)
		err = check_client(call, client, service, &why);
	if (err == OK)
		*service_r = call->client = service;
	if (err == ERR_FORBIDDEN)
		answer_note(call, AUDIT_CLIENT_REFUSED, service, NULL, why);
	return err;
}

enum err answer_client(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r)
{
	return prove_client(call, client, find_client, service_r);
}

enum err answer_client_at_once(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r)
{
	return prove_client(call, client, find_client_at_once, service_r);
}
