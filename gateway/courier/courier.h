/* courier.h - the round of mails: ask the authority for one, send it, say what became of it. One mail at a time. */
#ifndef SPOM_COURIER_COURIER_H
#define SPOM_COURIER_COURIER_H
#include <signal.h>
#include "base/arena.h"
#include "courier/line.h"
#include "text/strings.h"

struct courier {
	const struct strings *strings;
	sigset_t ends; /* the signals that end us; every thread has them blocked */
	struct line line;
	struct arena arena;                      /* of the settings */
	const struct msg_courier_config *config; /* NULL: not known yet */
};

void courier_init(struct courier *courier, const char *path, const struct strings *strings);

/* Serves until a signal ends it. */
void courier_run(struct courier *courier);

void courier_done(struct courier *courier);

#endif
