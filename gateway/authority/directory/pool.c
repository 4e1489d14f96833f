#include "authority/directory/pool.h"
#include <stdlib.h>
#include <string.h>
#include "authority/directory/ldapc.h"
#include "authority/directory/monitor.h"
#include "authority/directory/servers.h"
#include "base/clock.h"

struct pool {
	struct monitor monitor;
	struct servers *servers;
	const struct ldapc_kind *kind;
	unsigned max;
	unsigned queue_max;
	unsigned busy;    /* turns taken */
	unsigned waiting; /* for a turn */
	unsigned n_idle;
	struct ldapc *idle[]; /* max of them, the longest unused first */
};

enum err pool_new(struct servers *servers, const struct ldapc_kind *kind, unsigned max, unsigned queue_max,
    struct pool **pool_r)
{
	struct pool *pool = calloc(1, sizeof *pool + max * sizeof pool->idle[0]);
	if (pool == NULL || monitor_init(&pool->monitor) != OK) {
		free(pool);
		return ERR_NO_MEMORY;
	}
	pool->servers = servers;
	pool->kind = kind;
	pool->max = max;
	pool->queue_max = queue_max;
	*pool_r = pool;
	return OK;
}

void pool_free(struct pool **pool)
{
	struct pool *old = *pool;
	if (old == NULL)
		return;
	while (old->n_idle > 0)
		ldapc_close(&old->idle[--old->n_idle]);
	monitor_done(&old->monitor);
	free(old);
	*pool = NULL;
}

static enum err turn_take(struct pool *pool, int64_t deadline_ms)
{
	enum err err = OK;
	monitor_enter(&pool->monitor);
	if (pool->busy == pool->max && pool->waiting >= pool->queue_max)
		err = ERR_BUSY;
	pool->waiting++;
	while (err == OK && pool->busy == pool->max) {
		if (!monitor_wait(&pool->monitor, deadline_ms) && pool->busy == pool->max)
			err = ERR_BUSY;
	}
	pool->waiting--;
	pool->busy += err == OK;
	monitor_leave(&pool->monitor);
	return err;
}

static void turn_end(struct pool *pool)
{
	monitor_enter(&pool->monitor);
	pool->busy--;
	monitor_wake_one(&pool->monitor);
	monitor_leave(&pool->monitor);
}

/* Takes an element out of the idle ones. Inside the monitor. */
static struct ldapc *remove_at(struct pool *pool, unsigned i)
{
	struct ldapc *ldapc = pool->idle[i];
	pool->n_idle--;
	memmove(&pool->idle[i], &pool->idle[i + 1], (pool->n_idle - i) * sizeof pool->idle[0]);
	return ldapc;
}

static bool is_of(const struct ldapc *ldapc, const struct server_choice *choice)
{
	return ldapc->server == choice->at && ldapc->epoch == choice->epoch;
}

/* The idle connection to the choice that was used last, or NULL. */
static struct ldapc *idle_take(struct pool *pool, const struct server_choice *choice)
{
	struct ldapc *found = NULL;
	monitor_enter(&pool->monitor);
	for (unsigned i = pool->n_idle; found == NULL && i-- > 0;) {
		if (is_of(pool->idle[i], choice))
			found = remove_at(pool, i);
	}
	monitor_leave(&pool->monitor);
	return found;
}

/* Whether an idle connection has had its day: its server failed since, or its place is needed. Inside the monitor. */
static bool is_spent(const struct pool *pool, const struct ldapc *idle, const struct server_choice *choice)
{
	return (idle->server == choice->at && idle->epoch != choice->epoch) ||
	       pool->n_idle + pool->busy > pool->max;
}

/* Closes what is spent before a connection to the choice is opened. Closing may take time: outside the monitor. */
static void idle_prune(struct pool *pool, const struct server_choice *choice)
{
	struct ldapc *spent;
	do {
		spent = NULL;
		monitor_enter(&pool->monitor);
		for (unsigned i = 0; spent == NULL && i < pool->n_idle; i++) {
			if (is_spent(pool, pool->idle[i], choice))
				spent = remove_at(pool, i);
		}
		monitor_leave(&pool->monitor);
		ldapc_close(&spent);
	} while (spent != NULL);
}

static void idle_put(struct pool *pool, struct ldapc *ldapc)
{
	monitor_enter(&pool->monitor);
	if (pool->n_idle < pool->max) {
		pool->idle[pool->n_idle++] = ldapc;
		ldapc = NULL;
	}
	monitor_leave(&pool->monitor);
	ldapc_close(&ldapc);
}

static enum err use(
    struct pool *pool, struct ldapc *ldapc, int64_t deadline_ms, pool_work *work, void *context)
{
	enum err err = work(ldapc, deadline_ms, context);
	if (ldapc_is_broken(err))
		ldapc_close(&ldapc);
	else
		idle_put(pool, ldapc);
	return err;
}

static enum err use_fresh(struct pool *pool, const struct server_choice *choice, int64_t deadline_ms,
    pool_work *work, void *context)
{
	struct ldapc *ldapc;
	idle_prune(pool, choice);
	enum err err = ldapc_open(pool->kind, choice->uri, deadline_ms, &ldapc, NULL);
	if (err != OK)
		return err;
	ldapc->server = choice->at;
	ldapc->epoch = choice->epoch;
	return use(pool, ldapc, deadline_ms, work, context);
}

/* One server. That a server closes a connection which nobody used for long is its right, and no sign of trouble. */
static enum err try_server(struct pool *pool, const struct server_choice *choice, int64_t deadline_ms,
    pool_work *work, void *context)
{
	struct ldapc *idle = idle_take(pool, choice);
	enum err err = idle != NULL ? use(pool, idle, deadline_ms, work, context) : ERR_CLOSED;
	return err == ERR_CLOSED ? use_fresh(pool, choice, deadline_ms, work, context) : err;
}

/* As long as another server is left, one of them may not use up all the time. */
static int64_t share(const struct pool *pool, const struct server_choice *choice, int64_t deadline_ms)
{
	int64_t share_ms = clock_steady_ms() + pool->kind->network_timeout_ms;
	return choice->last || share_ms > deadline_ms ? deadline_ms : share_ms;
}

/* One who came to his turn late and had no time left says nothing about the server. */
static bool is_telling(const struct pool *pool, enum err err, int64_t began_ms)
{
	return err != ERR_TIMEOUT || clock_steady_ms() - began_ms >= pool->kind->network_timeout_ms / 2;
}

static enum err try_servers(struct pool *pool, int64_t deadline_ms, pool_work *work, void *context)
{
	struct server_choice choice;
	enum err failed = OK;
	for (unsigned tried = 0;; tried |= 1u << choice.at) {
		enum err err = servers_choose(pool->servers, tried, deadline_ms, &choice);
		if (err != OK)
			return failed == ERR_TIMEOUT ? failed : err;
		int64_t began_ms = clock_steady_ms();
		err = try_server(pool, &choice, share(pool, &choice, deadline_ms), work, context);
		if (!ldapc_is_broken(err))
			return err;
		if (is_telling(pool, err, began_ms))
			servers_suspect(pool->servers, &choice);
		failed = err;
	}
}

enum err pool_run(struct pool *pool, int64_t deadline_ms, pool_work *work, void *context)
{
	if (!servers_have_hope(pool->servers))
		return ERR_UNREACHABLE;
	enum err err = turn_take(pool, deadline_ms);
	if (err != OK)
		return servers_have_hope(pool->servers) ? err : ERR_UNREACHABLE;
	err = try_servers(pool, deadline_ms, work, context);
	turn_end(pool);
	return err;
}
