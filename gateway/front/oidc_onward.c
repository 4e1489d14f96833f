/* oidc_onward.c - back to the client: as a redirect, or as a page that goes on by itself. */
#include <string.h>
#include "front/oidc.h"
#include "front/show.h"
#include "text/escape.h"

#define PARAMETERS_MAX 6u

struct parameters {
	struct msg_onward_row rows[PARAMETERS_MAX];
	uint32_t n;
};

static void add(struct parameters *parameters, const char *name, struct text value)
{
	if (value.at != NULL)
		parameters->rows[parameters->n++] = (struct msg_onward_row){ text_of(name), value };
}

/* RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207. */
static void fill(const struct msg_oidc_redirect *redirect, struct parameters *parameters)
{
	if (redirect->code.at != NULL) {
		add(parameters, "code", (struct text){ (const char *)redirect->code.at, redirect->code.len });
	} else {
		add(parameters, "error", text_of(WIRE_ENUM_TEXT(oauth_error, redirect->error)));
		add(parameters, "error_description", redirect->error_description);
	}
	add(parameters, "state", redirect->state);
	add(parameters, "iss", redirect->iss);
}

static struct text address(
    struct text uri, enum response_mode mode, struct oidc_parameters parameters, struct arena *arena)
{
	struct text whole = { NULL, 0 };
	struct out out = OUT(arena);
	bool begun = mode == RESPONSE_QUERY && memchr(uri.at, '?', uri.len) != NULL;
	out_text(&out, uri);
	for (uint32_t i = 0; i < parameters.n; i++) {
		const char *first = mode == RESPONSE_FRAGMENT ? "#" : "?";
		out_str(&out, i > 0 || begun ? "&" : first);
		out_text(&out, parameters.rows[i].name);
		out_str(&out, "=");
		escape_percent(&out, parameters.rows[i].value);
	}
	return out_done(&out, &whole) ? whole : (struct text){ NULL, 0 };
}

/* scheme://host:port, or scheme: where there is no host (RFC 8252 section 7.1). */
struct text oidc_origin(struct text uri)
{
	const char *colon = memchr(uri.at, ':', uri.len);
	size_t end = colon != NULL ? (size_t)(colon - uri.at) + 1 : 0;
	if (end == 0 || uri.len - end < 2 || memcmp(uri.at + end, "//", 2) != 0)
		return (struct text){ uri.at, end };
	end += 2;
	while (end < uri.len && uri.at[end] != '/' && uri.at[end] != '?')
		end++;
	return (struct text){ uri.at, end };
}

struct text oidc_host(struct text uri)
{
	struct text origin = oidc_origin(uri);
	const char *host = memmem(origin.at, origin.len, "://", 3);
	size_t before = host != NULL ? (size_t)(host - origin.at) + 3 : 0;
	return (struct text){ origin.at + before, origin.len - before };
}

/* Browsers take it for a click of the person's, not for a part of the form that was sent before. */
void oidc_go_on_to(struct exchange *x, const char *when, struct text to)
{
	struct out out = OUT(x->request->arena);
	struct text value;
	out_str(&out, when);
	out_text(&out, to);
	if (out_done(&out, &value))
		reply_header(x->reply, "Refresh", value);
}

static void send_page(struct exchange *x, const struct msg_onward_page *page, struct text origin, bool shown)
{
	if (shown) {
		x->reply->leads_to = origin;
		if (!page->posts)
			oidc_go_on_to(x, "0;url=", page->to);
		show_page(x, 200, "onward", WIRE(onward_page, page));
	} else {
		x->reply->status = 303;
		reply_header(x->reply, "Location", page->to);
	}
}

/* What the form has: the state has a place of its own. False: memory is out. */
static bool fill_form(struct exchange *x, struct oidc_parameters parameters, struct msg_onward_page *page)
{
	struct msg_onward_row *rows = arena_array(x->request->arena, parameters.n + 1u, sizeof *rows);
	page->fields.at = rows;
	for (uint32_t i = 0; rows != NULL && i < parameters.n; i++) {
		if (text_equal_str(parameters.rows[i].name, "state"))
			page->state = parameters.rows[i].value;
		else
			rows[page->fields.n++] = parameters.rows[i];
	}
	return rows != NULL;
}

void oidc_carry(struct exchange *x, struct text to, enum response_mode mode,
    struct oidc_parameters parameters, bool shown)
{
	bool posts = mode == RESPONSE_FORM_POST;
	struct text origin = oidc_origin(to);
	struct msg_onward_page page = {
		.to = posts ? to : address(to, mode, parameters, x->request->arena),
		.host = oidc_host(origin),
		.posts = posts,
		.saml_message =
		    parameters.saml_request.at != NULL ? parameters.saml_request : parameters.saml_response,
		.saml_asks = parameters.saml_request.at != NULL,
		.left = parameters.left,
	};
	if (page.to.at == NULL || (posts && !fill_form(x, parameters, &page)))
		show_fault(x, FAULT_INTERNAL, 0);
	else
		send_page(x, &page, origin, posts || shown);
}

void oidc_send_off(struct exchange *x, const struct msg_oidc_redirect *redirect, bool shown)
{
	struct parameters parameters = { .n = 0 };
	fill(redirect, &parameters);
	oidc_carry(x, redirect->redirect_uri, redirect->mode,
	    (struct oidc_parameters){ .rows = parameters.rows, .n = parameters.n }, shown);
}

void oidc_leave(struct exchange *x, struct text to, bool shown)
{
	if (to.at == NULL) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	struct text origin = oidc_origin(to);
	const struct msg_onward_page page = { .to = to, .host = oidc_host(origin), .left = true };
	send_page(x, &page, origin, shown);
}
