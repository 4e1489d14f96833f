/* judge.h - a worker: it takes one message on each connection, judges the bytes in it, and answers. It holds nothing of a request before. */
#ifndef SPOM_JUDGE_JUDGE_H
#define SPOM_JUDGE_JUDGE_H
#include <stdbool.h>
#include <sys/types.h>
#include "base/arena.h"

/* A connection's whole time: then the worker is killed, and the request is an error. */
#define JUDGE_TIMEOUT_MS 2000

struct judge {
	uid_t authority; /* the only one that may ask */
	struct arena arena;
};

/* For struct pool_work; the context is a struct judge. The first one shuts the worker in. */
bool judge_begin(void *judge);
void judge_serve(void *judge, int fd);

#endif
