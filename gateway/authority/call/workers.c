#include "authority/call/workers.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include "authority/call/call.h"
#include "base/clock.h"

/* The calls of one role. */
struct lane {
	struct call *first, *last;
	unsigned queued, running;
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct workers_settings settings;
	struct lane lanes[WORKERS_ROLES];
	unsigned turn; /* the lane that was served last */
	unsigned idle; /* threads that carry nothing out */
	bool ending;
	unsigned n_threads;
	pthread_t threads[];
};

/* Threads that the other roles may claim at once. */
static unsigned owed(const struct workers *workers, unsigned except)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < WORKERS_ROLES; i++)
		if (i != except && workers->lanes[i].running < workers->settings.reserved[i])
			sum += workers->settings.reserved[i] - workers->lanes[i].running;
	return sum;
}

/* Whether the thread that asks may carry out the lane's next call. */
static bool may_run(const struct workers *workers, unsigned i)
{
	const struct lane *lane = &workers->lanes[i];
	if (lane->first == NULL)
		return false;
	return workers->ending || lane->running < workers->settings.reserved[i] ||
	       workers->idle > owed(workers, i);
}

/* The lane whose turn it is, or NULL. */
static struct lane *choose(struct workers *workers)
{
	for (unsigned i = 1; i <= WORKERS_ROLES; i++) {
		unsigned at = (workers->turn + i) % WORKERS_ROLES;
		if (!may_run(workers, at))
			continue;
		workers->turn = at;
		return &workers->lanes[at];
	}
	return NULL;
}

/* The next call, or NULL when they end and nothing is left. before: the lane of the one that the thread has carried out. */
static struct call *take(struct workers *workers, struct lane **before)
{
	struct call *call = NULL;
	struct lane *lane;
	pthread_mutex_lock(&workers->lock);
	if (*before != NULL) {
		(*before)->running--;
		workers->idle++;
	}
	while ((lane = choose(workers)) == NULL && !workers->ending)
		pthread_cond_wait(&workers->work, &workers->lock);
	if (lane != NULL) {
		call = lane->first;
		lane->first = call->next;
		lane->queued--;
		lane->running++;
		workers->idle--;
	}
	pthread_mutex_unlock(&workers->lock);
	*before = lane;
	return call;
}

static void carry_out(const struct workers *workers, struct call *call)
{
	const struct wire_any none = { NULL, NULL };
	if (clock_steady_ms() - call->put_ms > workers->settings.patience_ms)
		call_conclude(call, ERR_BUSY, none);
	else
		call_run(call);
}

static void *work(void *context)
{
	struct workers *workers = context;
	struct lane *lane = NULL;
	for (struct call *call = take(workers, &lane); call != NULL; call = take(workers, &lane)) {
		carry_out(workers, call);
		workers->settings.done(workers->settings.context, call);
	}
	return NULL;
}

enum err workers_new(const struct workers_settings *settings, struct workers **workers_r)
{
	unsigned n = settings->threads;
	for (unsigned i = 0; i < WORKERS_ROLES; i++)
		n += settings->reserved[i];
	struct workers *workers = calloc(1, sizeof *workers + n * sizeof workers->threads[0]);
	if (workers == NULL)
		return ERR_NO_MEMORY;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->work, NULL);
	workers->settings = *settings;
	workers->idle = n;
	for (; workers->n_threads < n; workers->n_threads++)
		if (pthread_create(&workers->threads[workers->n_threads], NULL, work, workers) != 0) {
			workers_free(&workers);
			return ERR_NO_MEMORY;
		}
	*workers_r = workers;
	return OK;
}

enum err workers_put(struct workers *workers, struct call *call)
{
	enum err err = OK;
	struct lane *lane = &workers->lanes[call->role < WORKERS_ROLES ? call->role : ROLE_NOBODY];
	call->next = NULL;
	call->put_ms = clock_steady_ms();
	pthread_mutex_lock(&workers->lock);
	if (lane->queued >= workers->settings.queue) {
		err = ERR_BUSY;
	} else {
		if (lane->first != NULL)
			lane->last->next = call;
		else
			lane->first = call;
		lane->last = call;
		lane->queued++;
		pthread_cond_signal(&workers->work);
	}
	pthread_mutex_unlock(&workers->lock);
	return err;
}

void workers_free(struct workers **workers)
{
	if (*workers == NULL)
		return;
	pthread_mutex_lock(&(*workers)->lock);
	(*workers)->ending = true;
	pthread_cond_broadcast(&(*workers)->work);
	pthread_mutex_unlock(&(*workers)->lock);
	for (unsigned i = 0; i < (*workers)->n_threads; i++)
		pthread_join((*workers)->threads[i], NULL);
	pthread_cond_destroy(&(*workers)->work);
	pthread_mutex_destroy(&(*workers)->lock);
	free(*workers);
	*workers = NULL;
}
