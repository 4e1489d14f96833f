/* workers.h - a few threads and a bounded queue of calls before them. */
#ifndef SPOM_AUTHORITY_CALL_WORKERS_H
#define SPOM_AUTHORITY_CALL_WORKERS_H
#include "base/attr.h"
#include "base/err.h"

struct call;
struct workers;

/* Called by a worker's thread when a call has been carried out; gives the call back to its loop. */
typedef void workers_done(void *context, struct call *call);

/* Starts n threads; at most queue calls wait. */
NODISCARD enum err workers_new(
    unsigned n, unsigned queue, workers_done *done, void *context, struct workers **workers_r);

/* Hands a call over. ERR_BUSY: the queue is full, the call stays the caller's. */
NODISCARD enum err workers_put(struct workers *workers, struct call *call);

/* Carries out what is queued, ends the threads and frees; NULL-safe; clears. */
void workers_free(struct workers **workers);

#endif
