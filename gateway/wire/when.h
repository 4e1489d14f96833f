/* when.h - points of time as text: RFC 3339 in UTC with milliseconds, one spelling each. */
#ifndef SPOM_WIRE_WHEN_H
#define SPOM_WIRE_WHEN_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/text.h"

/* "2026-11-23T08:30:00.250Z" */
#define WHEN_TEXT_SIZE 25

/* when_ms is 0 to WIRE_TIME_MAX. */
void when_text(int64_t when_ms, char text[WHEN_TEXT_SIZE]);

/* Reads exactly that form, or the same without milliseconds; false (and *when_r untouched) for anything else. */
NODISCARD bool when_read(struct text text, int64_t *when_r);

#endif
