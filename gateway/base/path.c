#include "base/path.h"
#include <string.h>
#include <strings.h>

/* Whether text begins with one of the spellings of a slash or of something that browsers drop before one. */
static bool begins_like_host(struct text text)
{
	static const char *const SPELLINGS[] = { "/", "%2f", "%5c", "%09", "%0a", "%0d" };
	for (size_t i = 0; i < COUNT(SPELLINGS); i++) {
		size_t len = strlen(SPELLINGS[i]);
		if (text.len >= len && strncasecmp(text.at, SPELLINGS[i], len) == 0)
			return true;
	}
	return false;
}

bool path_is_local(struct text path)
{
	if (path.len == 0 || path.at[0] != '/')
		return false;
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];
		if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '#')
			return false;
	}
	return !begins_like_host((struct text){ path.at + 1, path.len - 1 });
}
