#include "front/decode.h"
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include "base/percent.h"

struct text decode_cut(struct text *rest, char separator)
{
	const char *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
	struct text piece = *rest;
	if (end == NULL) {
		*rest = (struct text){ NULL, 0 };
		return piece;
	}
	piece.len = (size_t)(end - rest->at);
	*rest = (struct text){ end + 1, rest->len - piece.len - 1 };
	return piece;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct text decode_trim(struct text text)
{
	while (text.len > 0 && is_blank(text.at[0]))
		text = (struct text){ text.at + 1, text.len - 1 };
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

enum err decode_percent(struct text from, bool plus, struct arena *arena, struct text *decoded_r)
{
	return percent_decode(from, plus, arena, decoded_r);
}

enum err decode_pair(struct text *rest, struct arena *arena, struct text *name_r, struct text *value_r)
{
	if (text_is_empty(*rest))
		return ERR_NOT_FOUND;
	struct text value = decode_cut(rest, '&');
	struct text name = decode_cut(&value, '=');
	struct text decoded;
	enum err err = decode_percent(name, true, arena, &decoded);
	if (err == OK)
		err = decode_percent(value, true, arena, value_r);
	if (err == OK)
		*name_r = decoded;
	return err;
}

enum err decode_query(struct text query, const char *name, struct arena *arena, struct text *value_r)
{
	struct text found = { NULL, 0 }, at, value;
	for (;;) {
		enum err err = decode_pair(&query, arena, &at, &value);
		if (err == ERR_NOT_FOUND)
			break;
		if (err != OK)
			return err;
		if (!text_equal_str(at, name))
			continue;
		if (found.at != NULL)
			return ERR_MALFORMED;
		found = value;
	}
	*value_r = found;
	return OK;
}

enum err decode_text(
    struct text query, const char *name, size_t max, struct arena *arena, struct text *value_r)
{
	struct text value;
	enum err err = decode_query(query, name, arena, &value);
	if (err == OK && value.len > max)
		err = ERR_TOO_LARGE;
	if (err == OK && (!text_is_utf8(value.at, value.len) || text_has_control(value.at, value.len, false)))
		err = ERR_MALFORMED;
	if (err == OK)
		*value_r = value;
	return err;
}

bool decode_is_cookie(struct secret value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = value.at[i];
		if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
			return false;
	}
	return value.at != NULL;
}

struct secret decode_cookie(struct secret header, const char *name)
{
	struct secret found = { NULL, 0 };
	struct text rest = { (const char *)header.at, header.len };
	while (rest.at != NULL) {
		struct text value = decode_trim(decode_cut(&rest, ';'));
		if (!text_equal_str(decode_cut(&value, '='), name))
			continue;
		if (found.at != NULL) /* somebody put a second one there: neither is believed */
			return (struct secret){ NULL, 0 };
		found = (struct secret){ (unsigned char *)(uintptr_t)value.at, value.len };
	}
	return found.len > 0 && decode_is_cookie(found) ? found : (struct secret){ NULL, 0 };
}

/* "q=0.8" in thousandths; what cannot be read counts as nothing. */
static unsigned weight(struct text parameters)
{
	while (parameters.at != NULL) {
		struct text value = decode_trim(decode_cut(&parameters, ';'));
		if (!text_starts_with(value, "q="))
			continue;
		unsigned sum = 0, step = 1000;
		for (size_t i = 2; i < value.len && step > 0; i++) {
			if (value.at[i] == '.' && i == 3)
				continue;
			if (value.at[i] < '0' || value.at[i] > '9')
				return 0;
			sum += (unsigned)(value.at[i] - '0') * step;
			step /= 10;
		}
		return sum <= 1000 ? sum : 0;
	}
	return 1000;
}

static bool is_same(struct text text, const char *word, size_t len)
{
	return text.len == len && strncasecmp(text.at, word, len) == 0;
}

/* How closely a range names a type: 3 itself, 2 its first half, 1 everything, 0 not. */
static unsigned closeness(struct text range, const char *type)
{
	size_t half = strcspn(type, "/") + 1;
	if (is_same(range, type, strlen(type)))
		return 3;
	if (range.len == half + 1 && range.at[half] == '*' && strncasecmp(range.at, type, half) == 0)
		return 2;
	return text_equal_str(range, "*/*") ? 1 : 0;
}

unsigned decode_accept(struct text accept, const char *type)
{
	unsigned best = 0, wanted = 0;
	if (text_is_empty(accept))
		return 1000;
	while (accept.at != NULL) {
		struct text parameters = decode_cut(&accept, ',');
		struct text range = decode_trim(decode_cut(&parameters, ';'));
		unsigned close = closeness(range, type);
		if (close > best) {
			best = close;
			wanted = weight(parameters);
		}
	}
	return wanted;
}

bool decode_is_type(struct text header, const char *type)
{
	return is_same(decode_trim(decode_cut(&header, ';')), type, strlen(type));
}

bool decode_is_address(struct text address)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];
	if (address.len == 0 || address.len >= sizeof text)
		return false;
	memcpy(text, address.at, address.len);
	text[address.len] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}
