/* arena.h - memory that belongs to one request and is erased with it.
 *
 * Whatever a request brings or causes hangs on its arena: the frame, decoded fields, answers. Nothing in it is
 * freed singly; arena_reset and arena_done overwrite every byte that was handed out before giving it back.
 * An arena belongs to one thread at a time. */
#ifndef SPOM_BASE_ARENA_H
#define SPOM_BASE_ARENA_H
#include <stddef.h>
#include "base/attr.h"

struct arena_block;

struct arena {
	struct arena_block *newest; /* private; zero-initialised is an empty arena */
	size_t total;               /* bytes handed out since the last reset */
	size_t limit;               /* greatest total; 0 stands for ARENA_LIMIT */
};

#define ARENA_LIMIT (4u * MIB)

/* Zeroed memory for size bytes, aligned for any object; NULL when memory or the arena's limit is exhausted.
 * size 0 gives a valid pointer. */
NODISCARD void *arena_alloc(struct arena *arena, size_t size);

/* Like arena_alloc(arena, count * size), NULL on overflow. */
NODISCARD void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of len bytes with a NUL behind them (not counted). */
NODISCARD char *arena_copy(struct arena *arena, const void *bytes, size_t len);

/* A formatted, NUL-terminated string. */
NODISCARD char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Erases all and keeps one block for reuse. */
void arena_reset(struct arena *arena);

/* Erases and frees all; the arena may be used again. */
void arena_done(struct arena *arena);

#endif
