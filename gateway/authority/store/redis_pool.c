#include "authority/store/redis_pool.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "authority/store/redis_check.h"
#include "base/clock.h"
#include "base/wait.h"
#include "log/log.h"

struct redis_pool {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	const struct redisc_place *place;
	unsigned max, busy, n_idle, waiting;
	bool down;    /* the last one who tried found nobody */
	bool probing; /* somebody finds out whether that is still so */
	struct redisc *idle[];
};

enum err redis_pool_new(const struct redisc_place *place, unsigned max, struct redis_pool **pool_r)
{
	struct redis_pool *pool = calloc(1, sizeof *pool + max * sizeof pool->idle[0]);
	if (pool == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&pool->mutex, NULL);
	(void)pthread_cond_init(&pool->changed, NULL);
	pool->place = place;
	pool->max = max;
	*pool_r = pool;
	return OK;
}

void redis_pool_free(struct redis_pool **pool)
{
	struct redis_pool *old = *pool;
	if (old == NULL)
		return;
	while (old->n_idle > 0)
		redisc_close(&old->idle[--old->n_idle]);
	(void)pthread_cond_destroy(&old->changed);
	(void)pthread_mutex_destroy(&old->mutex);
	free(old);
	*pool = NULL;
}

/* Inside: waits for a change. False: the deadline has passed. */
static bool wait_changed(struct redis_pool *pool, int64_t deadline_ms)
{
	int left_ms = clock_left_ms(deadline_ms);
	if (left_ms == 0)
		return false;
	const struct timespec end = wait_end(left_ms);
	pool->waiting++;
	(void)wait_more(&pool->changed, &pool->mutex, &end);
	pool->waiting--;
	return true;
}

/* Takes a turn. ERR_STORE: Redis is down, and somebody else is finding out; or no turn came. */
static enum err turn_take(struct redis_pool *pool, int64_t deadline_ms, struct redisc **idle_r)
{
	enum err err = OK;
	*idle_r = NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	while (err == OK && (pool->busy == pool->max || (pool->down && pool->probing))) {
		if ((pool->down && pool->probing) || !wait_changed(pool, deadline_ms))
			err = ERR_STORE;
	}
	if (err == OK) {
		pool->busy++;
		pool->probing |= pool->down;
		if (pool->n_idle > 0)
			*idle_r = pool->idle[--pool->n_idle];
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return err;
}

/* Gives the turn back, with the connection if it is still good. Who waits for one is woken, and all are where none will come soon; outside, so
 * that who wakes does not find the door shut. */
static void turn_end(struct redis_pool *pool, struct redisc **redisc, bool answers, const char *why)
{
	struct redisc *spent = *redisc;
	*redisc = NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	bool changed = pool->down == answers;
	pool->busy--;
	pool->down = !answers;
	pool->probing = false;
	if (spent != NULL && !spent->broken && answers) {
		pool->idle[pool->n_idle++] = spent;
		spent = NULL;
	}
	bool waited = pool->waiting > 0;
	(void)pthread_mutex_unlock(&pool->mutex);
	if (waited && answers)
		(void)pthread_cond_signal(&pool->changed);
	else if (waited)
		(void)pthread_cond_broadcast(&pool->changed);
	redisc_close(&spent);
	if (changed && answers)
		log_line(LOG_LEVEL_INFO, "store_back", 0);
	else if (changed)
		log_line(LOG_LEVEL_ERROR, "store_unreachable", 0, LOG_STR("cause", why));
}

static enum err open_fresh(
    struct redis_pool *pool, int64_t deadline_ms, struct redisc **redisc_r, char why[200])
{
	enum err err = redisc_open(pool->place, deadline_ms, redisc_r, why);
	if (err == OK && !redis_check_policy(*redisc_r, deadline_ms, why)) {
		redisc_close(redisc_r);
		err = ERR_STORE;
	}
	return err;
}

static bool is_lost(enum err err)
{
	return err == ERR_CLOSED || err == ERR_IO;
}

/* What is known of why a piece of work failed. */
static enum err tell(const struct redisc *redisc, enum err err, char why[200])
{
	bool has_words = err == ERR_STORE && *redisc->words != '\0';
	(void)snprintf(why, 200, "%s", has_words ? redisc->words : err_text(err));
	return err;
}

struct job {
	redis_work *work;
	void *context;
	int64_t deadline_ms;
	bool repeat;
	char why[200];
};

/* On an idle connection, if there is a good one, else on a fresh one; where that breaks, once more on a fresh one. */
static enum err run(struct redis_pool *pool, struct redisc **redisc, struct job *job)
{
	enum err err = ERR_CLOSED;
	if (*redisc != NULL && !redisc_is_quiet(*redisc))
		redisc_close(redisc);
	if (*redisc != NULL) {
		err = tell(*redisc, job->work(*redisc, job->deadline_ms, job->context), job->why);
		if (!is_lost(err) || !job->repeat)
			return err;
	}
	redisc_close(redisc);
	err = open_fresh(pool, job->deadline_ms, redisc, job->why);
	if (err != OK)
		return err;
	return tell(*redisc, job->work(*redisc, job->deadline_ms, job->context), job->why);
}

enum err redis_pool_run(
    struct redis_pool *pool, int64_t deadline_ms, bool repeat, redis_work *work, void *context)
{
	struct redisc *redisc;
	struct job job = { work, context, deadline_ms, repeat, "" };
	enum err err = turn_take(pool, deadline_ms, &redisc);
	if (err != OK)
		return err;
	err = run(pool, &redisc, &job);
	bool answers = !is_lost(err) && err != ERR_TIMEOUT && err != ERR_STORE;
	turn_end(pool, &redisc, answers, job.why);
	return answers ? err : ERR_STORE;
}
