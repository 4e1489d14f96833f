#include "front/front.h"
#include <stdlib.h>
#include <string.h>
#include "front/route.h"
#include "front/show.h"
#include "front/theme.h"
#include "log/log.h"
#include "text/agent.h"
#include "text/out.h"

static enum err copy_config(struct dress *dress, const struct msg_front_config *from)
{
	const void *at;
	enum err err = wire_copy(WIRE(front_config, from), &dress->arena, &at);
	if (err != OK)
		return err;
	const struct msg_front_config *config = at;
	dress->config = config;
	bool usable = config->origins.n > 0 && config->threads > 0 && config->edge_secret.len > 0;
	return usable ? OK : ERR_MALFORMED;
}

static bool is_plain_address(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= 0x20 || text.at[i] == ';' || text.at[i] == ',' || text.at[i] == 0x7f)
			return false;
	return text.len > 0;
}

static void add_origin(struct out *out, struct text origin)
{
	if (!is_plain_address(origin))
		return;
	out_str(out, " ");
	out_text(out, origin);
}

/* Nothing but our own files; no inline script or style; forms lead to ourselves, and by redirect to our other origins, and to
 * the applications for whose sake people sign in. */
static enum err make_policy(struct dress *dress)
{
	struct out out = OUT(&dress->arena);
	struct text policy, logo = dress->config->logo;
	out_str(&out,
	    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'");
	if (text_starts_with(logo, "https://"))
		add_origin(&out, logo);
	out_str(&out, "; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
	for (uint32_t i = 0; i < dress->config->origins.n; i++)
		add_origin(&out, dress->config->origins.at[i].value);
	for (uint32_t i = 0; i < dress->config->applications.n; i++)
		add_origin(&out, dress->config->applications.at[i].origin);
	if (!out_done(&out, &policy))
		return ERR_NO_MEMORY;
	dress->policy = policy.at;
	return OK;
}

/* Help may be a sentence, a page's address or a mail address. */
static void make_help_link(struct dress *dress)
{
	struct text help = dress->config->help;
	if (!is_plain_address(help))
		return;
	if (text_starts_with(help, "https://") || text_starts_with(help, "http://"))
		dress->help_link = help;
	else if (memchr(help.at, '@', help.len) != NULL)
		dress->help_link = text_of(arena_printf(&dress->arena, "mailto:%.*s", TEXT_ARGS(help)));
}

static enum err fill_dress(struct dress *dress, const struct msg_front_config *config)
{
	enum err err = copy_config(dress, config);
	if (err == OK)
		err = theme_make(dress->config->colour, &dress->arena, &dress->theme, &dress->theme_path);
	if (err == OK)
		err = make_policy(dress);
	if (err == OK)
		make_help_link(dress);
	return err;
}

static void free_dresses(struct dress **dress)
{
	while (*dress != NULL) {
		struct dress *former = (*dress)->former;
		arena_done(&(*dress)->arena);
		free(*dress);
		*dress = former;
	}
}

static enum err put_on(struct front *front, const struct msg_front_config *config)
{
	CLEANUP(free_dresses) struct dress *dress = calloc(1, sizeof *dress);
	enum err err = dress != NULL ? fill_dress(dress, config) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	dress->former = front->newest;
	front->newest = dress;
	front->config = dress->config;
	front->dress = dress;
	dress = NULL;
	return OK;
}

enum err front_init(struct front *front, const struct msg_front_config *config)
{
	enum err err = put_on(front, config);
	if (err != OK)
		return err;
	unsigned turns = (unsigned)front->config->threads / 2;
	(void)sem_init(&front->turns, 0, turns > 0 ? turns : 1);
	return OK;
}

static bool same_origins(const struct msg_front_config *a, const struct msg_front_config *b)
{
	bool same = a->origins.n == b->origins.n;
	for (uint32_t i = 0; same && i < a->origins.n; i++)
		same = text_equal(a->origins.at[i].value, b->origins.at[i].value);
	return same;
}

static void tell_difference(const struct msg_front_config *old, const struct msg_front_config *config)
{
	const struct {
		const char *setting;
		bool same;
	} rows[] = {
		{ "port", old->port == config->port },
		{ "threads", old->threads == config->threads },
		{ "origin", same_origins(old, config) },
		{ "edge_secret_file", secret_equal(old->edge_secret, config->edge_secret) },
		{ "turn_timeout_ms", old->turn_timeout_ms == config->turn_timeout_ms },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!rows[i].same)
			log_line(LOG_LEVEL_WARNING, "setting_needs_restart", 0,
			    LOG_STR("setting", rows[i].setting));
}

enum err front_renew(struct front *front, const struct msg_front_config *config)
{
	const struct msg_front_config *old = front->config;
	struct msg_front_config next = *config;
	tell_difference(old, config);
	next.port = old->port;
	next.threads = old->threads;
	next.origins = old->origins;
	next.edge_secret = old->edge_secret;
	next.turn_timeout_ms = old->turn_timeout_ms;
	return put_on(front, &next);
}

void front_done(struct front *front)
{
	front->config = NULL;
	front->dress = NULL;
	free_dresses(&front->newest);
}

/* Its pages would not work in there, and it gets no repairs. 200: programs of that time show a page of their own instead of ours otherwise,
 * and do not hand the address on to a browser. */
static bool is_unsupported(const struct exchange *x)
{
	return x->front->instance == ROLE_DOOR && !x->request->wants_json && x->route->asks != NULL &&
	       strcmp(x->route->asks, "none") != 0 && agent_is_unsupported(x->request->browser);
}

static void show_unsupported(struct exchange *x)
{
	struct msg_unsupported_page page = { .browser = x->request->browser };
	show_page(x, 200, "unsupported", WIRE(unsupported_page, &page));
}

/* A page of another origin that is a client calls; it does not send the person here, who would be asked by the browser for a name and a password,
 * as if these were ours. */
static bool may_be_sent_by_others(const struct exchange *x)
{
	return x->route->needs == NEEDS_CLIENT || (x->route->needs == NEEDS_OPEN && !x->request->navigates);
}

static bool is_allowed(struct exchange *x)
{
	const struct request *request = x->request;
	if (request->is_astray && x->front->instance != ROLE_BACK)
		show_fault(x, FAULT_FORBIDDEN, 0);
	else if (is_unsupported(x))
		show_unsupported(x);
	else if (route_is_by_edge(x->route) && !request->from_edge)
		show_fault(x, FAULT_FORBIDDEN, 0);
	else if (x->route->needs == NEEDS_SESSION && request->session.at == NULL)
		show_sign_in(x);
	else if (request->method == METHOD_POST && request->cross_site && !may_be_sent_by_others(x))
		show_fault(x, FAULT_FORM, 0);
	else
		return true;
	return false;
}

/* For pages of every origin, and never with credentials (Fetch, section 3.2): what they send by themselves is all that they have. */
static void open_up(struct exchange *x)
{
	if (x->route->needs != NEEDS_OPEN)
		return;
	reply_header(x->reply, "Access-Control-Allow-Origin", TEXT_LITERAL("*"));
	reply_header(
	    x->reply, "Access-Control-Expose-Headers", TEXT_LITERAL("WWW-Authenticate, Retry-After"));
}

/* What a browser asks before it asks: a "*" for the fields would not stand for Authorization. */
static void allow_ahead(struct exchange *x)
{
	reply_header(x->reply, "Access-Control-Allow-Methods", TEXT_LITERAL("GET, POST"));
	reply_header(x->reply, "Access-Control-Allow-Headers", TEXT_LITERAL("Authorization, Content-Type"));
	reply_header(x->reply, "Access-Control-Max-Age", TEXT_LITERAL("7200"));
	x->reply->status = 200;
}

static void meet_other_method(struct exchange *x)
{
	const struct request *request = x->request;
	if (request->method == METHOD_OPTIONS && x->route->needs == NEEDS_OPEN && is_allowed(x)) {
		allow_ahead(x);
	} else if (x->reply->status == 0) {
		reply_header(
		    x->reply, "Allow", route_allow(x->front->instance, request->path, request->arena));
		show_fault(x, FAULT_METHOD, 0);
	}
}

bool front_admit(struct exchange *x, uint64_t length)
{
	const struct request *request = x->request;
	enum route_outcome outcome =
	    route_find(x->front->instance, request->method, request->path, &x->route);
	if (outcome == ROUTE_UNKNOWN) {
		show_fault(x, FAULT_NOT_FOUND, 0);
		return false;
	}
	open_up(x);
	if (outcome == ROUTE_FOUND && length <= x->route->body_max)
		return is_allowed(x);
	if (outcome == ROUTE_OTHER_METHOD)
		meet_other_method(x);
	else
		show_fault(x, FAULT_TOO_LARGE, 0);
	return false;
}

void front_serve(struct exchange *x)
{
	x->route->run(x);
	if (x->reply->status == 0)
		show_fault(x, FAULT_INTERNAL, 0);
}
