#include "text/compile/sheet.h"
#include <string.h>

struct squeezer {
	char *to;
	size_t n;
	bool blank; /* one is owed, if what comes next needs it */
};

/* Around these, blanks part nothing. Not ")" and "+", which need theirs in calc() and between a query and "and". */
static bool parts_by_itself(char c)
{
	return strchr("{};,>", c) != NULL;
}

static void put(struct squeezer *s, char c)
{
	char before = s->n > 0 ? s->to[s->n - 1] : '{';
	if (s->blank && !parts_by_itself(before) && !parts_by_itself(c) && before != ':')
		s->to[s->n++] = ' ';
	s->blank = false;
	if (c == '}' && before == ';')
		s->n--;
	s->to[s->n++] = c;
}

static size_t comment_len(struct text rest)
{
	const char *end = memmem(rest.at, rest.len, "*/", 2);
	return end != NULL ? (size_t)(end - rest.at) + 2 : rest.len;
}

static size_t string_len(struct text rest)
{
	const char *end = memchr(rest.at + 1, rest.at[0], rest.len - 1);
	return end != NULL ? (size_t)(end - rest.at) + 1 : rest.len;
}

static void put_string(struct squeezer *s, const char *at, size_t len)
{
	put(s, at[0]);
	memcpy(s->to + s->n, at + 1, len - 1);
	s->n += len - 1;
}

bool sheet_squeeze(struct text sheet, struct arena *arena, struct text *squeezed_r)
{
	struct squeezer s = { .to = arena_alloc(arena, sheet.len + 1) };
	if (s.to == NULL)
		return false;
	for (size_t i = 0, len; i < sheet.len; i += len) {
		struct text rest = { sheet.at + i, sheet.len - i };
		len = 1;
		if (text_starts_with(rest, "/*"))
			len = comment_len(rest);
		else if (rest.at[0] == '"' || rest.at[0] == '\'')
			put_string(&s, rest.at, len = string_len(rest));
		else if (strchr(" \t\n", rest.at[0]) != NULL)
			s.blank = true;
		else
			put(&s, rest.at[0]);
	}
	s.to[s.n] = '\0';
	*squeezed_r = (struct text){ s.to, s.n };
	return true;
}
