/* route.h - which path is answered by whom: the table of routes.def. */
#ifndef SPOM_FRONT_ROUTE_H
#define SPOM_FRONT_ROUTE_H
#include "front/front.h"

typedef void (*route_handler)(struct exchange *exchange);

enum route_needs {
	NEEDS_NOTHING,
	NEEDS_SESSION, /* a session's cookie; whether it is good, the authority says with the answer */
	NEEDS_EDGE,    /* the edge's secret */
	NEEDS_OPEN, /* the same; pages of every origin may ask and read the answer: no cookie counts there */
	NEEDS_CLIENT, /* nothing, and another site's page may send it as well: it changes nothing */
};

struct route {
	enum role instance;
	enum method method;
	const char *path; /* "/static/" with a last slash: and everything below; {name}: any one segment */
	enum route_needs needs;
	const char *asks; /* the message that it leads to; NULL when it has none, or several */
	const char *page; /* the template that it ends in; NULL */
	route_handler run;
	unsigned body_max; /* bytes */
	const char *then;  /* FORM: the page that it leads to; else NULL */
	const char *rows;  /* FEED: the list of the answer, */
	const char *file;  /* and under which name a browser keeps it; else NULL */
};

enum route_outcome {
	ROUTE_UNKNOWN,
	ROUTE_OTHER_METHOD, /* the path is known: *route_r is one of its rows */
	ROUTE_FOUND,
};

/* A HEAD finds the row of GET. */
enum route_outcome route_find(
    enum role instance, enum method method, struct text path, const struct route **route_r);

/* Whether its errors are those of OAuth 2.0 (RFC 6749 section 5.2): that of a path is said of all its rows. */
bool route_speaks_oauth(const struct route *route);

/* Whether the edge alone may ask. */
bool route_is_by_edge(const struct route *route);

/* "GET, HEAD, POST": what may be done with a path; on the arena. */
struct text route_allow(enum role instance, struct text path, struct arena *arena);

/* The page of a path that is a PAGE of the door; never fails for the `then` of a FORM. */
const struct route *route_page(const char *path);

/* The next {name} of a route's path, and what stands there in a path that it matches; *at begins with the route's path. false: there is
 * none any more. */
struct route_value {
	struct text name;
	struct text value;
};
bool route_next_value(const char **at, struct text *path, struct route_value *value_r);

/* All rows, for tests. */
const struct route *route_all(unsigned *n_r);

/* The handlers. */
void login_get(struct exchange *exchange);
void login_post(struct exchange *exchange);
void logout_post(struct exchange *exchange);
void signed_out_get(struct exchange *exchange);
void portal_page(struct exchange *exchange);
void portal_form(struct exchange *exchange);
void portal_feed(struct exchange *exchange);
void portal_photo(struct exchange *exchange);
void portal_logo(struct exchange *exchange);
void consent_post(struct exchange *exchange);
void statics_get(struct exchange *exchange);
void hand_over_get(struct exchange *exchange);
void check_get(struct exchange *exchange);
void check_forward(struct exchange *exchange);
void check_page(struct exchange *exchange);
void check_ticket(struct exchange *exchange);
void oidc_authorize_get(struct exchange *exchange);
void oidc_authorize_post(struct exchange *exchange);
void oidc_logout_get(struct exchange *exchange);
void oidc_logout_post(struct exchange *exchange);
void oidc_par_post(struct exchange *exchange);
void oidc_device_post(struct exchange *exchange);
void device_get(struct exchange *exchange);
void device_post(struct exchange *exchange);
void oidc_token_post(struct exchange *exchange);
void oidc_userinfo_any(struct exchange *exchange);
void oidc_introspect_post(struct exchange *exchange);
void oidc_revoke_post(struct exchange *exchange);
void oidc_register_post(struct exchange *exchange);
void oidc_discovery_get(struct exchange *exchange);
void oidc_keys_get(struct exchange *exchange);
void cas_login_get(struct exchange *exchange);
void cas_login_post(struct exchange *exchange);
void cas_logout_get(struct exchange *exchange);
void cas_logout_post(struct exchange *exchange);
void cas_validate_get(struct exchange *exchange);
void cas_service_validate_get(struct exchange *exchange);
void cas_proxy_get(struct exchange *exchange);
void saml_sso_get(struct exchange *exchange);
void saml_sso_post(struct exchange *exchange);
void saml_start_get(struct exchange *exchange);
void saml_slo_get(struct exchange *exchange);
void saml_slo_post(struct exchange *exchange);
void saml_metadata_get(struct exchange *exchange);
void metrics_get(struct exchange *exchange);
void health_live(struct exchange *exchange);
void health_ready(struct exchange *exchange);

#endif
