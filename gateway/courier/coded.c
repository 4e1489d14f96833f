#include "courier/coded.h"
#include <stdint.h>
#include <string.h>

#define LINE_MAX_QP 76u
#define WORD_BYTES_MAX 45u /* of text: 60 characters of base64, with their frame under 75 */
#define PLAIN_MAX 60u

static void coded_byte(unsigned char byte, struct out *out)
{
	static const char HEX[] = "0123456789ABCDEF";
	const char coded[] = { '=', HEX[byte >> 4], HEX[byte & 15] };
	out_bytes(out, coded, sizeof coded);
}

/* What may stand in a body as it is; a blank only where it does not end the line. */
static bool is_plain(unsigned char byte, bool last)
{
	return byte == ' ' ? !last : byte > ' ' && byte < 0x7f && byte != '=';
}

static void body_line(struct text line, struct out *out)
{
	size_t column = 0;
	for (size_t i = 0; i < line.len; i++) {
		unsigned char byte = (unsigned char)line.at[i];
		bool last = i + 1 == line.len, plain = is_plain(byte, last);
		size_t width = plain ? 1 : 3;
		if (column + width > LINE_MAX_QP - (last ? 0 : 1)) { /* room for the '=' of a soft end */
			out_str(out, "=\r\n");
			column = 0;
		}
		if (plain)
			out_bytes(out, (const char *)&byte, 1);
		else
			coded_byte(byte, out);
		column += width;
	}
	out_str(out, "\r\n");
}

void coded_body(struct text body, struct out *out)
{
	while (body.len > 0) {
		const char *end = memchr(body.at, '\n', body.len);
		size_t len = end != NULL ? (size_t)(end - body.at) : body.len;
		body_line((struct text){ body.at, len }, out);
		len += end != NULL;
		body = (struct text){ body.at + len, body.len - len };
	}
}

static bool is_plain_words(struct text words)
{
	for (size_t i = 0; i < words.len; i++) {
		unsigned char byte = (unsigned char)words.at[i];
		if (byte < ' ' || byte >= 0x7f || strchr("=?\"<>()[],;:\\@", byte) != NULL)
			return false;
	}
	return words.len <= PLAIN_MAX;
}

/* How many bytes one encoded word takes: no character is cut in two. */
static size_t word_len(struct text words)
{
	size_t len = words.len < WORD_BYTES_MAX ? words.len : WORD_BYTES_MAX;
	while (len > 0 && len < words.len && ((unsigned char)words.at[len] & 0xc0) == 0x80)
		len--;
	return len > 0 ? len : 1;
}

static void base64(struct text bytes, struct out *out)
{
	static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = 0;
		for (size_t j = 0; j < 3; j++)
			group = group << 8 | (j < n ? (unsigned char)bytes.at[i + j] : 0);
		const char four[] = { LETTERS[group >> 18], LETTERS[group >> 12 & 63],
			n > 1 ? LETTERS[group >> 6 & 63] : '=', n > 2 ? LETTERS[group & 63] : '=' };
		out_bytes(out, four, sizeof four);
	}
}

void coded_words(struct text words, struct out *out)
{
	if (is_plain_words(words)) {
		out_text(out, words);
		return;
	}
	for (bool first = true; words.len > 0; first = false) {
		size_t len = word_len(words);
		out_str(out, first ? "=?utf-8?B?" : "\r\n =?utf-8?B?");
		base64((struct text){ words.at, len }, out);
		out_str(out, "?=");
		words = (struct text){ words.at + len, words.len - len };
	}
}
