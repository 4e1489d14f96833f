/* instant.h - points of time as the directory writes them: GeneralizedTime (RFC 4517 3.3.13), 20240131235959.123Z. */
#ifndef SPOM_AUTHORITY_DIRECTORY_INSTANT_H
#define SPOM_AUTHORITY_DIRECTORY_INSTANT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/text.h"

#define INSTANT_SIZE 20

/* Milliseconds since 1970 (UTC), not before it; text has room for INSTANT_SIZE. */
void instant_write(int64_t ms, char text[INSTANT_SIZE]);

/* False: no such time, or one before 1970. Minutes, seconds and their fraction may be left out; an offset from UTC counts. */
NODISCARD bool instant_read(struct text text, int64_t *ms_r);

#endif
