/* metadata.c - what is known of a service by its entityID, for operators who wonder what a federation says of it. */
#include "authority/admin/operator.h"
#include "authority/sso/feed.h"
#include "authority/sso/feed_seek.h"
#include "authority/sso/registry.h"

/* As somebody's sign-in would find it. */
static enum err find(struct call *call, struct text entity_id, const struct msg_service_record **service_r)
{
	static const struct feed_payer OPERATOR = { .signed_in = true };
	enum err err = registry_entity(call->authority, entity_id, &call->arena, service_r);
	if (err != ERR_NOT_FOUND || feed_seek(call, &OPERATOR, entity_id) != FEED_SOUGHT_FOUND)
		return err;
	return registry_entity(call->authority, entity_id, &call->arena, service_r);
}

static enum err fill_times(struct call *call, struct text entity_id, struct msg_metadata_page *page)
{
	struct feed_known known;
	enum err err = feed_known(call->authority, entity_id, &call->arena, &known);
	if (err != OK)
		return err;
	page->feed = text_of(known.feed->name);
	page->fetched = known.record->fetched;
	page->refresh = known.record->refresh;
	page->until = known.record->until;
	return OK;
}

enum err admin_metadata_show(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_metadata_show *look = ask;
	struct msg_metadata_page *page = arena_alloc(&call->arena, sizeof *page);
	if (page == NULL)
		return ERR_NO_MEMORY;
	*page = (struct msg_metadata_page){ .service = NULL };
	enum err err = find(call, look->entity_id, &page->service);
	if (err == ERR_NOT_FOUND && feed_seek_look(call->authority, look->entity_id) != FEED_SOUGHT_UNKNOWN)
		return admin_refuse(call, REFUSAL_NOT_FOUND, "metadata_away", 0, answer_r);
	if (err == ERR_NOT_FOUND)
		return admin_refuse(call, REFUSAL_NOT_FOUND, "metadata_unknown", 0, answer_r);
	if (err == ERR_STALE || err == ERR_FORBIDDEN)
		return admin_no_service(call, err, answer_r);
	if (err == OK && feed_has(page->service))
		err = fill_times(call, look->entity_id, page);
	if (err != OK)
		return err;
	admin_looked(call, who, NULL, page->service->name);
	*answer_r = WIRE(metadata_page, page);
	return OK;
}
