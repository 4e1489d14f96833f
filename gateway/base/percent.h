/* percent.h - percent-encoding (RFC 3986 section 2.1), as queries and forms have it. */
#ifndef SPOM_BASE_PERCENT_H
#define SPOM_BASE_PERCENT_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/* Decodes to the arena; with plus, "+" is a blank. ERR_MALFORMED: a broken escape, or a NUL, however it is spelled. */
NODISCARD enum err percent_decode(struct text from, bool plus, struct arena *arena, struct text *decoded_r);

/* Whether a character stands for itself: RFC 3986's unreserved ones. */
bool percent_is_plain(char c);

/* Encodes all others, on the arena; absent when memory is out. */
struct text percent_encode(struct text from, struct arena *arena);

#endif
