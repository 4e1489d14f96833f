/* courier.h - the round: ask the authority for a mail, send it, say what became of it. One mail at a time. */
#ifndef SPOM_COURIER_COURIER_H
#define SPOM_COURIER_COURIER_H
#include <signal.h>
#include "base/arena.h"
#include "text/strings.h"
#include "wire/link.h"

struct courier {
	const char *path; /* of the authority's socket */
	const struct strings *strings;
	sigset_t ends; /* the signals that end us; every thread has them blocked */
	struct link link;
	struct arena arena;                      /* of the settings */
	const struct msg_courier_config *config; /* NULL: not known yet */
	bool told;                               /* that the authority does not answer */
};

void courier_init(struct courier *courier, const char *path, const struct strings *strings);

/* Serves until a signal ends it. */
void courier_run(struct courier *courier);

void courier_done(struct courier *courier);

#endif
