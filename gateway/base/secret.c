#include "base/secret.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include "base/arena.h"

struct secret secret_copy(struct arena *arena, const void *bytes, size_t len)
{
	unsigned char *copy = (unsigned char *)arena_copy(arena, bytes, len);
	return (struct secret){ copy, copy != NULL ? len : 0 };
}

static atomic_bool one_is_unlocked;

bool secret_are_locked(void)
{
	return !atomic_load(&one_is_unlocked);
}

static size_t mapped(size_t len)
{
	return (len / 4096 + 1) * 4096;
}

enum err secret_own(size_t len, struct secret *secret_r)
{
	if (len > MIB)
		return ERR_TOO_LARGE;
	void *at = mmap(NULL, mapped(len), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return ERR_NO_MEMORY;
	if (mlock(at, mapped(len)) != 0) /* not a condition here: who has to be sure asks */
		atomic_store(&one_is_unlocked, true);
	(void)madvise(at, mapped(len), MADV_DONTDUMP);
	*secret_r = (struct secret){ at, len };
	return OK;
}

void secret_free(struct secret *secret)
{
	if (secret == NULL || secret->at == NULL)
		return;
	size_t len = secret->len;
	explicit_bzero(secret->at, len);
	(void)munmap(secret->at, mapped(len));
	*secret = (struct secret){ NULL, 0 };
}

void secret_erase(struct secret *secret)
{
	if (secret->at != NULL)
		explicit_bzero(secret->at, secret->len);
	*secret = (struct secret){ NULL, 0 };
}

bool secret_equal(struct secret a, struct secret b)
{
	if (a.at == NULL || b.at == NULL || a.len != b.len)
		return false;
	unsigned char different = 0;
	for (size_t i = 0; i < a.len; i++) {
		different |= a.at[i] ^ b.at[i];
		__asm__ volatile("" : "+r"(different)); /* keeps the compiler from leaving early */
	}
	return different == 0;
}

bool secret_is_string(struct secret secret)
{
	return secret.at != NULL && memchr(secret.at, 0, secret.len) == NULL;
}

void secret_random(void *bytes, size_t len)
{
	unsigned char *at = bytes;
	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno != EINTR)
			abort();
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
}
