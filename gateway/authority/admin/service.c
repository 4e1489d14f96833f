/* service.c - services that people are signed in to: added, seen and removed by operators. */
#include "authority/sso/service.h"
#include "authority/admin/operator.h"
#include "authority/sso/judge.h"
#include "authority/sso/registry.h"
#include "authority/sso/shelf.h"

#define PAGE 20u /* services of one answer: a record may be large */
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

enum err admin_no_service(struct call *call, enum err err, struct wire_any *answer_r)
{
	if (err == ERR_STALE)
		return admin_refuse(call, REFUSAL_NOT_FOUND, "service_broken", 0, answer_r);
	if (err != ERR_NOT_FOUND)
		return err;
	return admin_refuse(call, REFUSAL_NOT_FOUND, "service_unknown", 0, answer_r);
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
	*answer_r = WIRE(service_added, added);
	return OK;
}

/* By name, or by a client_id that was wished for, or an address; also one that cannot be opened. */
static enum err must_be_new(struct call *call, const struct msg_service_record *service)
{
	const void *record;
	struct shelf_finds finds;
	enum err err = registry_finds(service, &call->arena, &finds);
	if (err == OK)
		err = shelf_load(call->authority, SHELF_SERVICE, service->name, &call->arena, &record);
	if (err == ERR_NOT_FOUND)
		err = shelf_find(call->authority, SHELF_SERVICE, finds, &call->arena, &record);
	if (err == ERR_NOT_FOUND)
		return OK;
	return err == OK || err == ERR_STALE ? ERR_EXISTS : err;
}

enum err admin_service_add(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_add *order = ask;
	enum err err = must_be_new(call, order->service); /* before it is recorded that it was added */
	if (err == OK)
		err = add(call, who, order, answer_r);
	return err == ERR_EXISTS ? admin_refuse(call, REFUSAL_MALFORMED, "service_exists", 0, answer_r) : err;
}

static void fill_row(const struct shelf_item *item, struct msg_service_row *row)
{
	const struct msg_service_record *service = item->record;
	*row = (struct msg_service_row){ .name = item->name, .label = TEXT_LITERAL(""), .broken = true };
	if (service == NULL)
		return;
	row->protocol = service->protocol;
	row->label = service->label;
	row->client_id = service->client_id;
	row->broken = false;
}

enum err admin_saml_read(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_saml_read *order = ask;
	const struct msg_judge_saml_metadata question = { order->metadata };
	struct msg_saml_found *found = arena_alloc(&call->arena, sizeof *found);
	enum judge_fault fault = JUDGE_NONE;
	const void *judged;
	(void)who;
	if (found == NULL)
		return ERR_NO_MEMORY;
	enum err err = judge_ask(
	    call, WIRE(judge_saml_metadata, &question), wire_msg_judged_saml_metadata(), &judged, &fault);
	if (err == ERR_MALFORMED) {
		const char *text =
		    arena_printf(&call->arena, "service_metadata_%s", WIRE_ENUM_TEXT(judge_fault, fault));
		return admin_refuse(call, REFUSAL_MALFORMED, text, 0, answer_r);
	}
	if (err == ERR_JUDGE)
		return admin_refuse(call, REFUSAL_JUDGE, "judge_unreachable", 0, answer_r);
	if (err != OK)
		return err;
	found->saml = ((const struct msg_judged_saml_metadata *)judged)->saml;
	*answer_r = WIRE(saml_found, found);
	return OK;
}

enum err admin_service_list(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_list *look = ask;
	struct msg_service_rows *answer = arena_alloc(&call->arena, sizeof *answer);
	struct msg_service_row *rows = arena_array(&call->arena, PAGE, sizeof *rows);
	struct shelf_item *items;
	unsigned n;
	bool more;
	if (answer == NULL || rows == NULL)
		return ERR_NO_MEMORY;
	enum err err =
	    shelf_list(call->authority, SHELF_SERVICE, look->after, PAGE, &call->arena, &items, &n, &more);
	if (err == ERR_TOO_LARGE)
		return admin_refuse(call, REFUSAL_INTERNAL, "service_too_many", 0, answer_r);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < n; i++)
		fill_row(&items[i], &rows[i]);
	admin_looked(call, who, NULL, TEXT_LITERAL("services"));
	answer->services.at = rows;
	answer->services.n = n;
	if (more)
		answer->next = items[n - 1].name;
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
	enum err err = admin_load_service(call, look->name, &there);
	if (err != OK)
		return admin_no_service(call, err, answer_r);
	admin_looked(call, who, NULL, look->name);
	*shown = *there;
	shown->secret = (struct bytes){ NULL, 0 };
	*page = (struct msg_service_page){ shown, there->secret.at == NULL };
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
