/* oidc_authorize.c - /oidc/authorize: reads the request, and carries the answer to the client by way of the browser. */
#include <string.h>
#include "front/application.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "text/escape.h"

#define ADDRESS "/oidc/authorize"
#define MARK \
	"spom_asked" /* our own parameter: that the person has been at the sign-in, and since when it was demanded */
#define NEXT_MAX 2000u /* bytes, as on the wire */

static bool read_request(const struct exchange *x, struct msg_oidc_authorize *ask)
{
	ask->session = x->request->session;
	ask->has_request = oidc_has(x, x->request->query, "request");
	if (oidc_fill(x, x->request->query, wire_msg_oidc_authorize(), ask) != OK)
		return false;
	struct text mark;
	ask->asked = (struct text){ NULL, 0 }; /* by its own name only */
	enum err err = decode_query(x->request->query, MARK, x->request->arena, &mark);
	if (err == OK && mark.len > 0)
		err =
		    wire_put(wire_msg_oidc_authorize(), ask, TEXT_LITERAL("asked"), mark, x->request->arena);
	return err == OK;
}

static void add(struct out *out, const char *name, struct text value)
{
	if (value.at == NULL)
		return;
	out_str(out, name);
	escape_percent(out, value);
	out_str(out, "&");
}

/* The request as it came, without a mark of before, and with this one. What the sign-in's pages need of a pushed one is added: there it counts for nothing
 * else. */
static bool again(const struct exchange *x, const struct msg_oidc_sign_in *wanted, struct text *address_r)
{
	struct out out = OUT(x->request->arena);
	struct text rest = x->request->query;
	out_str(&out, ADDRESS "?");
	while (rest.at != NULL) {
		struct text pair = decode_cut(&rest, '&');
		if (pair.len == 0 || text_starts_with(pair, MARK "="))
			continue;
		out_text(&out, pair);
		out_str(&out, "&");
	}
	add(&out, "login_hint=", wanted->login_hint);
	add(&out, "ui_locales=", wanted->ui_locales);
	out_str(&out, MARK "=");
	escape_percent(&out, wanted->asked);
	return out_done(&out, address_r) && address_r->len <= NEXT_MAX;
}

static void sign_in(struct exchange *x, const struct msg_oidc_sign_in *wanted)
{
	struct out out = OUT(x->request->arena);
	struct text next, to;
	char act[WIRE_ID_TEXT_SIZE];
	if (!again(x, wanted, &next)) {
		show_fault(x, FAULT_TOO_LARGE, 0);
		return;
	}
	out_str(&out, "/login?");
	if (!wire_id_is_zero(&wanted->act)) {
		wire_id_text(&wanted->act, act);
		out_str(&out, "act=");
		out_str(&out, act);
		out_str(&out, "&");
	}
	out_str(&out, "next=");
	escape_percent(&out, next);
	if (out_done(&out, &to))
		show_redirect(x, to);
}

static void tell(struct exchange *x, const struct msg_oidc_fault *fault)
{
	bool rule = fault->rule.at != NULL;
	const struct application_told told = {
		.id = text_str(fault->text),
		.title = rule ? "title_forbidden" : "title_service_unknown",
		.name = fault->name,
		.rule = fault->rule,
		.factors = text_equal_str(fault->text, "level_missing"),
	};
	application_tell(x, rule ? 403 : 400, &told);
}

void oidc_authorize_get(struct exchange *x)
{
	struct msg_oidc_authorize ask = { .session = { NULL, 0 } };
	struct wire_any answer;
	oidc_speak(x, x->request->query);
	if (!read_request(x, &ask)) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	if (!show_ask_any(x, WIRE(oidc_authorize, &ask), &answer))
		return;
	if (answer.msg->tag == TAG_oidc_redirect)
		oidc_send_off(x, answer.at, ask.asked.at != NULL);
	else if (answer.msg->tag == TAG_oidc_sign_in)
		sign_in(x, answer.at);
	else if (answer.msg->tag == TAG_oidc_fault)
		tell(x, answer.at);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

void oidc_authorize_post(struct exchange *x)
{
	oidc_as_address(x, ADDRESS, (struct text){ (const char *)x->request->body.at, x->request->body.len });
}
