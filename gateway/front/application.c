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
	const char *id; /* also the JSON's "error" */
	const char *title;
} CLOSED[] = {
	[CHECK_FORBIDDEN] = { "forbidden_application", "title_forbidden" },
	[CHECK_LEVEL] = { "level_application", "title_forbidden" },
	[CHECK_STALE] = { "ticket_stale", "title_ticket_stale" },
};

static void add(struct out *out, const char *name, struct text value)
{
	out_str(out, name);
	escape_json(out, value);
}

static void as_json(struct exchange *x, const struct closed *closed, const struct msg_check_verdict *verdict)
{
	char trace[FRAME_TRACE_TEXT];
	struct out out = OUT(x->request->arena);
	struct text json, id = text_of(closed->id);
	frame_trace_text(x->request->trace, trace);
	add(&out, "{\"error\":", id);
	add(&out, ",\"text\":", show_sentence(x, id, 0, verdict->label));
	if (verdict->rule.at != NULL)
		add(&out, ",\"rule\":", verdict->rule);
	add(&out, ",\"trace\":", text_of(trace));
	out_str(&out, "}");
	show_json(x, 403, out_done(&out, &json) ? json : (struct text){ NULL, 0 });
}

void application_closed(struct exchange *x, const struct msg_check_verdict *verdict)
{
	const struct closed *closed = &CLOSED[verdict->outcome];
	/* No application of ours, or a ticket for the portal itself. */
	if (closed->id == NULL || (verdict->outcome == CHECK_FORBIDDEN && verdict->label.at == NULL)) {
		show_fault(x, FAULT_FORBIDDEN, 0);
		return;
	}
	if (x->request->wants_json) {
		as_json(x, closed, verdict);
		return;
	}
	struct msg_application_page page = {
		.title = text_of(closed->title),
		.text = text_of(closed->id),
		.name = verdict->label,
		.rule = verdict->rule,
		.portal = x->request->origin,
		.again = verdict->outcome == CHECK_STALE,
	};
	show_page(x, 403, "application", WIRE(application_page, &page));
}
