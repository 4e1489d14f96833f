#include "front/route.h"
#include <string.h>
#include "text/out.h"

#define ROUTE(i, m, path, needs, asks, page, run, max) \
	{ ROLE_##i, METHOD_##m, path, NEEDS_##needs, #asks, page, run, max, NULL, NULL, NULL },
#define PAGE(path, asks, page) \
	{ ROLE_DOOR, METHOD_GET, path, NEEDS_SESSION, #asks, page, portal_page, 0, NULL, NULL, NULL },
#define FORM(path, asks, then, max) \
	{ ROLE_DOOR, METHOD_POST, path, NEEDS_SESSION, #asks, NULL, portal_form, max, then, NULL, NULL },
#define FEED(path, asks, rows, file) \
	{ ROLE_DOOR, METHOD_GET, path, NEEDS_SESSION, #asks, NULL, portal_feed, 0, NULL, rows, file },
static const struct route ROUTES[] = {
/* clang-format off */
#include "front/routes.def"
	/* clang-format on */
};
#undef ROUTE
#undef PAGE
#undef FORM
#undef FEED

const struct route *route_all(unsigned *n_r)
{
	*n_r = COUNT(ROUTES);
	return ROUTES;
}

bool route_next_value(const char **at, struct text *path, struct route_value *value_r)
{
	const char *open = strchr(*at, '{');
	const char *close = open != NULL ? strchr(open, '}') : NULL;
	size_t before = close != NULL ? (size_t)(open - *at) : 0;
	if (close == NULL || path->len <= before || memcmp(path->at, *at, before) != 0)
		return false;
	struct text value = { path->at + before, path->len - before };
	const char *slash = memchr(value.at, '/', value.len);
	if (slash != NULL)
		value.len = (size_t)(slash - value.at);
	if (value.len == 0)
		return false;
	value_r->name = (struct text){ open + 1, (size_t)(close - open) - 1 };
	value_r->value = value;
	*path = (struct text){ value.at + value.len, path->len - before - value.len };
	*at = close + 1;
	return true;
}

static bool matches_path(const char *pattern, struct text path)
{
	struct route_value value;
	size_t len = strlen(pattern);
	if (len > 1 && pattern[len - 1] == '/')
		return text_starts_with(path, pattern);
	while (route_next_value(&pattern, &path, &value))
		continue;
	return text_equal_str(path, pattern);
}

static bool matches(const struct route *route, enum role instance, struct text path)
{
	return route->instance == instance && matches_path(route->path, path);
}

const struct route *route_page(const char *path)
{
	for (size_t i = 0; i < COUNT(ROUTES); i++)
		if (ROUTES[i].run == portal_page && strcmp(ROUTES[i].path, path) == 0)
			return &ROUTES[i];
	return NULL;
}

bool route_speaks_oauth(const struct route *route)
{
	return route->instance == ROLE_BACK && text_starts_with(text_of(route->asks), "oidc_");
}

bool route_is_by_edge(const struct route *route)
{
	return route->needs == NEEDS_EDGE || route->needs == NEEDS_OPEN;
}

enum route_outcome route_find(
    enum role instance, enum method method, struct text path, const struct route **route_r)
{
	enum route_outcome outcome = ROUTE_UNKNOWN;
	enum method wanted = method == METHOD_HEAD ? METHOD_GET : method;
	for (size_t i = 0; i < COUNT(ROUTES); i++) {
		if (!matches(&ROUTES[i], instance, path))
			continue;
		outcome = ROUTE_OTHER_METHOD;
		*route_r = &ROUTES[i];
		if (ROUTES[i].method == wanted)
			return ROUTE_FOUND;
	}
	return outcome;
}

struct text route_allow(enum role instance, struct text path, struct arena *arena)
{
	struct out out = OUT(arena);
	struct text allow;
	for (size_t i = 0; i < COUNT(ROUTES); i++) {
		if (!matches(&ROUTES[i], instance, path))
			continue;
		out_str(&out, out.len > 0 ? ", " : "");
		out_str(&out,
		    ROUTES[i].method == METHOD_GET ? "GET, HEAD" : request_method_text(ROUTES[i].method));
	}
	return out_done(&out, &allow) ? allow : (struct text){ NULL, 0 };
}
