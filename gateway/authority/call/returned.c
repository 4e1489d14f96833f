#include "authority/call/returned.h"
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "authority/call/call.h"
#include "base/io.h"

enum err returned_open(struct returned *returned)
{
	pthread_mutex_init(&returned->lock, NULL);
	returned->newest = NULL;
	returned->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return returned->fd >= 0 ? OK : ERR_IO;
}

void returned_close(struct returned *returned)
{
	io_close(&returned->fd);
	pthread_mutex_destroy(&returned->lock);
}

void returned_ring(const struct returned *returned)
{
	uint64_t one = 1;
	ssize_t n = write(returned->fd, &one, sizeof one); /* full means awake already */
	(void)n;
}

void returned_put(struct returned *returned, struct call *call)
{
	pthread_mutex_lock(&returned->lock);
	bool first = returned->newest == NULL;
	call->next = returned->newest;
	returned->newest = call;
	pthread_mutex_unlock(&returned->lock);
	if (first)
		returned_ring(returned);
}

struct call *returned_take(struct returned *returned)
{
	uint64_t count;
	ssize_t n = read(returned->fd, &count, sizeof count);
	(void)n;
	pthread_mutex_lock(&returned->lock);
	struct call *newest = returned->newest;
	returned->newest = NULL;
	pthread_mutex_unlock(&returned->lock);
	struct call *oldest = NULL;
	while (newest != NULL) {
		struct call *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}
