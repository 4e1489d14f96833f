/* memory.c - what the linker puts in the place of the functions that allocate. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include "base/arena.h"
#include "private.h"

#define FAIL(nothing) \
	do { \
		if (failing_now()) { \
			errno = ENOMEM; \
			return nothing; \
		} \
	} while (0)

#define WRAP(result, name, nothing, parameters, arguments) \
	result __real_##name parameters; \
	result __wrap_##name parameters; \
	result __wrap_##name parameters \
	{ \
		FAIL(nothing); \
		return __real_##name arguments; \
	}

WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *old, size_t size), (old, size))
WRAP(char *, strdup, NULL, (const char *from), (from))
WRAP(char *, strndup, NULL, (const char *from, size_t max), (from, max))
WRAP(ssize_t, getline, -1, (char **line, size_t *room, FILE *file), (line, room, file))
WRAP(void *, mmap, MAP_FAILED, (void *at, size_t len, int protection, int flags, int fd, off_t offset),
    (at, len, protection, flags, fd, offset))
WRAP(void *, arena_alloc, NULL, (struct arena * arena, size_t size), (arena, size))
WRAP(void *, arena_array, NULL, (struct arena * arena, size_t count, size_t size), (arena, count, size))
WRAP(char *, arena_copy, NULL, (struct arena * arena, const void *bytes, size_t len), (arena, bytes, len))

char *__wrap_arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

char *__wrap_arena_printf(struct arena *arena, const char *fmt, ...)
{
	char text[4096];
	va_list args;
	FAIL(NULL);
	va_start(args, fmt);
	int len = vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return len < 0 || (size_t)len >= sizeof text ? NULL : __real_arena_copy(arena, text, (size_t)len);
}
