/* fnv.h - FNV-1a (draft-eastlake-fnv): hashes for tables and for telling versions apart, never where somebody gains by two inputs of one hash. */
#ifndef SPOM_BASE_FNV_H
#define SPOM_BASE_FNV_H
#include <stddef.h>
#include <stdint.h>

/* What a hash begins with. */
#define FNV_32 2166136261u
#define FNV_64 14695981039346656037u

/* A hash that goes on with so many bytes. */
static inline uint32_t fnv_32(uint32_t so_far, const void *at, size_t len)
{
	const uint8_t *bytes = at;
	for (size_t i = 0; i < len; i++)
		so_far = (so_far ^ bytes[i]) * 16777619u;
	return so_far;
}

static inline uint64_t fnv_64(uint64_t so_far, const void *at, size_t len)
{
	const uint8_t *bytes = at;
	for (size_t i = 0; i < len; i++)
		so_far = (so_far ^ bytes[i]) * 1099511628211u;
	return so_far;
}

#endif
