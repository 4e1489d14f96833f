/* memory.h - private to store: the store in memory, of two files. Each operation runs inside the one lock. */
#ifndef SPOM_AUTHORITY_STORE_MEMORY_H
#define SPOM_AUTHORITY_STORE_MEMORY_H
#include <pthread.h>
#include "authority/store/table.h"

struct memory {
	struct store store; /* first */
	pthread_mutex_t lock;
	struct table table;
	struct store_epoch epoch; /* id empty: none has begun */
};

struct memory *memory_enter(struct store *store);
/* Gives err back, so that a function may end by it. */
enum err memory_leave(struct memory *memory, enum err err);

/* What is more than a value (memory_more.c). */
enum err memory_index_add(struct store *store, const struct store_key *index, const struct store_key *key,
    int64_t now_ms, int64_t ttl_ms);
enum err memory_index_remove(struct store *store, const struct store_key *index, const struct store_key *key);
enum err memory_index_list(struct store *store, const struct store_key *index, enum store_kind kind,
    int64_t now_ms, unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r);
enum err memory_agenda_put(struct store *store, const struct store_key *agenda, const struct store_key *key,
    int64_t due_ms, bool only_new);
enum err memory_agenda_take(struct store *store, const struct store_key *agenda, enum store_kind kind,
    int64_t now_ms, int64_t again_ms, unsigned max, struct arena *arena, struct store_key **keys_r,
    unsigned *n_r);
enum err memory_list_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms);
enum err memory_list_read(struct store *store, const struct store_key *key, unsigned from, unsigned max,
    struct arena *arena, struct bytes **values_r, unsigned *n_r);
enum err memory_untry(struct store *store, const struct store_key *key);
enum err memory_tries(struct store *store, struct store_try *tries, unsigned n, int64_t now_ms);
enum err memory_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r);
enum err memory_step(
    struct store *store, const struct store_key *key, uint64_t step, int64_t before_ms, int64_t ttl_ms);
enum err memory_step_last(struct store *store, const struct store_key *key, uint64_t *step_r);
enum err memory_epoch(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r);
enum err memory_time(struct store *store, int64_t *now_ms_r);

#endif
