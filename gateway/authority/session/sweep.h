/* sweep.h - finds the sessions that ended without anybody ending them, and ends them at the services they visited (visits.h). */
#ifndef SPOM_AUTHORITY_SESSION_SWEEP_H
#define SPOM_AUTHORITY_SESSION_SWEEP_H
#include "base/attr.h"
#include "base/err.h"

struct authority;

/* Looks at what is due now; each trail is looked at by one of several authorities. May wait for the directory. */
void sweep_once(struct authority *authority);

/* Does so every two seconds on a thread of its own, until it is stopped; and looks whether the store has begun anew. */
NODISCARD enum err sweep_start(struct authority *authority);
void sweep_stop(void);

#endif
