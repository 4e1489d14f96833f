/* oidc_authorize.c - /oidc/authorize: reads the request, and carries the answer to the client by way of the browser. */
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"

#define ADDRESS "/oidc/authorize"

static bool read_request(const struct exchange *x, struct msg_oidc_authorize *ask)
{
	ask->session = x->request->session;
	ask->has_request = oidc_has(x, x->request->query, "request");
	return oidc_fill(x, x->request->query, wire_msg_oidc_authorize(), ask) == OK &&
	       oidc_read_mark(x, &ask->asked);
}

void oidc_authorize_get(struct exchange *x)
{
	struct msg_oidc_authorize ask = { .session = { NULL, 0 } };
	struct wire_any answer;
	oidc_speak(x, x->request->query);
	if (!read_request(x, &ask)) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	if (!show_ask_any(x, WIRE(oidc_authorize, &ask), &answer))
		return;
	if (answer.msg->tag == TAG_oidc_redirect)
		oidc_send_off(x, answer.at, ask.asked.at != NULL);
	else
		oidc_stay(x, ADDRESS, answer);
}

void oidc_authorize_post(struct exchange *x)
{
	oidc_as_address(x, ADDRESS, (struct text){ (const char *)x->request->body.at, x->request->body.len });
}
