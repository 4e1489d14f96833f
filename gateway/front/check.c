/* check.c - forward-auth: may this request pass, and who is it? The only thing that the instance check does.
 *
 * /check answers the edge, /check/page the browser, in the edge's place; /check/forward an edge that lets the browser have the answer. All
 * say the same; where there is nobody, or where more is to be proved, the way leads over the portal's /hand-over to the ticket, on the
 * application's own host. */
#include "base/path.h"
#include "front/application.h"
#include "front/decode.h"
#include "front/original.h"
#include "front/route.h"
#include "front/show.h"
#include "text/escape.h"

#define TOKEN_MAX 64u   /* of tickets and nonces, as on the wire */
#define COOKIE_MAX 128u /* of an application's cookie, likewise */

/* A value as a header field: UTF-8 without control characters. */
static void add(struct exchange *x, const char *name, struct text value)
{
	char *clean = arena_alloc(x->request->arena, value.len + 1);
	size_t n = 0;
	if (clean == NULL || value.len == 0)
		return;
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] >= 0x20 && value.at[i] != 0x7f)
			clean[n++] = value.at[i];
	reply_header(x->reply, name, (struct text){ clean, n });
}

static void allowed(struct exchange *x, const struct msg_check_verdict *verdict)
{
	add(x, "Remote-User", verdict->user);
	add(x, "Remote-Name", verdict->name);
	add(x, "Remote-Email", verdict->email);
	add(x, "Remote-Groups", verdict->groups);
	add(x, "Remote-AMR", verdict->amr);
	add(x, "Remote-JWT", (struct text){ (const char *)verdict->token.at, verdict->token.len });
	x->reply->status = 200;
}

static struct secret cookie_of(const struct exchange *x, const char *name, size_t max)
{
	struct secret value = decode_cookie(x->request->cookies, name);
	return value.len <= max ? value : (struct secret){ NULL, 0 };
}

/* The address that the edge names. false: the reply says that it is none. */
static bool read_original(struct exchange *x, struct original *original_r)
{
	bool good = original_read(x->request->original, x->request->arena, original_r);
	if (!good)
		show_fault(x, FAULT_ADDRESS, 0);
	return good;
}

/* NULL: the reply says why not. */
static const struct msg_check_verdict *ask(
    struct exchange *x, struct secret ticket, const struct original *original)
{
	const struct request *request = x->request;
	bool secure = original->secure;
	struct msg_check check = {
		.origin = original->origin,
		.portal = request->origin,
		.session = cookie_of(x, request_session_name(secure), TOKEN_MAX),
		.application = cookie_of(x, application_cookie_name(secure), COOKIE_MAX),
		.nonce = cookie_of(x, application_nonce_name(secure), TOKEN_MAX),
		.ticket = ticket,
		.address = ticket.at != NULL ? request->address : (struct text){ NULL, 0 },
	};
	return show_ask(x, WIRE(check, &check), wire_msg_check_verdict());
}

/* The same of the address that the edge names, without a ticket. */
static const struct msg_check_verdict *ask_original(struct exchange *x, struct original *original_r)
{
	return read_original(x, original_r) ? ask(x, (struct secret){ NULL, 0 }, original_r) : NULL;
}

/* Where the way to the application begins. */
static struct text way_in(
    struct exchange *x, const struct original *original, const struct msg_check_verdict *verdict)
{
	struct out out = OUT(x->request->arena), next = OUT(x->request->arena);
	struct text to, path;
	out_text(&out, verdict->portal);
	if (verdict->challenge.at == NULL) {
		out_str(&out, "/login");
		return out_done(&out, &to) ? to : (struct text){ NULL, 0 };
	}
	escape_percent(&next, original->path);
	bool kept = path_is_local(original->path) && out_done(&next, &path) && path.len <= ORIGINAL_NEXT_MAX;
	out_str(&out, "/hand-over?to=");
	escape_percent(&out, original->origin);
	out_str(&out, "&nonce=");
	out_text(&out, verdict->challenge);
	out_str(&out, "&next=");
	out_text(&out, kept ? path : TEXT_LITERAL("%2F"));
	return out_done(&out, &to) ? to : (struct text){ NULL, 0 };
}

/* Only who goes to a page is led away; a script, or a form whose content would be lost, is told that there is nobody. */
static bool may_lead(const struct request *request)
{
	bool reads = request->original_method == METHOD_GET || request->original_method == METHOD_HEAD;
	return reads && request->navigates && !request->wants_json;
}

/* There is nobody, or somebody who is to prove more. */
static bool has_way(const struct msg_check_verdict *verdict)
{
	return verdict->outcome == CHECK_SIGN_IN || verdict->outcome == CHECK_LEVEL ||
	       verdict->outcome == CHECK_ANEW;
}

/* true: the reply has the Location. */
static bool lead(struct exchange *x, const struct original *original, const struct msg_check_verdict *verdict)
{
	struct text to = { NULL, 0 };
	if (has_way(verdict) && may_lead(x->request))
		to = way_in(x, original, verdict);
	if (to.at == NULL)
		return false;
	reply_header(x->reply, "Location", to);
	if (verdict->nonce.at != NULL)
		reply_cookie(x->reply, application_nonce_name(original->secure), verdict->nonce,
		    original->secure, APPLICATION_NONCE_S);
	return true;
}

static void tell_closed(struct exchange *x, const struct msg_check_verdict *verdict)
{
	if (verdict->outcome == CHECK_SIGN_IN)
		show_fault(x, FAULT_SIGN_IN, 0);
	else
		application_closed(x, verdict);
}

void check_get(struct exchange *x)
{
	struct original original;
	const struct msg_check_verdict *verdict = ask_original(x, &original);
	if (verdict == NULL)
		return;
	if (verdict->outcome == CHECK_ALLOWED) {
		allowed(x, verdict);
	} else {
		(void)lead(x, &original, verdict);
		tell_closed(x, verdict);
	}
}

/* For the browser itself. */
static void close_page(
    struct exchange *x, const struct original *original, const struct msg_check_verdict *verdict)
{
	if (lead(x, original, verdict))
		x->reply->status = 303;
	else
		tell_closed(x, verdict);
}

/* 303 to the same host. */
static void go_on(struct exchange *x, const struct original *original, struct text path)
{
	struct out out = OUT(x->request->arena);
	struct text to;
	out_text(&out, original->origin);
	out_text(&out, path_is_local(path) ? path : TEXT_LITERAL("/"));
	if (!out_done(&out, &to)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	reply_header(x->reply, "Location", to);
	x->reply->status = 303;
}

/* Somebody may have signed in between the edge's question and this one: then a page is simply asked for again. */
void check_page(struct exchange *x)
{
	struct original original;
	const struct msg_check_verdict *verdict = ask_original(x, &original);
	if (verdict == NULL)
		return;
	if (verdict->outcome == CHECK_ALLOWED && may_lead(x->request))
		go_on(x, &original, original.path);
	else if (verdict->outcome == CHECK_ALLOWED)
		show_fault(x, FAULT_BUSY, 0);
	else
		close_page(x, &original, verdict);
}

static struct secret ticket_of(const struct exchange *x, struct text query)
{
	struct text value;
	if (decode_query(query, "t", x->request->arena, &value) != OK || value.len > TOKEN_MAX)
		return (struct secret){ NULL, 0 };
	return (struct secret){ (unsigned char *)(uintptr_t)value.at, value.len };
}

static void take_ticket(struct exchange *x, const struct original *original, struct text query)
{
	struct secret ticket = ticket_of(x, query);
	if (x->request->original_method != METHOD_GET || ticket.len == 0) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	const struct msg_check_verdict *verdict = ask(x, ticket, original);
	if (verdict == NULL)
		return;
	if (verdict->outcome != CHECK_OPENED) {
		application_closed(x, verdict);
		return;
	}
	reply_cookie(
	    x->reply, application_cookie_name(original->secure), verdict->application, original->secure, 0);
	go_on(x, original, verdict->next);
}

void check_ticket(struct exchange *x)
{
	struct original original;
	if (read_original(x, &original))
		take_ticket(x, &original, x->request->query);
}

#define TICKET "/-/spom/ticket?"

/* For edges that hand any other answer than 2xx on to the browser as it is: all in one, the way back from the portal too. */
void check_forward(struct exchange *x)
{
	struct original original;
	const size_t len = sizeof TICKET - 1;
	if (!read_original(x, &original))
		return;
	if (text_starts_with(original.path, TICKET)) {
		take_ticket(x, &original, (struct text){ original.path.at + len, original.path.len - len });
		return;
	}
	if (original_is_ours(original.path)) {
		show_fault(x, FAULT_NOT_FOUND, 0);
		return;
	}
	const struct msg_check_verdict *verdict = ask(x, (struct secret){ NULL, 0 }, &original);
	if (verdict == NULL)
		return;
	if (verdict->outcome == CHECK_ALLOWED)
		allowed(x, verdict);
	else
		close_page(x, &original, verdict);
}
