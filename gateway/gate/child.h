/* child.h - a process that serves turns, one connection after the other (pool/pool.h). */
#ifndef SPOM_GATE_CHILD_H
#define SPOM_GATE_CHILD_H
#include <stdbool.h>
#include "base/arena.h"
#include "gate/settings.h"
#include "wire/link.h"

struct child {
	const struct settings *settings;
	struct link authority;
	struct arena arena;
};

/* For struct pool_work; the context is a struct child. */
bool child_begin(void *child);
void child_serve(void *child, int fd);

#endif
