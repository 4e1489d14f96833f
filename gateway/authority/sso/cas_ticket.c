#include "authority/sso/cas_ticket.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/visits.h"
#include "authority/store/batch.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "base/enc.h"

#define PREFIX "ST-"
#define LASTS_MS 10000

static struct store_key key_of(struct call *call, struct secret ticket)
{
	struct store_key key = { .kind = STORE_CAS };
	keys_hash(call->authority->keys, KEY_CAS_STORE, ticket.at, ticket.len, key.bytes);
	return key;
}

static bool make(struct arena *arena, struct secret *ticket_r)
{
	struct secret random = keys_token(arena);
	char *text = random.at != NULL
			 ? arena_printf(arena, PREFIX "%.*s", (int)random.len, (const char *)random.at)
			 : NULL;
	*ticket_r = (struct secret){ (unsigned char *)text, text != NULL ? strlen(text) : 0 };
	return text != NULL;
}

enum err cas_ticket_new(struct call *call, const struct msg_service_ticket_record *record,
    const struct msg_session_record *session, const struct msg_service_record *service,
    struct secret *ticket_r)
{
	struct store_batch batch;
	struct store *store = call->authority->store;
	struct msg_service_ticket_record whole = *record;
	struct store_epoch epoch;
	struct secret ticket;
	enum err err =
	    make(&call->arena, &ticket) ? store_epoch_load(store, clock_now_ms(), &epoch) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	whole.expires = clock_now_ms() + LASTS_MS;
	whole.epoch = text_of(epoch.id);
	struct store_key key = key_of(call, ticket);
	store_batch_begin(&batch, store, &call->arena);
	(void)store_batch_put_record(
	    &batch, &key, WIRE(service_ticket_record, &whole), LASTS_MS, STORE_IF_NEW);
	err = visits_settle(call->authority, &batch, session, service,
	    (struct text){ (const char *)ticket.at, ticket.len }, (struct text){ NULL, 0 });
	if (err == OK)
		*ticket_r = ticket;
	return err;
}

bool cas_ticket_is(struct secret ticket)
{
	size_t before = strlen(PREFIX);
	uint8_t bytes[KEYS_TOKEN_SIZE];
	if (ticket.len <= before || memcmp(ticket.at, PREFIX, before) != 0)
		return false;
	bool good = enc_from_base64url(
			(const char *)ticket.at + before, ticket.len - before, bytes, sizeof bytes) == OK;
	explicit_bzero(bytes, sizeof bytes);
	return good;
}

/* One that was made before the store began anew may have been taken there already (SECURITY 30). */
static enum err check_age(struct call *call, const struct msg_service_ticket_record *record)
{
	struct store_epoch epoch;
	enum err err = store_epoch_load(call->authority->store, clock_now_ms(), &epoch);
	bool over = record->expires <= clock_now_ms() || record->session.len != STORE_KEY_SIZE;
	if (err == OK && (over || !text_equal_str(record->epoch, epoch.id)))
		err = ERR_NOT_FOUND;
	return err;
}

enum err cas_ticket_take(
    struct call *call, struct secret ticket, const struct msg_service_ticket_record **record_r)
{
	struct store *store = call->authority->store;
	struct store_key key = key_of(call, ticket);
	const void *record;
	enum err err =
	    store_load_record(store, &key, wire_msg_service_ticket_record(), &call->arena, &record);
	if (err == OK)
		err = store_end(store, &key);
	if (err == OK)
		err = check_age(call, record);
	if (err == OK)
		*record_r = record;
	return err;
}
