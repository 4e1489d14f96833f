/* pool.h - children that were forked before there was work, and a parent that keeps them: it starts one anew that died, kills one whose
 * connection takes too long, and takes no connection itself. For programs that run what may crash or hang. */
#ifndef SPOM_POOL_POOL_H
#define SPOM_POOL_POOL_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

struct pool_work {
	unsigned children;
	int64_t timeout_ms;                   /* for one connection: then its child is killed */
	bool (*begin)(void *context);         /* in each child, before its first connection; false: it ends */
	void (*serve)(void *context, int fd); /* one connection, non-blocking, which it closes */
	void *context;                        /* of each child a copy, as fork makes it */
};

/* A socket that many children wait at: one of them is woken for a connection, so it blocks. given: one that was opened before (given.h), or
 * -1: it is made at path. ERR_IO, or the errors of io_listen. */
NODISCARD enum err pool_listen(const char *path, int given, int *listener_r);

/* Runs until SIGTERM or SIGINT; all children have ended then. */
NODISCARD enum err pool_run(const struct pool_work *work, int listener);

#endif
