/* login_show.c - the sign-in as pages and as JSON. */
#include <string.h>
#include "front/decode.h"
#include "front/login.h"
#include "front/oidc.h"
#include "front/show.h"
#include "text/escape.h"
#include "wire/frame.h"
#include "wire/json.h"

#define DEVICE_S (400u * 24 * 3600) /* what browsers keep at most; the seal inside says when it really ends */

/* {"id":...,"kind":"notice",...}: the ask's own fields, and its kind. */
void login_add_ask(struct exchange *x, struct wire_any ask, struct out *out)
{
	struct text json;
	if (wire_json_write(ask, x->request->arena, &json) != OK || json.len < 3) {
		out->failed = true;
		return;
	}
	out_str(out, "\"ask\":{\"kind\":");
	escape_json(out, text_of(ask.msg->name + strlen("ask_")));
	out_str(out, ",");
	out_bytes(out, json.at + 1, json.len - 1);
}

void login_add_denied(struct exchange *x, struct text denied, uint64_t count, struct out *out)
{
	char trace[FRAME_TRACE_TEXT];
	out_str(out, "\"denied\":");
	escape_json(out, denied);
	out_str(out, ",\"text\":");
	escape_json(out, show_sentence(x, denied, count, (struct text){ NULL, 0 }));
	out_str(out, ",\"trace\":");
	frame_trace_text(x->request->trace, trace);
	escape_json(out, text_of(trace));
	out_str(out, ",");
}

void login_give(struct exchange *x, int status, struct out *out)
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
	struct msg_ask_password ask = {
		.id = started->id,
		.csrf = started->csrf,
		.act = view->act,
		.user = view->act != ACT_NONE ? view->user : (struct text){ NULL, 0 },
	};
	struct out out = OUT(x->request->arena);
	out_str(&out, "{");
	if (view->denied.at != NULL) {
		login_add_denied(x, view->denied, view->retry_s, &out);
		if (view->retry_s > 0)
			out_format(&out, "\"retry_s\":%llu,", (unsigned long long)view->retry_s);
	}
	login_add_ask(x, WIRE(ask_password, &ask), &out);
	out_str(&out, "}");
	login_give(x, view->status, &out);
}

/* The application for whose sake somebody signs in: where the way on leads. Its name is the settings' own. */
static struct text application_of(struct exchange *x, struct text next)
{
	static const char WAY[] = "/hand-over?";
	const struct msg_front_config *config = x->front->config;
	struct text to = { NULL, 0 };
	if (!text_starts_with(next, WAY))
		return oidc_service_name(x, next);
	struct text query = { next.at + strlen(WAY), next.len - strlen(WAY) };
	if (decode_query(query, "to", x->request->arena, &to) != OK)
		return (struct text){ NULL, 0 };
	for (uint32_t i = 0; i < config->applications.n; i++)
		if (text_equal(to, config->applications.at[i].origin))
			return config->applications.at[i].label;
	return (struct text){ NULL, 0 };
}

void login_show_password(
    struct exchange *x, const struct msg_login_started *started, const struct login_view *view)
{
	if (x->request->wants_json) {
		json_password(x, started, view);
		return;
	}
	bool is_in = started->signed_in.at != NULL;
	/* Another window was quicker: nothing went wrong, so this is a question and no refusal. */
	bool is_moot = is_in && text_equal_str(view->denied, "form_expired");
	struct msg_login_page page = {
		.id = started->id,
		.csrf = started->csrf,
		.next = view->next,
		.user = view->user.at != NULL ? view->user : oidc_login_hint(x, view->next),
		.signed_in = started->signed_in,
		.onward = view->next.at != NULL ? view->next : TEXT_LITERAL("/"),
		.denied = is_moot ? (struct text){ NULL, 0 } : view->denied,
		.mistyped = text_equal_str(view->denied, "sign_in_failed"),
		.retry_s = view->retry_s,
		.done = is_in ? (struct text){ NULL, 0 } : view->done,
		.act = view->act,
		.application =
		    view->act == ACT_NONE ? application_of(x, view->next) : (struct text){ NULL, 0 },
	};
	show_page(x, is_moot ? 200 : view->status, "login/password", WIRE(login_page, &page));
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
		{ "audit_paused", 503 },
		{ "mail_paused", 503 },
		{ "clock_doubted", 503 },
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

/* A rise in level, or a sign-in, brings a new session; an act leaves the one that there is. */
static void set_cookies(struct exchange *x, const struct msg_claimed *claimed)
{
	bool secure = x->request->secure;
	if (claimed->session.at != NULL)
		reply_cookie(x->reply, request_session_name(secure), claimed->session, secure, 0);
	if (claimed->device.at != NULL)
		reply_cookie(x->reply, request_device_name(secure), claimed->device, secure, DEVICE_S);
	reply_cookie(x->reply, request_login_name(secure), (struct secret){ NULL, 0 }, secure, 0);
}

void login_show_done(struct exchange *x, const struct msg_claimed *claimed)
{
	struct text next = show_may_lead_to(x->front, claimed->next) ? claimed->next : TEXT_LITERAL("/");
	set_cookies(x, claimed);
	if (!x->request->wants_json) {
		show_redirect(x, next);
		return;
	}
	struct out out = OUT(x->request->arena);
	out_str(&out, "{\"done\":true,\"next\":");
	escape_json(&out, next);
	if (claimed->csrf.at != NULL) {
		out_str(&out, ",\"csrf\":");
		escape_json(&out, (struct text){ (const char *)claimed->csrf.at, claimed->csrf.len });
	}
	if (claimed->done.at != NULL) {
		out_str(&out, ",\"text\":");
		escape_json(&out, show_sentence(x, claimed->done, 0, (struct text){ NULL, 0 }));
	}
	out_str(&out, "}");
	login_give(x, 200, &out);
}
