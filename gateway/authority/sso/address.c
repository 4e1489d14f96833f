#include "authority/sso/address.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define SPACE "cas:" /* apart from what finds services of other protocols */

/* --- what an address may be --------------------------------------------------------------------------------------- */

/* A query is the application's own; but what ends an attribute, or a backslash that browsers take for a slash, is nobody's. */
static bool is_visible(struct text whole)
{
	for (size_t i = 0; i < whole.len; i++)
		if (whole.at[i] <= 0x20 || whole.at[i] >= 0x7f || strchr("\\\"<>", whole.at[i]) != NULL)
			return false;
	return true;
}

/* Two hexadecimal digits that no program takes for more than a character. */
static bool is_plain_code(const char *digits)
{
	static const char *const ODD[] = { "2f", "5c", "25", "7f" };
	bool odd = digits[0] == '0' || digits[0] == '1';
	for (size_t i = 0; i < COUNT(ODD); i++)
		odd = odd || strncasecmp(digits, ODD[i], 2) == 0;
	return !odd && isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1]);
}

bool address_has_plain_path(const struct uri *uri)
{
	struct text path = uri->path;
	for (size_t i = 0; i < path.len; i++) {
		if (strchr("^`{|}", path.at[i]) != NULL)
			return false;
		if (path.at[i] == '%' && (path.len - i < 3 || !is_plain_code(path.at + i + 1)))
			return false;
	}
	return !uri_has_dots(uri);
}

static bool is_plain(const struct uri *uri)
{
	return is_visible(uri->whole) && uri_is_web(uri) && uri_has_host(uri) && uri->user.at == NULL &&
	       uri->fragment.at == NULL && address_has_plain_path(uri);
}

bool address_is_plain(struct text address)
{
	struct uri uri;
	uri_split(address, &uri);
	return is_plain(&uri);
}

/* --- what is registered ------------------------------------------------------------------------------------------- */

bool address_is_any_label(const struct uri *registered)
{
	return text_starts_with(registered->host, "*.");
}

/* Path and query. */
static struct text rest_of(const struct uri *uri)
{
	const char *end = uri->whole.at + uri->whole.len;
	return (struct text){ uri->path.at, (size_t)(end - uri->path.at) };
}

bool address_is_any_below(const struct uri *registered)
{
	struct text rest = rest_of(registered);
	return rest.len >= 2 && rest.len == registered->path.len &&
	       memcmp(rest.at + rest.len - 2, "/*", 2) == 0;
}

static bool is_loopback(const struct uri *uri)
{
	return text_equal_str(uri->scheme, "http") &&
	       (text_equal_str(uri->host, "127.0.0.1") || text_equal_str(uri->host, "[::1]"));
}

/* From the first dot on: what stands behind any label. */
static struct text parent_of(struct text host)
{
	const char *dot = host.len > 0 && host.at[0] != '[' ? memchr(host.at, '.', host.len) : NULL;
	size_t before = dot != NULL ? (size_t)(dot - host.at) : host.len;
	return (struct text){ host.at + before, host.len - before };
}

static bool is_same_host(const struct uri *registered, const struct uri *uri)
{
	if (!address_is_any_label(registered))
		return text_equal(registered->host, uri->host);
	return text_equal(parent_of(registered->host), parent_of(uri->host));
}

static bool is_same_port(const struct uri *registered, const struct uri *uri)
{
	bool both = (registered->port.at == NULL) == (uri->port.at == NULL);
	return is_loopback(registered) || (both && text_equal(registered->port, uri->port));
}

bool address_is_of(struct text registered, struct text address)
{
	struct uri of, uri;
	uri_split(registered, &of);
	uri_split(address, &uri);
	if (registered.at == NULL || !is_plain(&uri) || !text_equal(of.scheme, uri.scheme))
		return false;
	struct text wanted = rest_of(&of), rest = rest_of(&uri);
	if (!is_same_host(&of, &uri) || !is_same_port(&of, &uri))
		return false;
	if (!address_is_any_below(&of))
		return text_equal(wanted, rest);
	return rest.len >= wanted.len - 1 && memcmp(rest.at, wanted.at, wanted.len - 1) == 0;
}

/* --- how it is found ---------------------------------------------------------------------------------------------- */

/* any: the first label is any. below: what stands there ends with any path. */
static struct text find_of(const struct uri *uri, bool any, struct text rest, bool below, struct arena *arena)
{
	struct text host = any ? parent_of(uri->host) : uri->host, port = uri->port;
	bool has_port = port.at != NULL && !is_loopback(uri);
	return text_of(arena_printf(arena, SPACE "%.*s://%s%.*s%s%.*s%.*s%s", TEXT_ARGS(uri->scheme),
	    any ? "*" : "", TEXT_ARGS(host), has_port ? ":" : "", has_port ? (int)port.len : 0,
	    has_port ? port.at : "", TEXT_ARGS(rest), below ? "*" : ""));
}

struct text address_find(struct text registered, struct arena *arena)
{
	struct uri uri;
	uri_split(registered, &uri);
	if (registered.at == NULL)
		return registered;
	return find_of(&uri, false, rest_of(&uri), false, arena);
}

struct finds {
	const struct uri *uri;
	struct arena *arena;
	struct text *texts;
	unsigned n;
	bool failed;
};

static void add(struct finds *finds, bool any, struct text rest, bool below)
{
	if (rest.len > ADDRESS_MAX) /* no registered one is that long */
		return;
	struct text find = find_of(finds->uri, any, rest, below, finds->arena);
	finds->failed |= find.at == NULL;
	finds->texts[finds->n++] = find;
}

/* The slashes of a path up to which others may be registered; how many. */
static unsigned slashes_of(struct text path, size_t slashes[ADDRESS_SLASHES_MAX])
{
	unsigned n = 0;
	for (size_t i = 0; i < path.len && n < ADDRESS_SLASHES_MAX; i++)
		if (path.at[i] == '/')
			slashes[n++] = i;
	return n;
}

static void add_all(struct finds *finds, bool any)
{
	const struct uri *uri = finds->uri;
	size_t slashes[ADDRESS_SLASHES_MAX];
	unsigned n = slashes_of(uri->path, slashes);
	add(finds, any, rest_of(uri), false);
	while (n-- > 0)
		add(finds, any, (struct text){ uri->path.at, slashes[n] + 1 }, true);
}

enum err address_finds(
    struct text address, struct arena *arena, struct text finds_r[ADDRESS_FINDS_MAX], unsigned *n_r)
{
	struct uri uri;
	struct finds finds = { .uri = &uri, .arena = arena, .texts = finds_r };
	uri_split(address, &uri);
	if (!is_plain(&uri))
		return ERR_MALFORMED;
	add_all(&finds, false);
	if (parent_of(uri.host).len > 0)
		add_all(&finds, true);
	*n_r = finds.n;
	return finds.failed ? ERR_NO_MEMORY : OK;
}
