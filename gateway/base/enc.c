/* Tokens pass here; looking a letter up shows cache timing of 64 bytes (one line), and reading one shows in which of two lines it stands, which tells
 * nothing that 256 random bits do not drown. The values that are compared are hashes. */
#include "base/enc.h"
#include <stdint.h>
#include <string.h>
#include "base/arena.h"

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(const char *alphabet, const uint8_t *at, size_t len, char *text)
{
	uint32_t bits = 0;
	unsigned have = 0;
	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | at[i];
		for (have += 8; have >= 6; have -= 6)
			*text++ = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*text++ = alphabet[bits << (6 - have) & 63];
	*text = '\0';
	return text;
}

void enc_base64url(const void *bytes, size_t len, char *text)
{
	(void)encode(BASE64URL, bytes, len, text);
}

void enc_base64(const void *bytes, size_t len, char *text)
{
	char *end = encode(BASE64, bytes, len, text);
	while ((end - text) % 4 != 0)
		*end++ = '=';
	*end = '\0';
}

/* What a letter stands for, and one more; 0: the alphabet has no such letter. Without a branch for each, of which half would be guessed wrong. */
#define LETTER(c, value) [(c)] = (value) + 1
#define LETTERS_4(c, value) \
	LETTER(c, value), LETTER((c) + 1, (value) + 1), LETTER((c) + 2, (value) + 2), \
	    LETTER((c) + 3, (value) + 3)
#define LETTERS_26(c, value) \
	LETTERS_4(c, value), LETTERS_4((c) + 4, (value) + 4), LETTERS_4((c) + 8, (value) + 8), \
	    LETTERS_4((c) + 12, (value) + 12), LETTERS_4((c) + 16, (value) + 16), \
	    LETTERS_4((c) + 20, (value) + 20), LETTER((c) + 24, (value) + 24), \
	    LETTER((c) + 25, (value) + 25)
#define LETTERS \
	LETTERS_26('A', 0), LETTERS_26('a', 26), LETTERS_4('0', 52), LETTERS_4('4', 56), LETTER('8', 60), \
	    LETTER('9', 61)

static const uint8_t FROM_BASE64[256] = { LETTERS, LETTER('+', 62), LETTER('/', 63) };
static const uint8_t FROM_BASE64URL[256] = { LETTERS, LETTER('-', 62), LETTER('_', 63) };

static enum err decode(const uint8_t *values, const char *text, size_t text_len, uint8_t *at)
{
	uint32_t bits = 0;
	unsigned have = 0;
	for (size_t i = 0; i < text_len; i++) {
		uint8_t value = values[(unsigned char)text[i]];
		if (value == 0)
			return ERR_MALFORMED;
		bits = (bits << 6 | (value - 1u)) & 0xffffu;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*at++ = (uint8_t)(bits >> have);
		}
	}
	return (bits & ((1u << have) - 1)) == 0 ? OK : ERR_MALFORMED;
}

enum err enc_from_base64url(const char *text, size_t text_len, void *bytes, size_t len)
{
	if (text_len != ENC_BASE64URL_SIZE(len) - 1)
		return ERR_MALFORMED;
	return decode(FROM_BASE64URL, text, text_len, bytes);
}

enum err enc_from_base64(const char *text, size_t text_len, void *bytes, size_t room, size_t *len_r)
{
	size_t padding = 0;
	while (padding < 2 && padding < text_len && text[text_len - padding - 1] == '=')
		padding++;
	if (text_len % 4 != 0)
		return ERR_MALFORMED;
	size_t len = text_len / 4 * 3 - padding;
	if (len > room)
		return ERR_TOO_LARGE;
	*len_r = len;
	return decode(FROM_BASE64, text, text_len - padding, bytes);
}

struct text enc_base64_text(const void *bytes, size_t len, struct arena *arena)
{
	char *text = arena_alloc(arena, ENC_BASE64_SIZE(len));
	if (text == NULL)
		return (struct text){ NULL, 0 };
	enc_base64(bytes, len, text);
	return (struct text){ text, ENC_BASE64_SIZE(len) - 1 };
}

void enc_hex(const void *bytes, size_t len, char *text)
{
	const uint8_t *at = bytes;
	for (size_t i = 0; i < len; i++) {
		*text++ = "0123456789abcdef"[at[i] >> 4];
		*text++ = "0123456789abcdef"[at[i] & 15];
	}
	*text = '\0';
}
