/* pool.h - the parent: it keeps the children, kills those whose turn takes too long, and takes no connection itself. */
#ifndef SPOM_GATE_POOL_H
#define SPOM_GATE_POOL_H
#include "gate/settings.h"

/* Runs until SIGTERM or SIGINT; all children have ended then. */
NODISCARD enum err pool_run(const struct settings *settings, int listener);

#endif
