#include "authority/call/workers.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include "authority/call/call.h"
#include "base/clock.h"

/* The calls of one role. */
struct lane {
	struct call *first, *last;
	unsigned queued, running;
};

/* A thread. One that carries nothing out lies on the stack of those, and is woken for a call that it has got already: nobody else is, and it
 * takes no lock for it. */
struct worker {
	struct workers *workers;
	pthread_t thread;
	sem_t wanted;
	struct call *call; /* what it carries out; NULL: nothing */
	struct lane *lane; /* and for whom */
	struct worker *below;
};

struct workers {
	pthread_mutex_t lock;
	struct workers_settings settings;
	struct lane lanes[WORKERS_ROLES];
	unsigned turn; /* the lane that was served last */
	unsigned idle; /* threads that carry nothing out */
	struct worker *
	    top; /* of the stack of those who wait: the last one is the first, since the processor knows it still */
	bool ending;
	unsigned n_threads;
	struct worker threads[];
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

/* Inside the lock. Gives the thread the next call; false: there is none for it. */
static bool assign(struct workers *workers, struct worker *worker)
{
	struct lane *lane = choose(workers);
	if (lane == NULL)
		return false;
	worker->call = lane->first;
	worker->lane = lane;
	lane->first = lane->first->next;
	lane->queued--;
	lane->running++;
	workers->idle--;
	return true;
}

/* Inside the lock, after a call was carried out. */
static void put_down(struct workers *workers, struct worker *worker)
{
	if (worker->lane == NULL)
		return;
	worker->lane->running--;
	worker->lane = NULL;
	worker->call = NULL;
	workers->idle++;
}

static void wait_for_call(struct worker *worker)
{
	while (sem_wait(&worker->wanted) != 0)
		continue; /* a signal */
}

/* The next call, or NULL when they end and nothing is left. */
static struct call *take(struct worker *worker)
{
	struct workers *workers = worker->workers;
	bool waits;
	do {
		pthread_mutex_lock(&workers->lock);
		put_down(workers, worker);
		waits = !assign(workers, worker) && !workers->ending;
		if (waits) {
			worker->below = workers->top;
			workers->top = worker;
		}
		pthread_mutex_unlock(&workers->lock);
		if (waits)
			wait_for_call(worker);
	} while (waits && worker->call == NULL); /* woken for the end: what is left is carried out */
	return worker->call;
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
	struct worker *worker = context;
	struct workers *workers = worker->workers;
	for (struct call *call = take(worker); call != NULL; call = take(worker)) {
		carry_out(workers, call);
		workers->settings.done(workers->settings.context, call);
	}
	return NULL;
}

static bool start(struct workers *workers, struct worker *worker)
{
	worker->workers = workers;
	if (sem_init(&worker->wanted, 0, 0) != 0)
		return false;
	if (pthread_create(&worker->thread, NULL, work, worker) == 0)
		return true;
	(void)sem_destroy(&worker->wanted);
	return false;
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
	workers->settings = *settings;
	workers->idle = n;
	for (; workers->n_threads < n; workers->n_threads++)
		if (!start(workers, &workers->threads[workers->n_threads])) {
			workers_free(&workers);
			return ERR_NO_MEMORY;
		}
	*workers_r = workers;
	return OK;
}

enum err workers_put(struct workers *workers, struct call *call)
{
	enum err err = OK;
	struct worker *wanted = NULL;
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
		if (workers->top != NULL && assign(workers, workers->top)) {
			wanted = workers->top;
			workers->top = wanted->below;
		}
	}
	pthread_mutex_unlock(&workers->lock);
	if (wanted != NULL)
		(void)sem_post(&wanted->wanted);
	return err;
}

void workers_free(struct workers **workers)
{
	if (*workers == NULL)
		return;
	pthread_mutex_lock(&(*workers)->lock);
	(*workers)->ending = true;
	for (struct worker *at = (*workers)->top; at != NULL; at = at->below)
		(void)sem_post(&at->wanted);
	pthread_mutex_unlock(&(*workers)->lock);
	for (unsigned i = 0; i < (*workers)->n_threads; i++) {
		pthread_join((*workers)->threads[i].thread, NULL);
		(void)sem_destroy(&(*workers)->threads[i].wanted);
	}
	pthread_mutex_destroy(&(*workers)->lock);
	free(*workers);
	*workers = NULL;
}
