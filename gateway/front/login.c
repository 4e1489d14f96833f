/* login.c - GET and POST of /login. Front checks syntax only: who may come in is decided behind the gate. */
#include "front/login.h"
#include "base/enc.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/portal.h"
#include "front/route.h"
#include "front/show.h"

#define COOKIE_S 3600 /* the seal inside says when it really ends */

void login_cookie(struct exchange *x, struct secret cookie)
{
	reply_cookie(x->reply, request_login_name(x->request->secure), cookie, x->request->secure, COOKIE_S);
}

static struct text query_value(const struct exchange *x, const char *name, size_t max)
{
	struct text value;
	bool good = decode_text(x->request->query, name, max, x->request->arena, &value) == OK;
	return good ? value : (struct text){ NULL, 0 };
}

/* Somebody who leaves another's sign-in behind, by the link on its pages. */
static bool is_left_behind(const struct exchange *x)
{
	return text_equal_str(query_value(x, "again", 8), "1");
}

/* The act of an address like "/login?act=..."; false when it is none. */
static bool read_act(const struct exchange *x, struct id *act_r)
{
	struct text act;
	if (decode_query(x->request->query, "act", x->request->arena, &act) != OK)
		return false;
	return act.at == NULL || enc_from_base64url(act.at, act.len, act_r->bytes, sizeof act_r->bytes) == OK;
}

static const struct msg_login_started *begin(
    struct exchange *x, struct text next, bool fresh, const struct id *act)
{
	struct msg_login_start start = {
		.act = *act,
		.cookie = is_left_behind(x) ? (struct secret){ NULL, 0 } : x->request->login,
		.next = next,
		.session = x->request->session,
		.fresh = fresh,
	};
	const struct msg_login_started *started =
	    show_ask(x, WIRE(login_start, &start), wire_msg_login_started());
	if (started != NULL)
		login_cookie(x, started->cookie);
	return started;
}

const struct msg_login_started *login_begin(struct exchange *x, struct text next, bool fresh)
{
	return begin(x, next, fresh, &(struct id){ { 0 } });
}

struct text login_next(const struct exchange *x)
{
	struct text next = query_value(x, "next", 2000);
	return show_may_lead_to(x->front, next) ? next : (struct text){ NULL, 0 };
}

struct msg_login_intro login_intro(
    const struct exchange *x, struct secret cookie, struct secret csrf, struct text ask)
{
	return (struct msg_login_intro){
		.cookie = cookie,
		.csrf = csrf,
		.ask = ask,
		.next = login_next(x),
		.session = x->request->session,
		.address = x->request->address,
		.browser = x->request->browser,
		.origin = x->request->origin,
		.front = text_of(WIRE_ENUM_TEXT(role, x->front->instance)),
		.device = x->request->device,
	};
}

void login_get(struct exchange *x)
{
	struct login_view view = { .status = 200, .next = login_next(x), .done = portal_done(x) };
	struct id act = { { 0 } };
	oidc_speak_for(x, view.next);
	if (!read_act(x, &act)) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	if (!wire_id_is_zero(&act) && x->request->session.at == NULL) {
		show_sign_in(x);
		return;
	}
	const struct msg_login_started *started = begin(x, view.next, false, &act);
	if (started == NULL)
		return;
	if (!started->pending) {
		login_show_password(x, started, &view);
		return;
	}
	struct msg_login_intro intro = login_intro(x, started->cookie, started->csrf, started->id);
	struct msg_turn turn = { .user = started->user, .intro = &intro };
	login_turn(x, &turn, (struct text){ NULL, 0 });
}

/* A script need not tell which ask it answers as long as there is only the first one. */
static bool find_ask(struct exchange *x, struct msg_login_form *form)
{
	if (form->ask.at != NULL)
		return true;
	struct msg_login_start start = { .cookie = x->request->login, .next = login_next(x), .fresh = true };
	const struct msg_login_started *started =
	    show_ask(x, WIRE(login_start, &start), wire_msg_login_started());
	if (started != NULL)
		form->ask = started->id;
	return started != NULL;
}

static bool read_form(struct exchange *x, struct msg_login_form *form)
{
	enum err err = request_form(x->request, wire_msg_login_form(), form);
	if (err == OK && x->request->csrf.at != NULL)
		form->csrf = x->request->csrf;
	bool answers = form->answer.at != NULL || (form->user.at != NULL && form->password.at != NULL);
	if (err == OK && answers)
		return true;
	show_unread(x, err);
	return false;
}

/* A page on which the new password could not be shown asked for it twice. */
static bool is_same(const struct msg_login_form *form)
{
	return form->again.at == NULL || secret_equal(form->again, form->answer);
}

void login_post(struct exchange *x)
{
	struct msg_login_form form = { .ask = { NULL, 0 } };
	oidc_speak_for(x, login_next(x));
	if (!read_form(x, &form))
		return;
	if (x->request->login.at == NULL) {
		struct msg_login_denied expired = { .text = TEXT_LITERAL("form_expired") };
		login_show_denied(x, &expired, form.user);
		return;
	}
	if (!find_ask(x, &form))
		return;
	struct msg_login_intro intro = login_intro(x, x->request->login, form.csrf, form.ask);
	struct msg_login_answer reply = {
		.id = form.ask,
		.answer = form.answer.at != NULL ? form.answer : form.password,
		.old = form.old,
		.name = form.name,
	};
	struct msg_turn turn = { form.user, &intro, is_same(&form) ? &reply : NULL };
	login_turn(x, &turn, turn.reply == NULL ? TEXT_LITERAL("not_same") : (struct text){ NULL, 0 });
}
