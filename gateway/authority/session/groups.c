#include <string.h>
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/session/session.h"

#define GROUPS_MAX 200u     /* of a session */
#define GROUPS_LEN_MAX 8192 /* all of them as text */

/* Groups as forward-auth hands them on: by comma, a comma within as %2C. What does not fit is left out, whole. */
static enum err join_groups(
    const struct group *groups, unsigned n, size_t max, struct arena *arena, struct text *groups_r)
{
	char *text = arena_alloc(arena, max + 1);
	size_t len = 0;
	if (text == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++) {
		struct text name = groups[i].name;
		size_t start = len;
		if (len + name.len * 3 + 1 > max)
			break;
		if (start > 0)
			text[len++] = ',';
		for (size_t j = 0; j < name.len; j++) {
			bool comma = name.at[j] == ',';
			memcpy(text + len, comma ? "%2C" : name.at + j, comma ? 3 : 1);
			len += comma ? 3 : 1;
		}
	}
	*groups_r = (struct text){ len > 0 ? text : NULL, len };
	return OK;
}

enum err session_read_groups(
    struct authority *authority, const struct person *person, struct arena *arena, struct text *groups_r)
{
	struct group *groups;
	unsigned n;
	bool more;
	enum err err = directory_groups(authority->directory, person, GROUPS_MAX, arena, &groups, &n, &more);
	return err == OK ? join_groups(groups, n, GROUPS_LEN_MAX, arena, groups_r) : err;
}

bool session_next_group(struct text *groups, char *room, struct text *name_r)
{
	size_t at = 0, len = 0;
	if (groups->len == 0)
		return false;
	while (at < groups->len && groups->at[at] != ',') {
		bool escaped = groups->len - at >= 3 && memcmp(groups->at + at, "%2C", 3) == 0;
		room[len++] = escaped ? ',' : groups->at[at];
		at += escaped ? 3 : 1;
	}
	room[len] = '\0';
	at += at < groups->len;
	*groups = (struct text){ groups->at + at, groups->len - at };
	*name_r = (struct text){ room, len };
	return true;
}

bool session_is_in(struct text groups, struct text name)
{
	for (size_t begin = 0; begin < groups.len;) {
		const char *comma = memchr(groups.at + begin, ',', groups.len - begin);
		size_t end = comma != NULL ? (size_t)(comma - groups.at) : groups.len;
		if (end - begin == name.len && memcmp(groups.at + begin, name.at, name.len) == 0)
			return true;
		begin = end + 1;
	}
	return false;
}

bool session_is_in_listed(struct text groups, const char *const *names, unsigned n)
{
	bool in = n == 0;
	for (unsigned i = 0; !in && i < n; i++)
		in = session_is_in(groups, text_of(names[i]));
	return in;
}

bool session_is_in_rows(struct text groups, const struct msg_value_row *rows, unsigned n)
{
	bool in = n == 0;
	for (unsigned i = 0; !in && i < n; i++)
		in = session_is_in(groups, rows[i].value);
	return in;
}
