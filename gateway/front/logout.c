#include "front/logout.h"
#include "front/route.h"
#include "front/show.h"

void logout_forget(struct exchange *x)
{
	bool secure = x->request->secure;
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
	logout.session = request->session; /* whatever the form said */
	if (request->csrf.at != NULL)
		logout.csrf = request->csrf;
	const struct msg_done *done = NULL;
	if (logout.session.at != NULL && (done = show_ask(x, WIRE(logout, &logout), wire_msg_done())) == NULL)
		return;
	logout_done(x, done != NULL ? done->next : (struct text){ NULL, 0 });
}
