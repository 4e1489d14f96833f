#include "authority/store/store.h"
#include <string.h>

enum err store_put(struct store *store, const struct store_key *key, struct bytes value, int64_t ttl_ms,
    enum store_when when)
{
	return store->ops->put(store, key, value, ttl_ms, when);
}

enum err store_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	return store->ops->load(store, key, arena, value_r);
}

enum err store_remove(struct store *store, const struct store_key *key)
{
	return store->ops->remove(store, key);
}

bool store_is_well(struct store *store)
{
	return store->ops->is_well(store);
}

void store_free(struct store **store)
{
	if (*store != NULL)
		(*store)->ops->free(*store);
	*store = NULL;
}

enum err store_put_record(struct store *store, const struct store_key *key, struct wire_any record,
    int64_t ttl_ms, enum store_when when)
{
	uint8_t bytes[WIRE_BODY_MAX];
	size_t len = 0;
	enum err err = wire_encode(record, bytes, sizeof bytes, &len);
	if (err == OK)
		err = store_put(store, key, (struct bytes){ bytes, len }, ttl_ms, when);
	explicit_bzero(bytes, len);
	return err;
}

enum err store_load_record(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    struct arena *arena, const void **record_r)
{
	struct bytes value;
	enum err err = store_load(store, key, arena, &value);
	if (err != OK)
		return err;
	uint8_t *body = (uint8_t *)arena_copy(arena, value.at, value.len);
	if (body == NULL)
		return ERR_NO_MEMORY;
	err = wire_decode(msg, body, value.len, arena, record_r);
	return err == ERR_MALFORMED || err == ERR_TOO_LARGE ? ERR_INTERNAL : err;
}
