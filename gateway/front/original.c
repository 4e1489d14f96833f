#include "front/original.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool take_prefix(struct text *rest, const char *prefix)
{
	size_t len = strlen(prefix);
	if (rest->len < len || strncasecmp(rest->at, prefix, len) != 0)
		return false;
	*rest = (struct text){ rest->at + len, rest->len - len };
	return true;
}

static size_t count_of(struct text text, size_t from, const char *letters)
{
	size_t n = 0;
	while (from + n < text.len && text.at[from + n] != '\0' && strchr(letters, text.at[from + n]) != NULL)
		n++;
	return n;
}

/* How many bytes are host and port; 0 when they are neither. */
static size_t authority_of(struct text rest, size_t *host_len_r)
{
	static const char NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	bool literal = rest.len > 0 && rest.at[0] == '[';
	size_t host = literal ? count_of(rest, 1, "0123456789abcdefABCDEF:.") + 2 : count_of(rest, 0, NAME);
	if (literal && (host > rest.len || rest.at[host - 1] != ']'))
		return 0;
	if (host == 0)
		return 0;
	size_t len = host;
	if (len < rest.len && rest.at[len] == ':') {
		size_t digits = count_of(rest, len + 1, "0123456789");
		if (digits == 0 || digits > 5)
			return 0;
		len += 1 + digits;
	}
	*host_len_r = host;
	return len;
}

bool original_read(struct text url, struct arena *arena, struct original *original_r)
{
	struct text rest = url;
	bool secure = take_prefix(&rest, "https://");
	if (!secure && !take_prefix(&rest, "http://"))
		return false;
	size_t host = 0, len = authority_of(rest, &host);
	struct text port = { rest.at + host, len - host };
	struct text path = { rest.at + len, rest.len - len };
	if (len == 0 || len + 8 > ORIGINAL_ORIGIN_MAX ||
	    (path.len > 0 && path.at[0] != '/' && path.at[0] != '?'))
		return false;
	if (text_equal_str(port, secure ? ":443" : ":80"))
		port.len = 0;
	char *origin = arena_printf(
	    arena, "%s://%.*s%.*s", secure ? "https" : "http", (int)host, rest.at, TEXT_ARGS(port));
	if (origin == NULL)
		return false;
	for (char *at = origin; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	*original_r = (struct original){ text_of(origin), path, secure };
	if (path.len == 0 || path.at[0] == '?')
		original_r->path = TEXT_LITERAL("/");
	return true;
}
