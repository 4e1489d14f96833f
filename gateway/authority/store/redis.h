/* redis.h - private to store: the store behind hiredis, of two files. */
#ifndef SPOM_AUTHORITY_STORE_REDIS_H
#define SPOM_AUTHORITY_STORE_REDIS_H
#include "authority/store/redis_check.h"
#include "authority/store/redis_pool.h"

struct redis {
	struct store store; /* first */
	struct redisc_place place;
	char prefix[40], socket[128], user[72];
	_Atomic int64_t timeout_ms;
	struct redis_pool *pool;
	struct redis_pool *batches; /* for load_many */
};

#define REDIS_EPOCH "epoch" /* the one key that is no hash */

/* Whether a command may be carried out twice: where a connection breaks, nobody knows whether it was. */
enum redis_repeat { ONLY_ONCE, MAY_REPEAT };

int64_t redis_deadline(const struct redis *redis);

/* Errors of a connection as those of a store. */
static inline enum err redis_err(enum err err)
{
	return err == ERR_FORBIDDEN ? ERR_STORE : err == ERR_MALFORMED ? ERR_INTERNAL : err;
}

/* Carries out one command; errors of redis_pool_run and redisc_ask. */
NODISCARD enum err redis_ask(
    struct redis *redis, struct command *command, enum redis_repeat repeat, redisReply **reply_r);

/* The same for one that gives a number; errors of the store. */
NODISCARD enum err redis_number(
    struct redis *redis, struct command *command, enum redis_repeat repeat, int64_t *number_r);

/* A reply's string on the arena. ERR_NOT_FOUND: it is none. */
NODISCARD enum err redis_copy(const redisReply *reply, struct arena *arena, struct bytes *value_r);

/* What can be done with others in one round trip (redis_batch.c), alone as well. */
NODISCARD enum err redis_batch(struct store *store, struct store_op *ops, unsigned n, struct arena *arena);
enum err redis_put(struct store *store, const struct store_key *key, struct bytes value, int64_t ttl_ms,
    enum store_when when);
enum err redis_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r);
enum err redis_remove(struct store *store, const struct store_key *key);
enum err redis_forget(struct store *store, const struct store_key *keys, unsigned n);
enum err redis_index_add(struct store *store, const struct store_key *index, const struct store_key *key,
    int64_t now_ms, int64_t ttl_ms);
enum err redis_list_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms);
enum err redis_list_read(struct store *store, const struct store_key *key, unsigned from, unsigned max,
    struct arena *arena, struct bytes **values_r, unsigned *n_r);

/* What is more than a value (redis_more.c). */
enum err redis_index_remove(struct store *store, const struct store_key *index, const struct store_key *key);
enum err redis_index_list(struct store *store, const struct store_key *index, enum store_kind kind,
    int64_t now_ms, unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r);
enum err redis_agenda_put(struct store *store, const struct store_key *agenda, const struct store_key *key,
    int64_t due_ms, bool only_new);
enum err redis_agenda_take(struct store *store, const struct store_key *agenda, enum store_kind kind,
    int64_t now_ms, int64_t again_ms, unsigned max, struct arena *arena, struct store_key **keys_r,
    unsigned *n_r);
enum err redis_untry(struct store *store, const struct store_key *key);
enum err redis_tries(struct store *store, struct store_try *tries, unsigned n, int64_t now_ms);
enum err redis_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r);
enum err redis_step(
    struct store *store, const struct store_key *key, uint64_t step, int64_t before_ms, int64_t ttl_ms);
enum err redis_step_last(struct store *store, const struct store_key *key, uint64_t *step_r);
enum err redis_epoch(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r);
/* ERR_NOT_FOUND: none has begun; ERR_INTERNAL: somebody wrote there. */
enum err redis_take_epoch(const redisReply *reply, struct store_epoch *epoch_r);
enum err redis_time(struct store *store, int64_t *now_ms_r);

#endif
