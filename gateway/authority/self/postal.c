#include "authority/self/postal.h"
#include <string.h>

/* What stands for $ and \ within a line: a backslash and their hexadecimal code. */
static const struct {
	char is;
	char code[4];
} ESCAPED[] = { { '$', "\\24" }, { '\\', "\\5c" } };
#define CODE_LEN 3u

/* The character of an escape at the beginning of rest; NUL: there is none. */
static char escaped(struct text rest)
{
	for (size_t i = 0; i < COUNT(ESCAPED); i++)
		if (rest.len >= CODE_LEN && strncasecmp(rest.at, ESCAPED[i].code, CODE_LEN) == 0)
			return ESCAPED[i].is;
	return '\0';
}

enum err postal_read(struct text value, struct arena *arena, struct text *lines_r)
{
	char *lines = arena_alloc(arena, value.len + 1);
	size_t n = 0;
	if (lines == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < value.len; i++) {
		char c = escaped((struct text){ value.at + i, value.len - i });
		if (c != '\0')
			i += CODE_LEN - 1;
		else
			c = value.at[i] == '$' ? '\n' : value.at[i];
		lines[n++] = c;
	}
	*lines_r = (struct text){ lines, n };
	return OK;
}

static struct text next_line(struct text *rest)
{
	const char *end = memchr(rest->at, '\n', rest->len);
	struct text line = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len };
	size_t taken = line.len + (end != NULL);
	*rest = (struct text){ rest->at + taken, rest->len - taken };
	while (line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
		line = (struct text){ line.at + 1, line.len - 1 };
	while (line.len > 0 && (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\t'))
		line.len--;
	return line;
}

static size_t put_line(struct text line, char *to)
{
	size_t n = 0;
	for (size_t i = 0; i < line.len; i++) {
		const char *code = NULL;
		for (size_t k = 0; k < COUNT(ESCAPED); k++)
			if (line.at[i] == ESCAPED[k].is)
				code = ESCAPED[k].code;
		memcpy(to + n, code != NULL ? code : &line.at[i], code != NULL ? CODE_LEN : 1);
		n += code != NULL ? CODE_LEN : 1;
	}
	return n;
}

enum err postal_write(struct text lines, struct arena *arena, struct text *value_r)
{
	char *value = arena_alloc(arena, lines.len * CODE_LEN + 1);
	size_t n = 0;
	if (value == NULL)
		return ERR_NO_MEMORY;
	while (lines.len > 0) {
		struct text line = next_line(&lines);
		if (line.len == 0)
			continue;
		if (n > 0)
			value[n++] = '$';
		n += put_line(line, value + n);
	}
	*value_r = (struct text){ value, n };
	return OK;
}
