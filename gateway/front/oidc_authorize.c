/* oidc_authorize.c - /oidc/authorize: reads the request, and carries the answer to the client by way of the browser. */
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"

#define ADDRESS "/oidc/authorize"

static enum err read_request(const struct exchange *x, struct msg_oidc_authorize *ask)
{
	ask->session = x->request->session;
	ask->language = view_language(x);
	oidc_look(x, x->request->query, ask);
	enum err err = oidc_fill(x, x->request->query, wire_msg_oidc_authorize(), ask);
	if (err == OK && !(oidc_read_mark(x, &ask->asked) && oidc_read_consent(x, &ask->consented)))
		err = ERR_MALFORMED;
	return err;
}

void oidc_authorize_get(struct exchange *x)
{
	struct msg_oidc_authorize ask = { .session = { NULL, 0 } };
	struct wire_any answer;
	oidc_speak(x, x->request->query);
	enum err err = read_request(x, &ask);
	if (err != OK) {
		show_fault(x, err == ERR_TOO_LARGE ? FAULT_TOO_LARGE : FAULT_MALFORMED, 0);
		return;
	}
	if (!show_ask_any(x, WIRE(oidc_authorize, &ask), &answer))
		return;
	if (answer.msg->tag == TAG_oidc_redirect)
		oidc_send_off(x, answer.at, ask.asked.at != NULL || ask.consented.at != NULL);
	else
		oidc_stay(x, ADDRESS, answer);
}

void oidc_authorize_post(struct exchange *x)
{
	oidc_as_address(x, ADDRESS, (struct text){ (const char *)x->request->body.at, x->request->body.len });
}
