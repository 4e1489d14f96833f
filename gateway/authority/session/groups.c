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
