/* redis_pool.h - private to store: a bounded number of connections to Redis.
 *
 * Who wants one waits for a turn until the deadline. A connection that Redis closed while it lay idle is replaced silently. While Redis is
 * known not to answer, one at a time finds out whether it does again, and all others are told at once: a Redis that hangs costs one
 * timeout, and not one for each request. */
#ifndef SPOM_AUTHORITY_STORE_REDIS_POOL_H
#define SPOM_AUTHORITY_STORE_REDIS_POOL_H
#include "authority/store/redisc.h"

struct redis_pool;

/* What to do on a connection. */
typedef enum err redis_work(struct redisc *redisc, int64_t deadline_ms, void *context);

/* Connects nothing yet; place is borrowed. */
NODISCARD enum err redis_pool_new(const struct redisc_place *place, unsigned max, struct redis_pool **pool_r);
void redis_pool_free(struct redis_pool **pool); /* NULL-safe; nobody uses it any more */

/* Runs work. repeat: it may be done twice, and so is tried again on a fresh connection where one broke. ERR_STORE: Redis does not answer,
 * or does not serve us; else what work returned. */
NODISCARD enum err redis_pool_run(
    struct redis_pool *pool, int64_t deadline_ms, bool repeat, redis_work *work, void *context);

#endif
