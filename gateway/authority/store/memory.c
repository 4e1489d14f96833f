/* memory.c - a store in the authority's own memory: a hash table under one lock. For unit tests, which shall not need a server; it
 * does what Redis does, and the same tests run against both. */
#include "authority/store/memory.h"
#include <stdlib.h>
#include <string.h>
#include "authority/store/over.h"
#include "base/clock.h"

struct memory *memory_enter(struct store *store)
{
	struct memory *memory = (struct memory *)store;
	pthread_mutex_lock(&memory->lock);
	return memory;
}

enum err memory_leave(struct memory *memory, enum err err)
{
	pthread_mutex_unlock(&memory->lock);
	return err;
}

static enum err set(struct table *table, const struct store_key *key, struct bytes value, int64_t ttl_ms)
{
	uint8_t *bytes;
	enum err err = table_set(table, key, value.len, clock_steady_ms() + ttl_ms, &bytes);
	if (err == OK && value.len > 0)
		memcpy(bytes, value.at, value.len);
	return err;
}

static enum err put_locked(struct table *table, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when)
{
	bool live = table_find(table, key) != NULL;
	if (when == STORE_IF_THERE && !live)
		return ERR_NOT_FOUND;
	if (when == STORE_IF_NEW && live)
		return ERR_EXISTS;
	return set(table, key, value, ttl_ms);
}

static enum err memory_put(struct store *store, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when)
{
	struct memory *memory = memory_enter(store);
	return memory_leave(memory, put_locked(&memory->table, key, value, ttl_ms, when));
}

static enum err replace_locked(
    struct table *table, const struct store_key *key, struct bytes former, struct bytes value, int64_t ttl_ms)
{
	const struct table_entry *entry = table_find(table, key);
	if (entry == NULL)
		return ERR_NOT_FOUND;
	if (entry->len != former.len || memcmp(entry->bytes, former.at, former.len) != 0)
		return ERR_STALE;
	return set(table, key, value, ttl_ms);
}

static enum err memory_replace(
    struct store *store, const struct store_key *key, struct bytes former, struct bytes value, int64_t ttl_ms)
{
	struct memory *memory = memory_enter(store);
	return memory_leave(memory, replace_locked(&memory->table, key, former, value, ttl_ms));
}

static enum err load_locked(
    struct table *table, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	const struct table_entry *entry = table_find(table, key);
	if (entry == NULL)
		return ERR_NOT_FOUND;
	char *copy = arena_copy(arena, entry->bytes, entry->len);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	*value_r = (struct bytes){ (uint8_t *)copy, entry->len };
	return OK;
}

static enum err memory_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	struct memory *memory = memory_enter(store);
	return memory_leave(memory, load_locked(&memory->table, key, arena, value_r));
}

static enum err memory_load_many(struct store *store, const struct store_key *keys, unsigned n,
    struct arena *arena, struct bytes *values_r)
{
	struct memory *memory = memory_enter(store);
	enum err err = OK;
	for (unsigned i = 0; i < n && err == OK; i++) {
		values_r[i] = (struct bytes){ NULL, 0 };
		err = load_locked(&memory->table, &keys[i], arena, &values_r[i]);
		if (err == ERR_NOT_FOUND)
			err = OK;
	}
	return memory_leave(memory, err);
}

static enum err memory_remove(struct store *store, const struct store_key *key)
{
	struct memory *memory = memory_enter(store);
	return memory_leave(memory, table_drop(&memory->table, key) ? OK : ERR_NOT_FOUND);
}

static enum err memory_forget(struct store *store, const struct store_key *keys, unsigned n)
{
	struct memory *memory = memory_enter(store);
	for (unsigned i = 0; i < n; i++)
		(void)table_drop(&memory->table, &keys[i]);
	return memory_leave(memory, OK);
}

static enum err memory_object(struct store *store, struct arena *arena, struct text *objection_r)
{
	(void)store;
	(void)arena;
	*objection_r = (struct text){ NULL, 0 };
	return OK;
}

static void memory_settings(struct store *store, const struct conf *conf)
{
	(void)store;
	(void)conf;
}

static bool memory_is_well(struct store *store)
{
	(void)store;
	return true;
}

static void memory_free(struct store *store)
{
	struct memory *memory = (struct memory *)store;
	table_done(&memory->table);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
}

enum err store_memory_new(size_t max, const struct keys *keys, struct store **store_r)
{
	static const struct store_ops OPS = {
		.put = memory_put,
		.replace = memory_replace,
		.load = memory_load,
		.load_many = memory_load_many,
		.remove = memory_remove,
		.forget = memory_forget,
		.index_add = memory_index_add,
		.index_remove = memory_index_remove,
		.index_list = memory_index_list,
		.agenda_put = memory_agenda_put,
		.agenda_take = memory_agenda_take,
		.list_push = memory_list_push,
		.list_read = memory_list_read,
		.tries = memory_tries,
		.untry = memory_untry,
		.count = memory_count,
		.step = memory_step,
		.step_last = memory_step_last,
		.epoch = memory_epoch,
		.time = memory_time,
		.object = memory_object,
		.settings = memory_settings,
		.is_well = memory_is_well,
		.free = memory_free,
	};
	struct memory *memory = calloc(1, sizeof *memory);
	struct over *over = NULL;
	if (memory == NULL || over_new(&over) != OK || table_init(&memory->table, max) != OK) {
		over_free(&over);
		free(memory);
		return ERR_NO_MEMORY;
	}
	memory->store =
	    (struct store){ .ops = &OPS, .keys = keys, .over = over, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_mutex_init(&memory->lock, NULL);
	*store_r = &memory->store;
	return OK;
}
