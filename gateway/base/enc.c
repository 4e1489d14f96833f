/* Tokens pass here; a table look-up would show cache timing of 64 bytes (one line), which tells nothing that
 * 256 random bits do not drown. The values that are compared are hashes. */
#include "base/enc.h"
#include <stdint.h>
#include <string.h>

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

static enum err decode(const char *alphabet, const char *text, size_t text_len, uint8_t *at)
{
	uint32_t bits = 0;
	unsigned have = 0;
	for (size_t i = 0; i < text_len; i++) {
		const char *found = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
		if (found == NULL)
			return ERR_MALFORMED;
		bits = (bits << 6 | (uint32_t)(found - alphabet)) & 0xffffu;
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
	return decode(BASE64URL, text, text_len, bytes);
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
	return decode(BASE64, text, text_len - padding, bytes);
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
