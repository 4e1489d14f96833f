/* cas_login.c - /cas/login (CAS Protocol 3.0, section 2.1): reads the request, and carries the answer to the service by way of the browser. */
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"

#define ADDRESS "/cas/login"

/* How the ticket gets to the service: by redirect, or by a form; HEADER is not for browsers. */
static bool read_method(const struct exchange *x, enum response_mode *mode_r)
{
	struct text method;
	if (decode_query(x->request->query, "method", x->request->arena, &method) != OK)
		return false;
	bool posts = text_equal_str(method, "POST");
	*mode_r = posts ? RESPONSE_FORM_POST : RESPONSE_QUERY;
	return posts || text_is_empty(method) || text_equal_str(method, "GET");
}

static bool read_request(const struct exchange *x, struct msg_cas_login *ask, enum response_mode *mode_r)
{
	ask->session = x->request->session;
	ask->language = view_language(x);
	return oidc_fill(x, x->request->query, wire_msg_cas_login(), ask) == OK &&
	       oidc_read_mark(x, &ask->asked) && oidc_read_consent(x, &ask->consented) &&
	       read_method(x, mode_r);
}

static void send_back(
    struct exchange *x, const struct msg_cas_back *back, enum response_mode mode, bool shown)
{
	const struct msg_onward_row ticket = {
		.name = TEXT_LITERAL("ticket"),
		.value = { (const char *)back->ticket.at, back->ticket.len },
	};
	bool has_ticket = back->ticket.at != NULL;
	oidc_carry(x, back->service, has_ticket ? mode : RESPONSE_QUERY,
	    (struct oidc_parameters){ .rows = &ticket, .n = has_ticket }, shown);
}

void cas_login_get(struct exchange *x)
{
	struct msg_cas_login ask = { .session = { NULL, 0 } };
	enum response_mode mode;
	struct wire_any answer;
	if (!read_request(x, &ask, &mode))
		show_fault(x, FAULT_MALFORMED, 0);
	else if (ask.service.at == NULL) /* the portal itself, which asks who it is */
		show_redirect(x, TEXT_LITERAL("/"));
	else if (!show_ask_any(x, WIRE(cas_login, &ask), &answer))
		return;
	else if (answer.msg->tag == TAG_cas_back)
		send_back(x, answer.at, mode, ask.asked.at != NULL || ask.consented.at != NULL);
	else
		oidc_stay(x, ADDRESS, answer);
}

void cas_login_post(struct exchange *x)
{
	oidc_as_address(x, ADDRESS, (struct text){ (const char *)x->request->body.at, x->request->body.len });
}
