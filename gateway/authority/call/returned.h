/* returned.h - private to the loop: calls that workers have carried out, on their way back to the loop's thread. */
#ifndef SPOM_AUTHORITY_CALL_RETURNED_H
#define SPOM_AUTHORITY_CALL_RETURNED_H
#include <pthread.h>
#include "base/attr.h"
#include "base/err.h"

struct call;

struct returned {
	int fd; /* an eventfd: readable when calls are back, or somebody rang */
	pthread_mutex_t lock;
	struct call *newest; /* under lock; of those whose answer is to be written, */
	struct call *sent;   /* and of those whose answer has gone */
};

NODISCARD enum err returned_open(struct returned *returned);
void returned_close(struct returned *returned);

/* Brings a call back; from any thread. */
void returned_put(struct returned *returned, struct call *call);

/* The same for one that the loop has nothing to do for but to free it: it is not woken. */
void returned_put_sent(struct returned *returned, struct call *call);

/* Wakes the loop without a call; async-signal-safe. */
void returned_ring(const struct returned *returned);

/* All that came back, oldest first, by their next; the fd is quiet again. */
struct call *returned_take(struct returned *returned);

/* Those whose answer has gone, in no order. */
struct call *returned_take_sent(struct returned *returned);

#endif
