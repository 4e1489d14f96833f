/* writer.c - the one thread that writes: takes all who wait, adds them to the chain, and wakes them once the disk has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "authority/audit/state.h"
#include "base/wait.h"
#include "log/log.h"

#define BATCH_MAX (1u * MIB)
#define RETRY_MS 1000
#define GATHER_MS 20

/* Inside the lock: the first records that go into one batch, still in the queue. */
static unsigned batch_count(const struct audit *audit, size_t *size_r)
{
	size_t size = 0;
	unsigned n = 0;
	for (const struct waiting *at = audit->first; at != NULL; at = at->next, n++) {
		if (n > 0 && size + at->len + LINE_EXTRA > BATCH_MAX)
			break;
		size += at->len + LINE_EXTRA;
	}
	*size_r = size;
	return n;
}

/* Only this thread takes records out of the queue, and others add behind them: the first n stay as they are outside of the lock. */
static enum err write_batch(struct audit *audit, const struct waiting *first, unsigned n, size_t size)
{
	struct chain before = audit->chain;
	size_t len = 0;
	char *batch = malloc(size);
	if (batch == NULL)
		return ERR_NO_MEMORY;
	for (const struct waiting *at = first; n > 0; at = n > 0 ? at->next : NULL) {
		len +=
		    chain_add(&audit->chain, batch + len, at->time_ms, (struct text){ at->middle, at->len });
		n--; /* the last one's next is written by who adds behind it */
	}
	enum err err = chain_commit(&audit->chain, batch, len);
	if (err == OK && chain_look(&audit->chain) == FILES_GONE)
		err = ERR_STALE;
	if (err != OK)
		audit->chain = before;
	free(batch);
	return err;
}

/* The chain goes on in the next file when this one is full, and when it was moved, removed or shortened, such as by a program that rotates
 * logs: what was written to it from now on might be nowhere. */
static enum err begin_file_if_due(struct audit *audit)
{
	struct chain *chain = &audit->chain;
	uint64_t file = chain->file, n = chain->n;
	if (chain_look(chain) == FILES_KEPT)
		return (uint64_t)chain->size < audit->file_max
			   ? OK
			   : chain_next_file(chain, (struct text){ NULL, 0 });
	enum err err = chain_next_file(chain, CHAIN_TOUCHED);
	if (err == OK)
		log_line(LOG_LEVEL_ERROR, "audit_file_touched", 0, LOG_NUMBER("file", (long long)file),
		    LOG_NUMBER("n", (long long)n));
	return err;
}

/* ERR_STALE: the file was touched while it was written; the batch goes into the next one. */
static enum err write_in_file(struct audit *audit, const struct waiting *first, unsigned n, size_t size)
{
	enum err err = ERR_STALE;
	for (unsigned tries = 0; err == ERR_STALE && tries < 3; tries++) {
		err = begin_file_if_due(audit);
		if (err == OK)
			err = write_batch(audit, first, n, size);
	}
	return err;
}

void audit_release(struct audit *audit, struct waiting *waiting)
{
	sem_t *asked = waiting->asked;
	if (asked == NULL)
		return;
	waiting->asked = NULL;
	audit->n_asking--;
	(void)sem_post(asked); /* the last touch: it lies on the other thread's stack */
}

/* Inside the lock. */
static void drop(struct audit *audit, unsigned n)
{
	for (; n > 0; n--) {
		struct waiting *waiting = audit->first;
		audit->first = waiting->next;
		audit->n_waiting--;
		audit_release(audit, waiting);
		free(waiting);
	}
	audit->file = audit->chain.file;
	audit->n = audit->chain.n;
	audit->size = audit->chain.size;
	memcpy(audit->mac, audit->chain.mac, sizeof audit->mac);
	if (audit->failing)
		log_line(LOG_LEVEL_INFO, "audit_disk_back", 0);
	audit->failing = false;
}

/* Inside the lock: what waits goes to the log, once. */
static void fail(struct audit *audit)
{
	if (!audit->failing)
		log_line(LOG_LEVEL_ERROR, "audit_disk_refuses", 0, LOG_STR("cause", strerror(errno)));
	audit->failing = true;
	for (struct waiting *at = audit->first; at != NULL; at = at->next) {
		audit_log_waiting(at);
		audit_release(audit, at);
	}
}

bool audit_has_to_write(const struct audit *audit)
{
	return audit->n_asking > 0 || audit->ending || audit->n_waiting >= audit->queue_max / 2;
}

/* Inside the lock. Records that nobody waits for go to the disk with the next one that somebody does: one fdatasync(2) for both. */
static void gather(struct audit *audit)
{
	const struct timespec end = wait_end(GATHER_MS);
	while (!audit_has_to_write(audit) && wait_more(&audit->work, &audit->lock, &end))
		continue;
}

/* Inside the lock, which is left while the disk works. */
static enum err turn(struct audit *audit)
{
	size_t size;
	unsigned n = batch_count(audit, &size);
	struct waiting *first = audit->first;
	pthread_mutex_unlock(&audit->lock);
	enum err err = write_in_file(audit, first, n, size);
	pthread_mutex_lock(&audit->lock);
	if (err == OK)
		drop(audit, n);
	else
		fail(audit);
	return err;
}

void *writer_run(void *context)
{
	struct audit *audit = context;
	pthread_mutex_lock(&audit->lock);
	for (;;) {
		while (audit->first == NULL && !audit->ending)
			pthread_cond_wait(&audit->work, &audit->lock);
		if (audit->first != NULL)
			gather(audit);
		if (audit->first == NULL)
			break;
		if (turn(audit) == OK)
			continue;
		if (audit->ending) /* one try is what the end waits for */
			break;
		const struct timespec again = wait_end(RETRY_MS);
		(void)wait_more(&audit->work, &audit->lock, &again);
	}
	pthread_mutex_unlock(&audit->lock);
	return NULL;
}
