#include "base/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (8u * KIB)
#define ALIGN _Alignof(max_align_t)

struct arena_block {
	struct arena_block *older;
	size_t used;
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *block_new(size_t size)
{
	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	struct arena_block *block = malloc(sizeof *block + size);
	if (block == NULL)
		return NULL;
	block->older = NULL;
	block->used = 0;
	block->size = size;
	return block;
}

static void block_free(struct arena_block *block)
{
	explicit_bzero(block->bytes, block->used);
	free(block);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t limit = arena->limit != 0 ? arena->limit : ARENA_LIMIT;
	if (size > limit || size > SIZE_MAX / 2)
		return NULL;
	size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (rounded > limit || arena->total > limit - rounded)
		return NULL;
	struct arena_block *block = arena->newest;
	if (block == NULL || block->size - block->used < rounded) {
		block = block_new(rounded);
		if (block == NULL)
			return NULL;
		block->older = arena->newest;
		arena->newest = block;
	}
	void *at = block->bytes + block->used;
	memset(at, 0, rounded);
	block->used += rounded;
	arena->total += rounded;
	return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
	if (len == SIZE_MAX)
		return NULL;
	char *copy = arena_alloc(arena, len + 1);
	if (copy != NULL && len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
	if (text != NULL)
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = arena->newest;
	if (kept == NULL)
		return;
	while (kept->older != NULL) {
		struct arena_block *older = kept->older;
		block_free(kept);
		kept = older;
	}
	explicit_bzero(kept->bytes, kept->used);
	kept->used = 0;
	arena->newest = kept;
	arena->total = 0;
}

void arena_done(struct arena *arena)
{
	while (arena->newest != NULL) {
		struct arena_block *older = arena->newest->older;
		block_free(arena->newest);
		arena->newest = older;
	}
	arena->total = 0;
}
