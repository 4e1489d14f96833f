#include "front/application.h"
#include "front/show.h"
#include "text/escape.h"
#include "wire/frame.h"

const char *application_cookie_name(bool secure)
{
	return secure ? "__Host-spom_app" : "spom_app";
}

const char *application_nonce_name(bool secure)
{
	return secure ? "__Host-spom_nonce" : "spom_nonce";
}

static const struct closed {
	int status;
	struct application_told told;
} CLOSED[] = {
	[CHECK_FORBIDDEN] = { 403, { .id = "forbidden_application", .title = "title_forbidden" } },
	[CHECK_LEVEL] = { 401, { .id = "level_application", .title = "title_sign_in" } },
	[CHECK_STALE] = { 403, { .id = "ticket_stale", .title = "title_ticket_stale", .again = true } },
	[CHECK_ANEW] = { 401, { .id = "anew_application", .title = "title_sign_in" } },
	[CHECK_NO_FACTOR] = { 403, { .id = "level_missing", .title = "title_forbidden", .factors = true } },
};

static void add(struct out *out, const char *name, struct text value)
{
	out_str(out, name);
	escape_json(out, value);
}

static void as_json(struct exchange *x, int status, const struct application_told *told)
{
	char trace[FRAME_TRACE_TEXT];
	struct out out = OUT(x->request->arena);
	struct text json, id = text_of(told->id);
	frame_trace_text(x->request->trace, trace);
	add(&out, "{\"error\":", id);
	add(&out, ",\"text\":", show_sentence(x, id, 0, told->name));
	if (told->rule.at != NULL)
		add(&out, ",\"rule\":", told->rule);
	add(&out, ",\"trace\":", text_of(trace));
	out_str(&out, "}");
	show_json(x, status, out_done(&out, &json) ? json : (struct text){ NULL, 0 });
}

void application_tell(struct exchange *x, int status, const struct application_told *told)
{
	struct msg_application_page page = {
		.title = text_of(told->title),
		.text = text_of(told->id),
		.name = told->name,
		.rule = told->rule,
		.portal = x->request->origin,
		.again = told->again,
		.factors = told->factors,
	};
	if (x->request->wants_json)
		as_json(x, status, told);
	else
		show_page(x, status, "application", WIRE(application_page, &page));
}

void application_closed(struct exchange *x, const struct msg_check_verdict *verdict)
{
	struct application_told told = CLOSED[verdict->outcome].told;
	told.name = verdict->label;
	told.rule = verdict->rule;
	/* No application of ours, or a ticket for the portal itself. */
	if (told.id == NULL || (verdict->outcome == CHECK_FORBIDDEN && verdict->label.at == NULL))
		show_fault(x, FAULT_ADDRESS, 0);
	else
		application_tell(x, CLOSED[verdict->outcome].status, &told);
}
