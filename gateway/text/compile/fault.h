/* fault.h - the first thing that is wrong with a file of web/, for the person who builds. */
#ifndef SPOM_TEXT_FAULT_H
#define SPOM_TEXT_FAULT_H
#include <stdbool.h>
#include "base/attr.h"

struct fault {
	char text[400]; /* "FILE:LINE: what is wrong"; empty: nothing is */
};

/* Keeps the first fault. Always false, so that a check may return it. */
bool fault_set(struct fault *fault, const char *file, unsigned line, const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
