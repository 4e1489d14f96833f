/* register.c - dynamic registration (RFC 7591, OpenID Connect Registration 1.0): whoever has a token of an operator's registers clients within its limits.
 *
 * The token is a registration's client id and secret. What comes of it are services of the registry, named after it and numbered: so there are never more of them
 * than it says, whatever is lost of the store, and one that an operator removes makes room. */
#include <stdio.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/call/rates.h"
#include "authority/sso/answer.h"
#include "authority/sso/judge.h"
#include "authority/sso/metadata.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/sso/service.h"
#include "base/clock.h"
#include "conf/conf.h"

#define REGISTERED_A_SECOND 10u

/* --- the token ------------------------------------------------------------------------------------------------------ */

/* ERR_FORBIDDEN: it is none, or none any more. */
static enum err open_token(
    struct call *call, struct secret token, const struct msg_service_record **registration_r)
{
	const char *at = (const char *)token.at, *dot = token.len > 0 ? memchr(at, '.', token.len) : NULL;
	const struct msg_service_record *registration;
	if (dot == NULL)
		return ERR_FORBIDDEN;
	struct text id = { at, (size_t)(dot - at) };
	struct secret secret = { token.at + id.len + 1, token.len - id.len - 1 };
	if (!text_copy(&call->arena, id, &id))
		return ERR_NO_MEMORY;
	enum err err = registry_registration(call->authority, id, &call->arena, &registration);
	if (err == ERR_NOT_FOUND)
		return ERR_FORBIDDEN;
	if (err != OK)
		return err;
	if (!registry_knows_secret(call->authority, registration, secret) ||
	    registration->until <= clock_now_ms())
		return ERR_FORBIDDEN;
	*registration_r = registration;
	return OK;
}

static bool is_too_often(struct call *call, const struct msg_service_record *registration)
{
	return !rates_take(call->authority->rates, registration->secret.at, RATES_REGISTRATIONS,
	    REGISTERED_A_SECOND, clock_steady_ms());
}

/* --- what is registered ------------------------------------------------------------------------------------------- */

/* Where it has said by which algorithm it signs, keys of others are not kept: so nothing that is signed with one counts. */
static enum err take_keys(struct call *call, const struct msg_judged_jwks *keys, struct metadata *metadata)
{
	struct msg_client_key *rows = arena_array(&call->arena, keys->keys.n + 1, sizeof *rows);
	uint32_t n = 0;
	if (rows == NULL)
		return ERR_NO_MEMORY;
	for (uint32_t i = 0; i < keys->keys.n; i++)
		if (!metadata->has_alg || keys->keys.at[i].alg == metadata->alg)
			rows[n++] = keys->keys.at[i];
	metadata->service.keys.at = rows;
	metadata->service.keys.n = n;
	return n > 0 ? OK : ERR_MALFORMED;
}

/* ERR_MALFORMED: they are no keys that sign. */
static enum err read_keys(struct call *call, struct metadata *metadata)
{
	const struct msg_judge_jwks question = { { (const uint8_t *)metadata->jwks.at, metadata->jwks.len } };
	enum judge_fault fault;
	const void *judged;
	if (metadata->jwks.at == NULL)
		return OK;
	enum err err = judge_ask(call, WIRE(judge_jwks, &question), wire_msg_judged_jwks(), &judged, &fault);
	return err == OK ? take_keys(call, judged, metadata) : err;
}

/* All that is wrong with it. ERR_MALFORMED: *fault_r says what. */
static enum err read_whole(struct call *call, const struct msg_service_record *registration, struct text json,
    struct metadata *metadata_r, struct metadata_fault *fault_r)
{
	enum err err = metadata_read(registration, json, &call->arena, metadata_r, fault_r);
	if (err != OK)
		return err;
	err = read_keys(call, metadata_r);
	*fault_r = (struct metadata_fault){ OAUTH_INVALID_CLIENT_METADATA,
		"jwks: there is no key in it with which the client may sign" };
	if (err != OK)
		return err;
	metadata_r->service.name = registration->name; /* as good as any, until there is its own */
	const char *fault = service_fault(call->authority->conf, &metadata_r->service, metadata_r->is_public);
	if (fault == NULL)
		return OK;
	fault_r->error = strncmp(fault, "service_uri", strlen("service_uri")) == 0
			     ? OAUTH_INVALID_REDIRECT_URI
			     : OAUTH_INVALID_CLIENT_METADATA;
	fault_r->description = fault;
	return ERR_MALFORMED;
}

/* --- registering -------------------------------------------------------------------------------------------------- */

/* An audit event before it is done. */
static enum err record(struct call *call, const struct msg_service_record *registration, struct text name)
{
	const struct audit_entry entry = {
		.event = AUDIT_SERVICE_REGISTERED,
		.trace = call->frame.trace,
		.door = TEXT_LITERAL("oidc"),
		.object = name,
		.reason = registration->name,
	};
	enum err err = audit_record(call->authority, &entry);
	return err == ERR_BUSY ? ERR_AUDIT : err;
}

/* ERR_EXISTS: that number is taken. */
static enum err add_as(struct call *call, const struct msg_service_record *registration, unsigned number,
    struct metadata *metadata, struct secret *secret_r)
{
	const void *there;
	const struct secret none = { NULL, 0 };
	struct msg_service_record *service = &metadata->service;
	service->name = text_of(arena_printf(&call->arena, "%.*s-%u", TEXT_ARGS(registration->name), number));
	if (service->name.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = shelf_load(call->authority, SHELF_SERVICE, service->name, &call->arena, &there);
	if (err != ERR_NOT_FOUND)
		return err == OK || err == ERR_STALE ? ERR_EXISTS : err;
	service->client_id = (struct text){ NULL, 0 };
	err = record(call, registration, service->name);
	if (err != OK)
		return err;
	return registry_add(call->authority, service, metadata->is_public, none, &call->arena, secret_r);
}

/* ERR_EXISTS: there are as many as there may be. */
static enum err add(struct call *call, const struct msg_service_record *registration,
    struct metadata *metadata, struct secret *secret_r)
{
	enum err err = ERR_EXISTS;
	for (unsigned i = 1; err == ERR_EXISTS && i <= registration->uses; i++)
		err = add_as(call, registration, i, metadata, secret_r);
	return err;
}

static enum err refuse(struct call *call, const struct msg_service_record *registration,
    struct metadata_fault fault, struct wire_any *answer_r)
{
	answer_note(call, AUDIT_SERVICE_REFUSED, registration, NULL, fault.description);
	return answer_error(call, fault.error, fault.description, answer_r);
}

static enum err answer(
    struct call *call, const struct metadata *metadata, struct secret secret, struct wire_any *answer_r)
{
	struct msg_oidc_registered *registered = arena_alloc(&call->arena, sizeof *registered);
	if (registered == NULL)
		return ERR_NO_MEMORY;
	registered->json = metadata_write(metadata, secret, &call->arena);
	if (registered->json.at == NULL)
		return ERR_NO_MEMORY;
	*answer_r = WIRE(oidc_registered, registered);
	return OK;
}

enum err oidc_on_register(struct call *call, const void *ask, struct wire_any *answer_r)
{
	static const struct metadata_fault FULL = { OAUTH_INVALID_TOKEN,
		"as many are registered by the token as may be" };
	const struct msg_oidc_register *wanted = ask;
	const struct msg_service_record *registration = NULL;
	struct text json = { (const char *)wanted->metadata.at, wanted->metadata.len };
	struct metadata metadata;
	struct metadata_fault fault;
	struct secret secret = { NULL, 0 };
	enum err err = open_token(call, wanted->token, &registration);
	if (err == ERR_FORBIDDEN) {
		answer_note(call, AUDIT_CLIENT_REFUSED, NULL, NULL, "registration: token");
		return answer_error(
		    call, OAUTH_INVALID_TOKEN, "the token is not valid, or not any more", answer_r);
	}
	if (err == OK && is_too_often(call, registration))
		err = ERR_RATE;
	if (err != OK)
		return err;
	err = read_whole(call, registration, json, &metadata, &fault);
	if (err == ERR_MALFORMED)
		return refuse(call, registration, fault, answer_r);
	if (err == OK)
		err = add(call, registration, &metadata, &secret);
	if (err == ERR_EXISTS)
		return refuse(call, registration, FULL, answer_r);
	return err == OK ? answer(call, &metadata, secret, answer_r) : err;
}
