/* redis_check.h - private to store: whether a Redis is set up so that we may rely on it. */
#ifndef SPOM_AUTHORITY_STORE_REDIS_CHECK_H
#define SPOM_AUTHORITY_STORE_REDIS_CHECK_H
#include "authority/store/redisc.h"

/* Whether it forgets nothing by itself. False: why says what it does instead, or that it did not answer. Where we may not ask, it counts as
 * well (redis_check_objection says so). */
bool redis_check_policy(struct redisc *redisc, int64_t deadline_ms, char why[200]);

/* The first thing that is wrong, as a sentence in why; empty: nothing. Errors of redisc_ask. */
NODISCARD enum err redis_check_objection(
    struct redisc *redisc, const char *prefix, int64_t deadline_ms, char why[200]);

#endif
