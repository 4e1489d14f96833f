#include "authority/directory/name.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text trim(struct text text)
{
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	while (text.len > 0 && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	return text;
}

enum err name_normalise(struct text typed, struct text *name_r)
{
	struct text name = trim(typed);
	if (name.len == 0 || name.len > NAME_MAX_BYTES)
		return ERR_MALFORMED;
	if (!text_is_utf8(name.at, name.len) || text_has_control(name.at, name.len, false))
		return ERR_MALFORMED;
	*name_r = name;
	return OK;
}
