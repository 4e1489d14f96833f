/* log.h - lines for operators, one an event, on stderr:
 *
 *   2026-11-23T08:30:00.250Z info spom-authority signed_in trace=AbCdEfGhIjk user="anna \x1b[2J" uid=7
 *
 * In the journal "<6>signed_in trace=... ": its level instead of what it knows itself. Values are quoted where they need
 * it; bytes that are no printable characters appear as \xHH; what is too long is cut and says so (..., cut=1). Secrets have no
 * way in. Only programs log; library code (base, wire) returns errors. */
#ifndef SPOM_LOG_LOG_H
#define SPOM_LOG_LOG_H
#include <stdint.h>
#include "base/attr.h"
#include "base/text.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Names the program (borrowed) in each line; before the first one, and before there are threads. */
void log_open(const char *program, enum log_level least);

/* A field of a line. */
struct log_field {
	const char *key; /* NULL ends the list */
	enum { LOG_TEXT_, LOG_NUMBER_ } kind;
	struct text text; /* an absent text leaves its field out */
	long long number;
};
#define LOG_TEXT(key_, value_) ((struct log_field){ .key = (key_), .kind = LOG_TEXT_, .text = (value_) })
#define LOG_STR(key_, value_) LOG_TEXT(key_, text_of(value_))
#define LOG_NUMBER(key_, value_) \
	((struct log_field){ .key = (key_), .kind = LOG_NUMBER_, .number = (value_) })

/* Writes one line; event is a fixed lower-case phrase with underscores; trace 0 is left out. One write(2): lines of threads
 * and processes never mix. errno stays as it was.
 *   log_line(LOG_LEVEL_INFO, "signed_in", trace, LOG_TEXT("user", user), LOG_NUMBER("uid", uid)); */
#define log_line(level, event, trace, ...) \
	log_fields((level), (event), (trace), (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })
void log_fields(enum log_level level, const char *event, uint64_t trace, const struct log_field *fields);

#endif
