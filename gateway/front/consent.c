/* consent.c - the page that asks whether a service may be told, and the way on from it: to the request for which it was asked, with what was
 * answered. */
#include <string.h>
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"
#include "text/escape.h"

#define MARK "spom_consent" /* our own parameter: what was answered */
#define MARK_MAX 128u       /* bytes, as on the wire */
#define NEXT_MAX 8000u      /* likewise */
#define SAML "/saml/sso?spom_request="

bool oidc_read_consent(const struct exchange *x, struct text *mark_r)
{
	struct text mark;
	if (decode_text(x->request->query, MARK, MARK_MAX, x->request->arena, &mark) != OK)
		return false;
	*mark_r = mark.len > 0 ? mark : (struct text){ NULL, 0 };
	return true;
}

/* Where the request comes again: as it came, without an answer of before; or, with SAML, by its mark. */
static bool way_on(
    const struct exchange *x, const char *address, const struct msg_consent_page *page, struct text *next_r)
{
	struct out out = OUT(x->request->arena);
	struct text rest = x->request->query;
	bool first = true;
	if (page->request.at != NULL) {
		out_str(&out, SAML);
		escape_percent(&out, page->request);
		return out_done(&out, next_r) && next_r->len <= NEXT_MAX;
	}
	out_str(&out, address);
	while (rest.at != NULL) {
		struct text pair = decode_cut(&rest, '&');
		if (pair.len == 0 || text_starts_with(pair, MARK "="))
			continue;
		out_str(&out, first ? "?" : "&");
		out_text(&out, pair);
		first = false;
	}
	return out_done(&out, next_r) && next_r->len <= NEXT_MAX;
}

void oidc_ask_consent(struct exchange *x, const char *address, const struct msg_consent_page *page)
{
	struct msg_consent_page whole = *page;
	whole.request = (struct text){ NULL, 0 };
	if (!way_on(x, address, page, &whole.next))
		show_fault(x, FAULT_TOO_LARGE, 0);
	else if (x->request->wants_json)
		show_message(x, 200, WIRE(consent_page, &whole));
	else if (view_told(x, &whole.told))
		show_page(x, 200, "consent", WIRE(consent_page, &whole));
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

/* Whether the way on is that of a request; the form says where it leads. */
static bool is_way_on(struct text next)
{
	static const char *const WAYS[] = { "/oidc/authorize?", "/cas/login?", SAML };
	for (size_t i = 0; i < COUNT(WAYS); i++)
		if (text_starts_with(next, WAYS[i]))
			return !text_has_control(next.at, next.len, false);
	return false;
}

static void go_on(struct exchange *x, struct text next, struct text mark)
{
	struct out out = OUT(x->request->arena), json = OUT(x->request->arena);
	struct text to, whole;
	out_text(&out, next);
	out_str(&out, "&" MARK "=");
	escape_percent(&out, mark);
	if (!out_done(&out, &to)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	if (!x->request->wants_json) {
		show_redirect(x, to);
		return;
	}
	out_str(&json, "{\"done\":true,\"next\":");
	escape_json(&json, to);
	out_str(&json, "}");
	if (out_done(&json, &whole))
		show_json(x, 200, whole);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

void consent_post(struct exchange *x)
{
	struct msg_consent_form form = { .csrf = { NULL, 0 } };
	const char *field;
	enum err err = request_form(x->request, wire_msg_consent_form(), &form);
	if (x->request->csrf.at != NULL)
		form.csrf = x->request->csrf;
	if (err == OK && (wire_check(WIRE(consent_form, &form), &field) != OK || !is_way_on(form.next)))
		err = ERR_MALFORMED;
	if (err != OK) {
		show_unread(x, err);
		return;
	}
	const struct msg_consent_answer answer = { x->request->session, form.csrf, form.question,
		form.answer };
	const struct msg_consent_answered *answered =
	    show_ask(x, WIRE(consent_answer, &answer), wire_msg_consent_answered());
	if (answered != NULL)
		go_on(x, form.next, answered->mark);
}
