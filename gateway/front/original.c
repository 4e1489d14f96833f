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

static int hex_of(char c)
{
	const char *digits = "0123456789abcdef",
		   *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

/* The path with its escapes read, in room of its size. false: one is none, or a character that no path has. */
static bool unescape(struct text path, char *room, struct text *plain_r)
{
	size_t len = 0;
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];
		if (c == '%') {
			int high = path.len - i > 2 ? hex_of(path.at[i + 1]) : -1;
			int low = high >= 0 ? hex_of(path.at[i + 2]) : -1;
			if (low < 0)
				return false;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		} else if (c == '#') {
			return false;
		}
		if (c < 0x20 || c == 0x7f || c == '\\')
			return false;
		room[len++] = (char)c;
	}
	*plain_r = (struct text){ room, len };
	return true;
}

/* The same as the most eager server reads it: no dots, no doubled slashes, no parameters behind a semicolon. In place. */
static struct text resolve(char *path, size_t len)
{
	size_t out = 0;
	for (size_t at = 0; at < len;) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t end = slash != NULL ? (size_t)(slash - path) : len;
		const char *behind = memchr(path + at, ';', end - at);
		size_t n = behind != NULL ? (size_t)(behind - path) - at : end - at;
		bool up = n == 2 && memcmp(path + at, "..", 2) == 0;
		if (up) {
			while (out > 0 && path[--out] != '/')
				continue;
		} else if (n > 0 && !(n == 1 && path[at] == '.')) {
			memmove(path + out + 1, path + at, n);
			path[out] = '/';
			out += n + 1;
		}
		at = end + 1;
	}
	return (struct text){ path, out };
}

#define OURS "/-/spom"

bool original_is_ours(struct text path)
{
	size_t len = strlen(OURS);
	return text_starts_with(path, OURS) && (path.len == len || strchr("/?", path.at[len]) != NULL);
}

/* Whether a path is read by everybody in one way, as far as that counts. */
static bool is_clear(struct text path, struct arena *arena)
{
	const char *mark = memchr(path.at, '?', path.len);
	struct text part = { path.at, mark != NULL ? (size_t)(mark - path.at) : path.len }, plain;
	char *room = arena_alloc(arena, part.len + 1);
	if (room == NULL || part.len > ORIGINAL_PATH_MAX || !unescape(part, room, &plain))
		return false;
	struct text resolved = resolve(room, plain.len);
	return !original_is_ours(resolved) || text_equal(resolved, part);
}

struct text original_join(struct text scheme, struct text host, struct text uri, struct arena *arena)
{
	struct text rest = { NULL, 0 };
	size_t host_len;
	bool known = text_equal_str(scheme, "https") || text_equal_str(scheme, "http");
	if (!known || host.len == 0 || authority_of(host, &host_len) != host.len ||
	    !text_starts_with(uri, "/"))
		return rest;
	return text_of(
	    arena_printf(arena, "%.*s://%.*s%.*s", TEXT_ARGS(scheme), TEXT_ARGS(host), TEXT_ARGS(uri)));
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
	return is_clear(original_r->path, arena);
}
