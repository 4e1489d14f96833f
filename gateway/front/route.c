#include "front/route.h"
#include <string.h>
#include "text/out.h"

#define ROUTE(i, m, path, needs, asks, page, run, max) \
	{ ROLE_##i, METHOD_##m, path, NEEDS_##needs, #asks, page, run, max },
static const struct route ROUTES[] = {
/* clang-format off */
#include "front/routes.def"
	/* clang-format on */
};
#undef ROUTE

const struct route *route_all(unsigned *n_r)
{
	*n_r = COUNT(ROUTES);
	return ROUTES;
}

static bool matches(const struct route *route, enum role instance, struct text path)
{
	size_t len = strlen(route->path);
	if (route->instance != instance)
		return false;
	bool is_folder = len > 1 && route->path[len - 1] == '/';
	return is_folder ? text_starts_with(path, route->path) : text_equal_str(path, route->path);
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
		if (ROUTES[i].method == wanted) {
			*route_r = &ROUTES[i];
			return ROUTE_FOUND;
		}
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
