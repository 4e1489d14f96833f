/* service.c - services that people are signed in to: added, seen and removed by operators. */
#include "authority/sso/service.h"
#include <string.h>
#include "authority/admin/operator.h"
#include "authority/sso/judge.h"
#include "authority/sso/listing.h"
#include "authority/sso/registry.h"
#include "authority/sso/shelf.h"

#define PAGE 100u /* services of one answer */
#define SECRET_LEAST 16u

/* What guesses could find (RFC 6749 section 2.3.1), or no client could send. */
static bool is_no_secret(struct secret secret)
{
	bool weak = secret.at != NULL && secret.len < SECRET_LEAST;
	for (size_t i = 0; secret.at != NULL && i < secret.len; i++)
		weak |= secret.at[i] < 0x20 || secret.at[i] > 0x7e;
	return weak;
}

const char *admin_service_fault(struct call *call, const void *ask)
{
	const struct msg_service_add *order = ask;
	if (is_no_secret(order->client_secret))
		return "service_secret";
	if (order->client_secret.at != NULL && order->service->keys.n > 0)
		return "service_keys_secret";
	if (order->client_secret.at != NULL && order->service->protocol == PROTOCOL_REGISTRATION)
		return "service_registration_useless";
	return service_fault(call->authority->conf, order->service, order->public_client);
}

enum err admin_load_service(struct call *call, struct text name, const struct msg_service_record **service_r)
{
	const void *record;
	enum err err = shelf_load(call->authority, SHELF_SERVICE, name, &call->arena, &record);
	if (err == OK)
		*service_r = record;
	return err == ERR_MALFORMED ? ERR_NOT_FOUND : err;
}

enum err admin_find_service(struct call *call, struct text name, const struct msg_service_record **service_r)
{
	if (memchr(text_str(name), ':', name.len) == NULL) /* which no name has, and every entityID */
		return admin_load_service(call, name, service_r);
	return registry_entity(call->authority, name, &call->arena, service_r);
}

enum err admin_no_service(struct call *call, enum err err, struct wire_any *answer_r)
{
	if (err == ERR_STALE)
		return admin_refuse(call, REFUSAL_NOT_FOUND, "service_broken", 0, answer_r);
	if (err == ERR_FORBIDDEN)
		return admin_refuse(call, REFUSAL_NOT_FOUND, "metadata_excepted", 0, answer_r);
	if (err != ERR_NOT_FOUND)
		return err;
	return admin_refuse(call, REFUSAL_NOT_FOUND, "service_unknown", 0, answer_r);
}

/* What opens a registration: its id and secret as one word. */
static bool join_token(struct msg_service_added *added, struct arena *arena)
{
	char *token = arena_printf(arena, "%.*s.%.*s", TEXT_ARGS(added->client_id),
	    (int)added->client_secret.len, (const char *)added->client_secret.at);
	if (token == NULL)
		return false;
	added->client_secret = (struct secret){ (unsigned char *)token, strlen(token) };
	return true;
}

static enum err add(struct call *call, const struct asker *who, const struct msg_service_add *order,
    struct wire_any *answer_r)
{
	struct msg_service_record service = *order->service;
	struct msg_service_added *added = arena_alloc(&call->arena, sizeof *added);
	struct secret secret;
	if (added == NULL)
		return ERR_NO_MEMORY;
	enum err err = admin_record(call, who, AUDIT_SERVICE_ADDED, NULL, service.name);
	if (err == OK)
		err = registry_add(call->authority, &service, order->public_client, order->client_secret,
		    &call->arena, &secret);
	if (err != OK)
		return err;
	*added = (struct msg_service_added){ service.name, service.client_id, secret };
	if (service.protocol == PROTOCOL_REGISTRATION && !join_token(added, &call->arena))
		return ERR_NO_MEMORY;
	*answer_r = WIRE(service_added, added);
	return OK;
}

/* Nobody else may be found by a client_id that was wished for, or an address, nor called so; also one that cannot be opened. *why_r: a text
 * id for ERR_EXISTS. */
static enum err must_be_new(struct call *call, const struct msg_service_record *service, const char **why_r)
{
	const void *record;
	struct shelf_finds finds;
	enum err err = registry_finds(service, &call->arena, &finds);
	*why_r = "service_exists";
	if (err == OK)
		err = shelf_find(call->authority, SHELF_SERVICE, finds, &call->arena, &record);
	if (err == ERR_NOT_FOUND) {
		err = shelf_load(call->authority, SHELF_SERVICE, service->name, &call->arena, &record);
		*why_r = "service_name_taken";
	}
	if (err == ERR_NOT_FOUND)
		return OK;
	return err == OK || err == ERR_STALE ? ERR_EXISTS : err;
}

enum err admin_service_add(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_add *order = ask;
	const char *why;
	enum err err = must_be_new(call, order->service, &why); /* before it is recorded that it was added */
	if (err == OK)
		err = add(call, who, order, answer_r);
	return err == ERR_EXISTS ? admin_refuse(call, REFUSAL_MALFORMED, why, 0, answer_r) : err;
}

/* What the judge makes of a file. *judged_r NULL: the answer is there, and says by a text id that begins so what is wrong with it. */
static enum err ask_judge(struct call *call, struct wire_any question, const struct wire_msg *wanted,
    const char *begins, const void **judged_r, struct wire_any *answer_r)
{
	enum judge_fault fault = JUDGE_NONE;
	*judged_r = NULL;
	enum err err = judge_ask(call, question, wanted, judged_r, &fault);
	if (err == ERR_JUDGE)
		return admin_refuse(call, REFUSAL_JUDGE, "judge_unreachable", 0, answer_r);
	if (err != ERR_MALFORMED)
		return err;
	const char *text = arena_printf(&call->arena, "%s_%s", begins, WIRE_ENUM_TEXT(judge_fault, fault));
	return admin_refuse(call, REFUSAL_MALFORMED, text, 0, answer_r);
}

enum err admin_saml_read(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_saml_read *order = ask;
	const struct msg_judge_saml_metadata question = { order->metadata };
	struct msg_saml_found *found = arena_alloc(&call->arena, sizeof *found);
	const void *judged;
	(void)who;
	if (found == NULL)
		return ERR_NO_MEMORY;
	enum err err = ask_judge(call, WIRE(judge_saml_metadata, &question), wire_msg_judged_saml_metadata(),
	    "service_metadata", &judged, answer_r);
	if (err != OK || judged == NULL)
		return err;
	found->saml = ((const struct msg_judged_saml_metadata *)judged)->saml;
	*answer_r = WIRE(saml_found, found);
	return OK;
}

enum err admin_jwks_read(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_jwks_read *order = ask;
	const struct msg_judge_jwks question = { order->jwks };
	struct msg_jwks_found *found = arena_alloc(&call->arena, sizeof *found);
	const void *judged;
	(void)who;
	if (found == NULL)
		return ERR_NO_MEMORY;
	enum err err = ask_judge(
	    call, WIRE(judge_jwks, &question), wire_msg_judged_jwks(), "service_jwks", &judged, answer_r);
	if (err != OK || judged == NULL)
		return err;
	const struct msg_judged_jwks *keys = judged;
	found->keys.at = keys->keys.at;
	found->keys.n = keys->keys.n;
	*answer_r = WIRE(jwks_found, found);
	return OK;
}

enum err admin_service_list(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_list *look = ask;
	struct msg_service_rows *answer = arena_alloc(&call->arena, sizeof *answer);
	struct msg_service_row *rows;
	unsigned n;
	bool more;
	if (answer == NULL)
		return ERR_NO_MEMORY;
	enum err err = listing_page(call->authority, look->after, PAGE, &call->arena, &rows, &n, &more);
	if (err == ERR_TOO_LARGE)
		return admin_refuse(call, REFUSAL_INTERNAL, "service_too_many", 0, answer_r);
	if (err != OK)
		return err;
	admin_looked(call, who, NULL, TEXT_LITERAL("services"));
	answer->services.at = rows;
	answer->services.n = n;
	if (more)
		answer->next = rows[n - 1].name;
	*answer_r = WIRE(service_rows, answer);
	return OK;
}

enum err admin_service_show(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_show *look = ask;
	const struct msg_service_record *there;
	struct msg_service_page *page = arena_alloc(&call->arena, sizeof *page);
	struct msg_service_record *shown = arena_alloc(&call->arena, sizeof *shown);
	if (page == NULL || shown == NULL)
		return ERR_NO_MEMORY;
	enum err err = admin_find_service(call, look->name, &there);
	if (err != OK)
		return admin_no_service(call, err, answer_r);
	admin_looked(call, who, NULL, there->name);
	*shown = *there;
	shown->secret = (struct bytes){ NULL, 0 };
	*page = (struct msg_service_page){ shown, registry_is_public(there) };
	*answer_r = WIRE(service_page, page);
	return OK;
}

enum err admin_service_remove(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_remove *order = ask;
	const struct msg_service_record *there;
	enum err err = admin_load_service(call, order->name, &there);
	if (err == OK || err == ERR_STALE) /* also one that cannot be opened */
		err = admin_record(call, who, AUDIT_SERVICE_REMOVED, NULL, order->name);
	if (err == OK)
		err = registry_remove(call->authority, order->name);
	if (err == ERR_NOT_FOUND)
		return admin_no_service(call, err, answer_r);
	return err == OK ? admin_acted(call, "service_removed", NULL, 0, 0, answer_r) : err;
}
