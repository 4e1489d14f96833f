/* asked.h - what front asks the authority for a request, against what stands in the request: a text or secret of the question is the value of its
 * parameter, octet by octet, or absent where there is none; and a question is a message. A parameter that is there with two values is
 * never asked with.
 *
 * An input: a byte that chooses the way, the Authorization field and an LF, then the query or the form. */
#ifndef SPOM_FUZZ_ASKED_H
#define SPOM_FUZZ_ASKED_H
#include <stdbool.h>
#include <stdint.h>
#include "front/request.h"

struct asked_way {
	enum role instance;
	enum method method;
	const char *path;
	bool raw; /* values are passed on as they are spelled */
};

struct asked_ways {
	const struct asked_way *at;
	unsigned n;
	const char *(*parameter)(struct wire_any in, const char *field); /* of a field; NULL: it has none */
};

void asked_try(const struct asked_ways *ways, const uint8_t *data, size_t size);

#endif
