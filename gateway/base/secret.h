/* secret.h - bytes that nobody may see: passwords, codes, tokens, keys.
 *
 * A type of its own, so that a secret cannot slip into a log line or a comparison by accident. A struct secret
 * either borrows bytes of an arena (erased with it) or owns heap memory from secret_own; the owner erases.
 * Where a secret comes from the wire or an arena, a NUL stands behind its last byte, for C libraries; it may
 * also have NULs within: secret_is_string tells. */
#ifndef SPOM_BASE_SECRET_H
#define SPOM_BASE_SECRET_H
#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"
#include "base/err.h"

struct arena;
struct text;

struct secret {
	unsigned char *at; /* NULL stands for absent */
	size_t len;        /* bytes */
};

/* Copies len bytes to the arena; absent on failure (at is NULL). */
NODISCARD struct secret secret_copy(struct arena *arena, const void *bytes, size_t len);

/* Heap memory of len bytes, zeroed, locked where the limits allow (secret_are_locked), left out of core dumps; free with secret_free. */
NODISCARD enum err secret_own(size_t len, struct secret *secret_r);

/* Whether all that secret_own has given so far is locked, and so is never written to swap. */
bool secret_are_locked(void);

/* Erases and frees what secret_own gave; NULL-safe; clears. */
void secret_free(struct secret *secret);

/* Overwrites the bytes and leaves an absent secret; for borrowed bytes. */
void secret_erase(struct secret *secret);

/* Constant-time for equal lengths; absent equals nothing, not even itself. */
bool secret_equal(struct secret a, struct secret b);

/* Whether no NUL stands within, so that the bytes up to the terminator are the whole secret. */
bool secret_is_string(struct secret secret);

/* Random bytes from the kernel; never fails (the process ends where the kernel has none to give). */
void secret_random(void *bytes, size_t len);

#endif
