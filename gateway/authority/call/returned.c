#include "authority/call/returned.h"
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "authority/call/call.h"
#include "base/io.h"

enum err returned_open(struct returned *returned)
{
	pthread_mutex_init(&returned->lock, NULL);
	returned->newest = returned->sent = NULL;
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

/* Whether it is the only one there. */
static bool push(struct returned *returned, struct call **list, struct call *call)
{
	pthread_mutex_lock(&returned->lock);
	bool first = *list == NULL;
	call->next = *list;
	*list = call;
	pthread_mutex_unlock(&returned->lock);
	return first;
}

static struct call *take(struct returned *returned, struct call **list)
{
	pthread_mutex_lock(&returned->lock);
	struct call *all = *list;
	*list = NULL;
	pthread_mutex_unlock(&returned->lock);
	return all;
}

void returned_put(struct returned *returned, struct call *call)
{
	if (push(returned, &returned->newest, call))
		returned_ring(returned);
}

void returned_put_sent(struct returned *returned, struct call *call)
{
	(void)push(returned, &returned->sent, call);
}

struct call *returned_take_sent(struct returned *returned)
{
	return take(returned, &returned->sent);
}

struct call *returned_take(struct returned *returned)
{
	uint64_t count;
	ssize_t n = read(returned->fd, &count, sizeof count);
	(void)n;
	struct call *newest = take(returned, &returned->newest);
	struct call *oldest = NULL;
	while (newest != NULL) {
		struct call *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}
