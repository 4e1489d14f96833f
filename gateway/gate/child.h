/* child.h - a process that serves turns, one connection after the other, until it is told to end or is killed. */
#ifndef SPOM_GATE_CHILD_H
#define SPOM_GATE_CHILD_H
#include <stdatomic.h>
#include "gate/settings.h"

/* Shared with the parent, which kills a child whose turn takes too long. */
struct slot {
	_Atomic int64_t began_ms; /* steady clock; 0: no turn */
};

/* Serves; never returns. The listener is shared with the other children and blocks. */
NORETURN void child_run(const struct settings *settings, int listener, struct slot *slot);

#endif
