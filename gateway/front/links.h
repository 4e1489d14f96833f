/* links.h - the connections to the authority, kept for the next one who needs one. */
#ifndef SPOM_FRONT_LINKS_H
#define SPOM_FRONT_LINKS_H
#include <pthread.h>
#include "wire/link.h"

#define LINKS_IDLE_MAX 64

struct links {
	struct link_end end;
	pthread_mutex_t lock;
	struct link idle[LINKS_IDLE_MAX];
	unsigned n_idle;
};

void links_init(struct links *links, const char *path, enum role role);
void links_done(struct links *links);

/* Asks over a connection that is at hand, or a new one (link_call); the answer lies on the arena. Errors as link_call. */
NODISCARD enum err links_ask(struct links *links, struct wire_any ask, uint64_t trace, struct arena *arena,
    int64_t deadline_ms, struct wire_any *answer_r);

#endif
