#include "authority/sso/uri.h"
#include <string.h>
#include <strings.h>

/* The first of these characters in the text, or its end. */
static size_t find(struct text text, const char *wanted)
{
	size_t at = 0;
	while (at < text.len && (text.at[at] == '\0' || strchr(wanted, text.at[at]) == NULL))
		at++;
	return at;
}

static struct text take(struct text *rest, size_t len)
{
	struct text taken = { rest->at, len };
	rest->at += len;
	rest->len -= len;
	return taken;
}

/* [user@]host[:port], by the last @ as browsers read it. */
static void split_authority(struct text authority, struct uri *uri)
{
	const char *at = memrchr(authority.at, '@', authority.len);
	if (at != NULL) {
		uri->user = take(&authority, (size_t)(at - authority.at));
		(void)take(&authority, 1);
	}
	bool bracket = authority.len > 0 && authority.at[0] == '[';
	size_t skip = bracket ? find(authority, "]") : 0;
	struct text behind = { authority.at + skip, authority.len - skip };
	uri->host = take(&authority, skip + find(behind, ":"));
	if (authority.len > 0) {
		(void)take(&authority, 1);
		uri->port = authority;
	}
}

void uri_split(struct text whole, struct uri *uri_r)
{
	struct uri uri = { .whole = whole };
	struct text rest = whole;
	size_t colon = find(rest, ":/?#");
	if (whole.at == NULL)
		rest = TEXT_LITERAL("");
	if (colon < rest.len && rest.at[colon] == ':') {
		uri.scheme = take(&rest, colon);
		(void)take(&rest, 1);
	}
	if (text_starts_with(rest, "//")) {
		(void)take(&rest, 2);
		split_authority(take(&rest, find(rest, "/?#")), &uri);
	}
	uri.path = take(&rest, find(rest, "?#"));
	(void)take(&rest, find(rest, "#"));
	if (rest.len > 0) {
		(void)take(&rest, 1);
		uri.fragment = rest;
	}
	*uri_r = uri;
}

bool uri_is_web(const struct uri *uri)
{
	return text_equal_str(uri->scheme, "https") || text_equal_str(uri->scheme, "http");
}

bool uri_consists_of(struct text text, const char *also)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!plain && (c == '\0' || strchr(also, c) == NULL))
			return false;
	}
	return true;
}

bool uri_is_host(struct text host)
{
	if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		return uri_consists_of((struct text){ host.at + 1, host.len - 2 }, ":.");
	return host.len > 0 && host.at[0] != '.' && uri_consists_of(host, "-.");
}

bool uri_has_host(const struct uri *uri)
{
	unsigned long long port = 0;
	bool is_port = text_to_number(uri->port, 65535, &port) && port > 0;
	return uri_is_host(uri->host) && (uri->port.at == NULL || is_port);
}

/* A dot at the beginning of the text: how many characters it has, or 0. */
static size_t dot(struct text text)
{
	if (text.len > 0 && text.at[0] == '.')
		return 1;
	return text.len >= 3 && strncasecmp(text.at, "%2e", 3) == 0 ? 3 : 0;
}

/* Also with parameters behind them, which some servers take away first. */
static bool is_dots(struct text segment)
{
	size_t first = dot(segment);
	(void)take(&segment, first);
	(void)take(&segment, dot(segment));
	return first > 0 && (segment.len == 0 || segment.at[0] == ';');
}

bool uri_has_dots(const struct uri *uri)
{
	struct text rest = uri->path;
	while (rest.len > 0) {
		struct text segment = take(&rest, find(rest, "/"));
		if (segment.len > 0 && is_dots(segment))
			return true;
		(void)take(&rest, rest.len > 0);
	}
	return false;
}
