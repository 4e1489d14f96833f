/* workers.h - a few threads, and calls that wait before them in bounded queues, one for each role.
 *
 * Nobody takes another's place (SECURITY 5): a queue is its role's own, a role has threads that no other role gets, the others
 * are lent in turn to whoever has something waiting. So a socket that floods finds its own queue full, and nothing else. */
#ifndef SPOM_AUTHORITY_CALL_WORKERS_H
#define SPOM_AUTHORITY_CALL_WORKERS_H
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

#define WORKERS_ROLES (ROLE_COURIER + 1u)

struct call;
struct workers;

/* Called by a worker's thread when a call has been carried out; gives the call back to its loop. */
typedef void workers_done(void *context, struct call *call);

struct workers_settings {
	unsigned threads;                 /* lent to every role, at least 1; */
	unsigned reserved[WORKERS_ROLES]; /* and so many more for that role alone */
	unsigned queue;                   /* calls of one role that wait at most */
	int64_t
	    patience_ms; /* who has waited longer is told that we are busy: the asker has given up by then */
	workers_done *done;
	void *context;
};

NODISCARD enum err workers_new(const struct workers_settings *settings, struct workers **workers_r);

/* Hands a call over. ERR_BUSY: the queue of its role is full, the call stays the caller's. */
NODISCARD enum err workers_put(struct workers *workers, struct call *call);

/* Carries out what is queued, ends the threads and frees; NULL-safe; clears. */
void workers_free(struct workers **workers);

#endif
