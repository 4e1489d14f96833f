/* recovery.c - codes on paper: 80 random bits each, in four groups that can be read aloud. */
#include <string.h>
#include "authority/factor/private.h"

#define GROUP 4u
#define TEXT_LEN (FACTOR_RECOVERY_LEN + FACTOR_RECOVERY_LEN / GROUP - 1)

/* RFC 4648 section 6, in lower case: no 0, 1, 8 or 9 to be mistaken for a letter. */
static void make(char text[TEXT_LEN])
{
	static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t random[FACTOR_RECOVERY_LEN];
	size_t len = 0;
	secret_random(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++) {
		if (i > 0 && i % GROUP == 0)
			text[len++] = '-';
		text[len++] = LETTERS[random[i] % 32]; /* five bits of each byte */
	}
	explicit_bzero(random, sizeof random);
}

enum err factor_recovery_new(struct arena *arena, struct secret *codes, unsigned n)
{
	char text[TEXT_LEN];
	for (unsigned i = 0; i < n; i++) {
		make(text);
		codes[i] = secret_copy(arena, text, sizeof text);
		explicit_bzero(text, sizeof text);
		if (codes[i].at == NULL)
			return ERR_NO_MEMORY;
	}
	return OK;
}
