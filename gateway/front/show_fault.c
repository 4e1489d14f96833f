/* show_fault.c - what happened, whether anything is lost, what to do: the pages that nobody wants to see. */
#include "front/route.h"
#include "front/show.h"
#include "text/escape.h"
#include "wire/frame.h"

static const struct {
	int status;
	const char *id; /* also the JSON's "error", and the text id of the sentence */
	const char *title;
	const char *advice; /* a text id */
	unsigned retry_s;
} FAULTS[FAULT_COUNT_] = {
	[FAULT_INTERNAL] = { 500, "internal", "title_internal", "advice_desk", 0 },
	[FAULT_SIGN_IN] = { 401, "sign_in", "title_sign_in", "advice_home", 0 },
	[FAULT_FORBIDDEN] = { 403, "forbidden", "title_forbidden", "advice_desk", 0 },
	[FAULT_LEVEL] = { 403, "level", "title_forbidden", "advice_home", 0 },
	[FAULT_ADDRESS] = { 403, "address_refused", "title_not_found", "advice_home", 0 },
	[FAULT_NOT_FOUND] = { 404, "not_found", "title_not_found", NULL, 0 },
	[FAULT_METHOD] = { 405, "method_not_allowed", "title_malformed", "advice_home", 0 },
	[FAULT_MALFORMED] = { 400, "malformed", "title_malformed", "advice_retry", 0 },
	[FAULT_TOO_LARGE] = { 413, "too_large", "title_malformed", "advice_retry", 0 },
	[FAULT_TOO_SLOW] = { 408, "too_slow", "title_malformed", "advice_retry", 0 },
	[FAULT_TYPE] = { 415, "unsupported_type", "title_malformed", "advice_retry", 0 },
	[FAULT_FORM] = { 403, "form_expired", "title_form_expired", "advice_retry", 0 },
	[FAULT_BUSY] = { 503, "busy", "title_paused", "advice_retry", 2 },
	[FAULT_DIRECTORY] = { 503, "directory_unreachable", "title_paused", "advice_retry", 5 },
	[FAULT_STORE] = { 503, "store_unreachable", "title_paused", "advice_retry", 5 },
	[FAULT_AUTHORITY] = { 503, "authority_unreachable", "title_paused", "advice_retry", 2 },
	[FAULT_AUDIT] = { 503, "audit_paused", "title_paused", "advice_retry", 5 },
	[FAULT_MAIL] = { 503, "mail_paused", "title_paused", "advice_retry", 5 },
	[FAULT_CLOCK] = { 503, "clock_doubted", "title_paused", "advice_retry", 5 },
	[FAULT_JUDGE] = { 503, "judge_unreachable", "title_paused", "advice_retry", 2 },
	[FAULT_RATE] = { 429, "too_fast", "title_paused", "advice_retry", 1 },
};

/* The nearest word of RFC 6749 sections 4.1.2.1 and 5.2: clients know no others. */
static const char *oauth_word(int status)
{
	enum oauth_error error = status == 500                    ? OAUTH_SERVER_ERROR
				 : status == 503 || status == 429 ? OAUTH_TEMPORARILY_UNAVAILABLE
				 : status == 403                  ? OAUTH_ACCESS_DENIED
								  : OAUTH_INVALID_REQUEST;
	return WIRE_ENUM_TEXT(oauth_error, error);
}

static void as_json(struct exchange *x, enum fault_id fault, const char *trace)
{
	struct out out = OUT(x->request->arena);
	struct text json;
	struct text id = text_of(FAULTS[fault].id);
	out_str(&out, "{\"error\":");
	if (x->route != NULL && route_speaks_oauth(x->route)) {
		escape_json(&out, text_of(oauth_word(FAULTS[fault].status)));
		out_str(&out, ",\"error_description\":");
	}
	escape_json(&out, id);
	out_str(&out, ",\"text\":");
	escape_json(&out, show_sentence(x, id, 0, (struct text){ NULL, 0 }));
	out_str(&out, ",\"trace\":");
	escape_json(&out, text_of(trace));
	out_str(&out, "}");
	show_json(x, FAULTS[fault].status, out_done(&out, &json) ? json : (struct text){ NULL, 0 });
}

/* What only has to be asked for once more. */
static struct text again(const struct request *request, int status)
{
	struct out out = OUT(request->arena);
	struct text address;
	if (status != 503 || request->method != METHOD_GET)
		return (struct text){ NULL, 0 };
	out_text(&out, request->path);
	if (request->query.len > 0) {
		out_str(&out, "?");
		out_text(&out, request->query);
	}
	return out_done(&out, &address) ? address : (struct text){ NULL, 0 };
}

static void as_page(struct exchange *x, enum fault_id fault)
{
	struct text address = again(x->request, FAULTS[fault].status);
	struct msg_error_page page = {
		.status = (uint64_t)FAULTS[fault].status,
		.title = text_of(FAULTS[fault].title),
		.text = text_of(FAULTS[fault].id),
		.advice = address.at == NULL ? text_of(FAULTS[fault].advice) : (struct text){ NULL, 0 },
		.again = address,
		.traced = fault != FAULT_NOT_FOUND,
	};
	show_page(x, FAULTS[fault].status, "error", WIRE(error_page, &page));
}

void show_fault(struct exchange *x, enum fault_id fault, uint64_t retry_s)
{
	char trace[FRAME_TRACE_TEXT];
	frame_trace_text(x->request->trace, trace);
	if (retry_s == 0)
		retry_s = FAULTS[fault].retry_s;
	if (retry_s > 0)
		reply_number(x->reply, "Retry-After", retry_s);
	if (x->request->wants_json)
		as_json(x, fault, trace);
	else
		as_page(x, fault);
}

#define NEXT_MAX 2000u /* bytes, as on the wire */

/* What was asked for, as the sign-in page's next; only what may be asked for again. */
static struct text login_address(const struct request *request)
{
	struct out out = OUT(request->arena);
	struct text to;
	out_str(&out, "/login");
	if (request->method == METHOD_GET && request->path.len + request->query.len < NEXT_MAX) {
		out_str(&out, "?next=");
		escape_percent(&out, request->path);
		if (request->query.len > 0) {
			out_str(&out, "%3F");
			escape_percent(&out, request->query);
		}
	}
	return out_done(&out, &to) ? to : TEXT_LITERAL("/login");
}

void show_sign_in(struct exchange *x)
{
	if (x->request->session.at != NULL)
		reply_cookie(x->reply, request_session_name(x->request->secure), (struct secret){ NULL, 0 },
		    x->request->secure, 0);
	if (x->request->wants_json)
		show_fault(x, FAULT_SIGN_IN, 0);
	else
		show_redirect(x, login_address(x->request));
}

void show_refused(struct exchange *x, const struct msg_refused *refused)
{
	static const enum fault_id FAULT_OF[] = {
		[REFUSAL_INTERNAL] = FAULT_INTERNAL,
		[REFUSAL_FORBIDDEN] = FAULT_FORBIDDEN,
		[REFUSAL_MALFORMED] = FAULT_MALFORMED,
		[REFUSAL_BUSY] = FAULT_BUSY,
		[REFUSAL_DIRECTORY] = FAULT_DIRECTORY,
		[REFUSAL_STORE] = FAULT_STORE,
		[REFUSAL_SIGN_IN] = FAULT_SIGN_IN,
		[REFUSAL_LEVEL] = FAULT_LEVEL,
		[REFUSAL_FORM] = FAULT_FORM,
		[REFUSAL_NOT_FOUND] = FAULT_NOT_FOUND,
		[REFUSAL_AUTHORITY] = FAULT_AUTHORITY,
		[REFUSAL_AUDIT] = FAULT_AUDIT,
		[REFUSAL_CLOCK] = FAULT_CLOCK,
		[REFUSAL_MAIL] = FAULT_MAIL,
		[REFUSAL_JUDGE] = FAULT_JUDGE,
		[REFUSAL_RATE] = FAULT_RATE,
	};
	unsigned reason = (unsigned)refused->reason;
	if (refused->reason == REFUSAL_SIGN_IN)
		show_sign_in(x);
	else
		show_fault(x, reason < COUNT(FAULT_OF) ? FAULT_OF[reason] : FAULT_INTERNAL, refused->retry_s);
}

void show_unreachable(struct exchange *x, enum err err)
{
	bool own =
	    err == ERR_NO_MEMORY || err == ERR_INTERNAL || err == ERR_MALFORMED || err == ERR_TOO_LARGE;
	show_fault(x, own ? FAULT_INTERNAL : err == ERR_BUSY ? FAULT_BUSY : FAULT_AUTHORITY, 0);
}

void show_unread(struct exchange *x, enum err err)
{
	enum fault_id fault = FAULT_MALFORMED;
	if (err == ERR_NOT_FOUND)
		fault = FAULT_TYPE;
	else if (err == ERR_NO_MEMORY)
		fault = FAULT_INTERNAL;
	show_fault(x, fault, 0);
}
