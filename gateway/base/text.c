#include "base/text.h"
#include <stdint.h>
#include <string.h>
#include "base/arena.h"

struct text text_of(const char *string)
{
	return (struct text){ string, string != NULL ? strlen(string) : 0 };
}

const char *text_str(struct text text)
{
	return text.at != NULL ? text.at : "";
}

bool text_is_empty(struct text text)
{
	return text.len == 0;
}

bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool text_equal_str(struct text a, const char *b)
{
	return text_equal(a, text_of(b));
}

bool text_starts_with(struct text text, const char *prefix)
{
	size_t len = strlen(prefix);
	return text.len >= len && memcmp(text_str(text), prefix, len) == 0;
}

static bool is_among(char c, const char *blanks)
{
	return c != '\0' && strchr(blanks, c) != NULL;
}

bool text_next_word(struct text *rest, const char *blanks, struct text *word_r)
{
	size_t from = 0;
	while (from < rest->len && is_among(rest->at[from], blanks))
		from++;
	size_t end = from;
	while (end < rest->len && !is_among(rest->at[end], blanks))
		end++;
	if (end == from)
		return false;
	*word_r = (struct text){ rest->at + from, end - from };
	*rest = (struct text){ rest->at + end, rest->len - end };
	return true;
}

bool text_copy(struct arena *arena, struct text from, struct text *copy_r)
{
	if (from.at == NULL) {
		*copy_r = from;
		return true;
	}
	char *copy = arena_copy(arena, from.at, from.len);
	if (copy == NULL)
		return false;
	*copy_r = (struct text){ copy, from.len };
	return true;
}

/* Reads one code point; 0 bytes when it is not well-formed. */
static size_t code_point(const unsigned char *at, size_t left, uint32_t *point_r)
{
	static const uint32_t LEAST[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0x80) {
		*point_r = at[0];
		return 1;
	}
	if (at[0] < 0xc2 || at[0] > 0xf4 || len > left)
		return 0;
	uint32_t point = at[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (at[i] & 0x3fu);
	}
	if (point < LEAST[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*point_r = point;
	return len;
}

bool text_is_utf8(const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes;
	for (size_t i = 0; i < len;) {
		uint32_t point;
		size_t step = code_point(at + i, len - i, &point);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

static bool is_control(uint32_t point, bool lines)
{
	if (lines && (point == '\n' || point == '\t'))
		return false;
	return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

bool text_has_control(const char *bytes, size_t len, bool lines)
{
	const unsigned char *at = (const unsigned char *)bytes;
	for (size_t i = 0; i < len;) {
		uint32_t point = at[i];
		size_t step = code_point(at + i, len - i, &point);
		if (is_control(point, lines))
			return true;
		i += step > 0 ? step : 1;
	}
	return false;
}

bool text_is_name(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		bool later = (c >= '0' && c <= '9') || c == '-' || c == '.';
		if (!letter && (i == 0 || !later))
			return false;
	}
	return text.len > 0;
}

bool text_to_number(struct text text, unsigned long long max, unsigned long long *number_r)
{
	if (text.len == 0 || (text.len > 1 && text.at[0] == '0'))
		return false;
	unsigned long long number = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		unsigned digit = (unsigned)(text.at[i] - '0');
		if (digit > max || number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*number_r = number;
	return true;
}

bool text_misleads(struct text text)
{
	static const char *const HIDDEN[] = {
		"\u2028",
		"\u2029",
		"\u202a",
		"\u202b",
		"\u202c",
		"\u202d",
		"\u202e",
		"\u2066",
		"\u2067",
		"\u2068",
		"\u2069",
		"\ufeff",
	};
	for (size_t i = 0; text.at != NULL && i < COUNT(HIDDEN); i++)
		if (memmem(text.at, text.len, HIDDEN[i], strlen(HIDDEN[i])) != NULL)
			return true;
	return false;
}
