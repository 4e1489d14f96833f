/* line.h - one of our connections to the authority; each thread has its own. */
#ifndef SPOM_COURIER_LINE_H
#define SPOM_COURIER_LINE_H
#include <stdbool.h>
#include "wire/link.h"

struct line {
	const char *path; /* of the authority's socket */
	struct link link;
	bool told; /* that the authority does not answer */
};

void line_init(struct line *line, const char *path);
void line_done(struct line *line);

/* A refusal is an error like a silence: the same is asked again later. */
NODISCARD enum err line_ask(
    struct line *line, struct wire_any message, struct arena *arena, struct wire_any *answer_r);

#endif
