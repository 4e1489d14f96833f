/* private.h - for the files of this folder: the count. */
#ifndef SPOM_TESTS_FAILING_PRIVATE_H
#define SPOM_TESTS_FAILING_PRIVATE_H
#include <stdbool.h>

/* Counts an allocation; whether it is the one that fails. */
bool failing_now(void);

#endif
