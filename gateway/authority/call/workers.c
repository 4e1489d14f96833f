#include "authority/call/workers.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include "authority/call/call.h"

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct call *first, *last;
	unsigned queued, queue;
	bool ending;
	workers_done *done;
	void *context;
	unsigned n_threads;
	pthread_t threads[];
};

/* The next call, or NULL when they end and nothing is left. */
static struct call *take(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	while (workers->first == NULL && !workers->ending)
		pthread_cond_wait(&workers->work, &workers->lock);
	struct call *call = workers->first;
	if (call != NULL) {
		workers->first = call->next;
		workers->queued--;
	}
	pthread_mutex_unlock(&workers->lock);
	return call;
}

static void *work(void *context)
{
	struct workers *workers = context;
	for (struct call *call = take(workers); call != NULL; call = take(workers)) {
		call_run(call);
		workers->done(workers->context, call);
	}
	return NULL;
}

enum err workers_new(
    unsigned n, unsigned queue, workers_done *done, void *context, struct workers **workers_r)
{
	struct workers *workers = calloc(1, sizeof *workers + n * sizeof workers->threads[0]);
	if (workers == NULL)
		return ERR_NO_MEMORY;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->work, NULL);
	workers->queue = queue;
	workers->done = done;
	workers->context = context;
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
	call->next = NULL;
	pthread_mutex_lock(&workers->lock);
	if (workers->queued >= workers->queue) {
		err = ERR_BUSY;
	} else {
		if (workers->first != NULL)
			workers->last->next = call;
		else
			workers->first = call;
		workers->last = call;
		workers->queued++;
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
