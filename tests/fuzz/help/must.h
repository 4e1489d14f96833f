/* must.h - what every fuzz target says of what it has found. */
#ifndef SPOM_FUZZ_MUST_H
#define SPOM_FUZZ_MUST_H
#include <stdio.h>
#include <stdlib.h>

#define MUST(condition) \
	do { \
		if (!(condition)) { \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
