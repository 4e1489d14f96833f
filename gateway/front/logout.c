#include "front/logout.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"

void logout_forget(struct exchange *x)
{
	bool secure = x->request->secure;
	if (x->request->session.at ==
	    NULL) /* what was not sent, as with a form of another site, is not taken away */
		return;
	reply_cookie(x->reply, request_session_name(secure), (struct secret){ NULL, 0 }, secure, 0);
}

void logout_done(struct exchange *x, struct text next)
{
	struct text to = next.at != NULL ? next : TEXT_LITERAL("/login");
	logout_forget(x);
	if (x->request->wants_json)
		show_json(x, 200,
		    text_of(
			arena_printf(x->request->arena, "{\"done\":true,\"next\":\"%.*s\"}", TEXT_ARGS(to))));
	else
		show_redirect(x, next.at != NULL ? next : TEXT_LITERAL("/login?done=signed_out"));
}

void logout_post(struct exchange *x)
{
	const struct request *request = x->request;
	struct msg_logout logout = { .csrf = { NULL, 0 } };
	enum err err = request_form(request, wire_msg_logout(), &logout);
	if (err != OK) {
		show_unread(x, err);
		return;
	}
	if (request->csrf.at != NULL)
		logout.csrf = request->csrf;
	struct text next = { NULL, 0 };
	if (logout_end(x, &logout, &next))
		logout_done(x, next);
}

void logout_ask(struct exchange *x, const struct msg_leaving_page *page)
{
	if (x->request->wants_json)
		show_message(x, 200, WIRE(leaving_page, page));
	else
		show_page(x, 200, "leaving", WIRE(leaving_page, page));
}

bool logout_end(struct exchange *x, struct msg_logout *logout, struct text *next_r)
{
	logout->session = x->request->session; /* whatever the form said */
	if (logout->session.at == NULL)
		return true; /* what they wanted is so */
	const struct msg_done *done = show_ask(x, WIRE(logout, logout), wire_msg_done());
	if (done != NULL)
		*next_r = done->next;
	return done != NULL;
}

void logout_leave(struct exchange *x, struct text to, struct text next, bool shown)
{
	if (to.at == NULL) {
		logout_done(x, next);
		return;
	}
	logout_forget(x);
	if (next.at != NULL)
		signed_out_leave(x, next, to, to);
	else
		oidc_leave(x, to, shown);
}

void logout_of_service(struct exchange *x, const char *address, logout_confirmed confirmed)
{
	struct text body = { (const char *)x->request->body.at, x->request->body.len };
	struct msg_logout logout = { .csrf = { NULL, 0 } };
	if (!decode_is_type(x->request->content_type, "application/x-www-form-urlencoded"))
		logout_post(x);
	else if (oidc_fill(x, body, wire_msg_logout(), &logout) != OK)
		show_fault(x, FAULT_MALFORMED, 0);
	else if (logout.csrf.at != NULL && !x->request->cross_site)
		confirmed(x, body, &logout);
	else
		oidc_as_address(x, address, body);
}
