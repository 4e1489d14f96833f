/* source.h - files that an operator names, to be read whole. */
#ifndef SPOM_CTL_SOURCE_H
#define SPOM_CTL_SOURCE_H
#include <stddef.h>
#include "base/arena.h"
#include "base/attr.h"

/* The whole file on the arena, with a NUL behind it. NULL: it cannot be read, or has more than max bytes. */
NODISCARD char *source_read(const char *path, size_t max, struct arena *arena, size_t *len_r);

/* The same of a text: it has no NUL. */
NODISCARD char *source_text(const char *path, size_t max, struct arena *arena);

#endif
