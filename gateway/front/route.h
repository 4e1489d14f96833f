/* route.h - which path is answered by whom: the table of routes.def. */
#ifndef SPOM_FRONT_ROUTE_H
#define SPOM_FRONT_ROUTE_H
#include "front/front.h"

typedef void (*route_handler)(struct exchange *exchange);

enum route_needs {
	NEEDS_NOTHING,
	NEEDS_SESSION, /* a session's cookie; whether it is good, the authority says with the answer */
	NEEDS_EDGE,    /* the edge's secret */
};

struct route {
	enum role instance;
	enum method method;
	const char *path; /* "/static/" with a last slash: and everything below */
	enum route_needs needs;
	const char *asks; /* the message that it leads to; NULL when it has none, or several */
	const char *page; /* the template that it ends in; NULL */
	route_handler run;
	unsigned body_max; /* bytes */
};

enum route_outcome {
	ROUTE_UNKNOWN,
	ROUTE_OTHER_METHOD, /* the path is known */
	ROUTE_FOUND,
};

/* A HEAD finds the row of GET. */
enum route_outcome route_find(
    enum role instance, enum method method, struct text path, const struct route **route_r);

/* "GET, HEAD, POST": what may be done with a path; on the arena. */
struct text route_allow(enum role instance, struct text path, struct arena *arena);

/* All rows, for tests. */
const struct route *route_all(unsigned *n_r);

/* The handlers. */
void home_get(struct exchange *exchange);
void login_get(struct exchange *exchange);
void login_post(struct exchange *exchange);
void logout_post(struct exchange *exchange);
void statics_get(struct exchange *exchange);
void hand_over_get(struct exchange *exchange);
void check_get(struct exchange *exchange);
void check_page(struct exchange *exchange);
void check_ticket(struct exchange *exchange);
void metrics_get(struct exchange *exchange);
void health_live(struct exchange *exchange);
void health_ready(struct exchange *exchange);

#endif
