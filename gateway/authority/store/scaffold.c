/* scaffold.c - so that the others link; its owner takes this file away. */
#include "authority/store/store.h"

enum err store_load_many(struct store *store, const struct store_key *keys, unsigned n, struct arena *arena,
    struct bytes *values_r)
{
	(void)store;
	(void)keys;
	(void)n;
	(void)arena;
	(void)values_r;
	return ERR_INTERNAL;
}

enum err store_index_add(
    struct store *store, const struct store_key *index, const struct store_key *key, int64_t ttl_ms)
{
	(void)store;
	(void)index;
	(void)key;
	(void)ttl_ms;
	return ERR_INTERNAL;
}

enum err store_index_remove(struct store *store, const struct store_key *index, const struct store_key *key)
{
	(void)store;
	(void)index;
	(void)key;
	return ERR_INTERNAL;
}

enum err store_index_list(struct store *store, const struct store_key *index, enum store_kind kind,
    unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r)
{
	(void)store;
	(void)index;
	(void)kind;
	(void)max;
	(void)arena;
	(void)keys_r;
	(void)n_r;
	return ERR_INTERNAL;
}

enum err store_list_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms)
{
	(void)store;
	(void)key;
	(void)value;
	(void)keep;
	(void)ttl_ms;
	return ERR_INTERNAL;
}

enum err store_list_read(struct store *store, const struct store_key *key, unsigned from, unsigned max,
    struct arena *arena, struct bytes **values_r, unsigned *n_r)
{
	(void)store;
	(void)key;
	(void)from;
	(void)max;
	(void)arena;
	(void)values_r;
	(void)n_r;
	return ERR_INTERNAL;
}

enum err store_try(
    struct store *store, const struct store_key *key, const struct store_budget *budget, int64_t *wait_ms_r)
{
	(void)store;
	(void)key;
	(void)budget;
	(void)wait_ms_r;
	return ERR_INTERNAL;
}

enum err store_forget_tries(struct store *store, const struct store_key *key)
{
	(void)store;
	(void)key;
	return ERR_INTERNAL;
}

enum err store_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r)
{
	(void)store;
	(void)key;
	(void)member;
	(void)ttl_ms;
	(void)n_r;
	return ERR_INTERNAL;
}

enum err store_step(struct store *store, const struct store_key *key, uint64_t step, int64_t ttl_ms)
{
	(void)store;
	(void)key;
	(void)step;
	(void)ttl_ms;
	return ERR_INTERNAL;
}

enum err store_step_last(struct store *store, const struct store_key *key, uint64_t *step_r)
{
	(void)store;
	(void)key;
	(void)step_r;
	return ERR_INTERNAL;
}

enum err store_epoch(struct store *store, int64_t fresh_ms, int64_t *began_ms_r)
{
	(void)store;
	(void)fresh_ms;
	(void)began_ms_r;
	return ERR_INTERNAL;
}

enum err store_open_record(struct store *store, const struct store_key *key, struct bytes sealed,
    const struct wire_msg *msg, struct arena *arena, const void **record_r)
{
	(void)store;
	(void)key;
	(void)sealed;
	(void)msg;
	(void)arena;
	(void)record_r;
	return ERR_INTERNAL;
}

enum err store_list_push_record(
    struct store *store, const struct store_key *key, struct wire_any record, unsigned keep, int64_t ttl_ms)
{
	(void)store;
	(void)key;
	(void)record;
	(void)keep;
	(void)ttl_ms;
	return ERR_INTERNAL;
}

enum err store_list_read_records(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    unsigned from, unsigned max, struct arena *arena, const void ***records_r, unsigned *n_r)
{
	(void)store;
	(void)key;
	(void)msg;
	(void)from;
	(void)max;
	(void)arena;
	(void)records_r;
	(void)n_r;
	return ERR_INTERNAL;
}

enum err store_redis_new(const struct conf *conf, const struct keys *keys, struct store **store_r)
{
	(void)conf;
	(void)keys;
	(void)store_r;
	return ERR_INTERNAL;
}

enum err store_objection(struct store *store, struct arena *arena, struct text *objection_r)
{
	(void)store;
	(void)arena;
	(void)objection_r;
	return ERR_INTERNAL;
}
