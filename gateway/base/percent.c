#include "base/percent.h"
#include <stdint.h>
#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte of "%XX"; 0, which nobody may send, for anything else. */
static char escaped(struct text from)
{
	if (from.len < 3)
		return '\0';
	int high = hex(from.at[1]), low = hex(from.at[2]);
	return high < 0 || low < 0 ? '\0' : (char)(high * 16 + low);
}

enum err percent_decode(struct text from, bool plus, struct arena *arena, struct text *decoded_r)
{
	char *to = arena_alloc(arena, from.len + 1);
	size_t n = 0;
	if (to == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < from.len; i++) {
		char c = from.at[i];
		if (c == '%') {
			c = escaped((struct text){ from.at + i, from.len - i });
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0')
			return ERR_MALFORMED;
		to[n++] = c;
	}
	*decoded_r = (struct text){ to, n };
	return OK;
}

bool percent_is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

struct text percent_encode(struct text from, struct arena *arena)
{
	static const char DIGITS[] = "0123456789ABCDEF";
	char *to = arena_alloc(arena, 3 * from.len + 1);
	size_t n = 0;
	for (size_t i = 0; to != NULL && i < from.len; i++) {
		uint8_t c = (uint8_t)from.at[i];
		if (percent_is_plain(from.at[i])) {
			to[n++] = from.at[i];
			continue;
		}
		to[n++] = '%';
		to[n++] = DIGITS[c >> 4];
		to[n++] = DIGITS[c & 15];
	}
	return (struct text){ to, n };
}
