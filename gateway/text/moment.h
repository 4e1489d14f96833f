/* moment.h - a time as people say it, in the zone of the process (TZ). */
#ifndef SPOM_TEXT_MOMENT_H
#define SPOM_TEXT_MOMENT_H
#include "text/strings.h"

/* The ids that moment_add looks up: they count as used. */
#define MOMENT_GROUP "time."

/* Appends "today at 18:04", "yesterday at 18:04" or "3 March 2026 at 18:04"; both in milliseconds since 1970. */
void moment_add(const struct strings *strings, const struct language *language, int64_t time_ms,
    int64_t now_ms, struct out *out);

/* Appends the day alone, as it is written on what is kept: "3 March 2026". */
void moment_add_day(
    const struct strings *strings, const struct language *language, int64_t time_ms, struct out *out);

#endif
