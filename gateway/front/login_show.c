/* login_show.c - the sign-in as pages and as JSON. */
#include <string.h>
#include "front/login.h"
#include "front/show.h"
#include "text/escape.h"
#include "wire/json.h"

/* {"id":...,"kind":"notice",...}: the ask's own fields, and its kind. */
static void add_ask(struct exchange *x, struct wire_any ask, struct out *out)
{
	struct text json;
	if (wire_json_write(ask, x->request->arena, &json) != OK || json.len < 3) {
		out->failed = true;
		return;
	}
	out_str(out, "{\"kind\":");
	escape_json(out, text_of(ask.msg->name + strlen("ask_")));
	out_str(out, ",");
	out_bytes(out, json.at + 1, json.len - 1);
}

static void give(struct exchange *x, int status, struct out *out)
{
	struct text json;
	if (out_done(out, &json))
		show_json(x, status, json);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

static void json_password(
    struct exchange *x, const struct msg_login_started *started, const struct login_view *view)
{
	struct msg_ask_password ask = { .id = started->id, .csrf = started->csrf };
	struct out out = OUT(x->request->arena);
	out_str(&out, "{");
	if (view->denied.at != NULL) {
		out_str(&out, "\"denied\":");
		escape_json(&out, view->denied);
		out_str(&out, ",\"text\":");
		escape_json(&out, show_sentence(x, view->denied, 0, (struct text){ NULL, 0 }));
		if (view->retry_s > 0)
			out_format(&out, ",\"retry_s\":%llu", (unsigned long long)view->retry_s);
		out_str(&out, ",");
	}
	out_str(&out, "\"ask\":");
	add_ask(x, WIRE(ask_password, &ask), &out);
	out_str(&out, "}");
	give(x, view->status, &out);
}

void login_show_password(
    struct exchange *x, const struct msg_login_started *started, const struct login_view *view)
{
	if (x->request->wants_json) {
		json_password(x, started, view);
		return;
	}
	struct msg_login_page page = {
		.id = started->id,
		.csrf = started->csrf,
		.next = view->next,
		.user = view->user,
		.signed_in = started->signed_in,
		.onward = view->next.at != NULL ? view->next : TEXT_LITERAL("/"),
		.denied = view->denied,
		.mistyped = text_equal_str(view->denied, "sign_in_failed"),
		.retry_s = view->retry_s,
		.done = started->signed_in.at != NULL ? (struct text){ NULL, 0 } : view->done,
	};
	show_page(x, view->status, "login/password", WIRE(login_page, &page));
}

static void json_ask(struct exchange *x, int status, struct wire_any ask)
{
	struct out out = OUT(x->request->arena);
	out_str(&out, "{\"ask\":");
	add_ask(x, ask, &out);
	out_str(&out, "}");
	give(x, status, &out);
}

static void show_again(struct exchange *x, int status, const struct msg_ask_password *ask)
{
	struct msg_login_started started = { .id = ask->id, .csrf = ask->csrf };
	struct login_view view = {
		.status = status,
		.next = login_next(x),
		.user = ask->user,
		.denied = status == 409 ? TEXT_LITERAL("not_pending") : (struct text){ NULL, 0 },
	};
	login_show_password(x, &started, &view);
}

static void show_notice(struct exchange *x, int status, const struct msg_ask_notice *ask)
{
	struct msg_notice_page page = {
		.id = ask->id,
		.csrf = ask->csrf,
		.next = login_next(x),
		.text = ask->text,
		.name = ask->name,
		.count = ask->count,
		.person = ask->person,
	};
	show_page(x, status, "login/notice", WIRE(notice_page, &page));
}

/* The csrf value hangs on the browser's cookie. Where the ask brings a new cookie, it brings the value as well; else it is the
 * one that the browser sent. */
void login_show_ask(struct exchange *x, int status, struct wire_any ask, struct secret csrf)
{
	struct msg_ask_password password;
	struct msg_ask_notice notice;
	if (ask.msg->tag == TAG_ask_notice) {
		notice = *(const struct msg_ask_notice *)ask.at;
		if (notice.csrf.at == NULL)
			notice.csrf = csrf;
		if (notice.cookie.at != NULL)
			login_cookie(x, notice.cookie);
		notice.cookie = (struct secret){ NULL, 0 };
		if (x->request->wants_json)
			json_ask(x, status, WIRE(ask_notice, &notice));
		else
			show_notice(x, status, &notice);
	} else if (ask.msg->tag == TAG_ask_password) {
		password = *(const struct msg_ask_password *)ask.at;
		password.csrf = csrf;
		show_again(x, status, &password);
	} else {
		show_fault(x, FAULT_INTERNAL, 0);
	}
}

static int denied_status(const struct msg_login_denied *denied)
{
	static const struct {
		const char *text;
		int status;
	} STATUSES[] = {
		{ "busy", 503 },
		{ "directory_unreachable", 503 },
		{ "store_unreachable", 503 },
		{ "authority_unreachable", 503 },
		{ "not_pending", 409 },
		{ "malformed", 400 },
	};
	for (size_t i = 0; i < COUNT(STATUSES); i++)
		if (text_equal_str(denied->text, STATUSES[i].text))
			return STATUSES[i].status;
	return denied->retry_s > 0 ? 429 : 401;
}

void login_show_denied(struct exchange *x, const struct msg_login_denied *denied, struct text user)
{
	struct login_view view = {
		.status = denied_status(denied),
		.next = login_next(x),
		.user = user,
		.denied = denied->text,
		.retry_s = denied->retry_s,
	};
	const struct msg_login_started *started = login_begin(x, view.next, true);
	if (started == NULL)
		return;
	if (denied->retry_s > 0)
		reply_number(x->reply, "Retry-After", denied->retry_s);
	else if (view.status == 503)
		reply_number(x->reply, "Retry-After", 5);
	login_show_password(x, started, &view);
}

void login_show_done(struct exchange *x, const struct msg_claimed *claimed)
{
	bool secure = x->request->secure;
	struct text next = show_may_lead_to(x->front, claimed->next) ? claimed->next : TEXT_LITERAL("/");
	reply_cookie(x->reply, request_session_name(secure), claimed->session, secure, 0);
	reply_cookie(x->reply, request_login_name(secure), (struct secret){ NULL, 0 }, secure, 0);
	if (!x->request->wants_json) {
		show_redirect(x, next);
		return;
	}
	struct out out = OUT(x->request->arena);
	out_str(&out, "{\"done\":true,\"next\":");
	escape_json(&out, next);
	out_str(&out, ",\"csrf\":");
	escape_json(&out, (struct text){ (const char *)claimed->csrf.at, claimed->csrf.len });
	out_str(&out, "}");
	give(x, 200, &out);
}
