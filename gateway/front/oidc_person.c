/* oidc_person.c - what becomes of a person whom a service sent here and who does not go back at once: the sign-in, or a page. */
#include "front/application.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/show.h"
#include "text/escape.h"

#define MARK \
	"spom_asked" /* our own parameter: that the person has been at the sign-in, and since when it was demanded */
#define MARK_MAX 128u  /* bytes, as on the wire */
#define NEXT_MAX 2000u /* likewise */

bool oidc_read_mark(const struct exchange *x, struct text *mark_r)
{
	struct text mark;
	if (decode_text(x->request->query, MARK, MARK_MAX, x->request->arena, &mark) != OK)
		return false;
	*mark_r = mark.len > 0 ? mark : (struct text){ NULL, 0 };
	return true;
}

static void add(struct out *out, const char *name, struct text value)
{
	if (value.at == NULL)
		return;
	out_str(out, name);
	escape_percent(out, value);
	out_str(out, "&");
}

/* Of a request that lies elsewhere nothing but whose it is. */
static bool goes_along(struct text pair, const struct msg_oidc_sign_in *wanted)
{
	if (wanted->request_uri.at != NULL)
		return text_starts_with(pair, "client_id=");
	return pair.len > 0 && !text_starts_with(pair, MARK "=") && !text_starts_with(pair, "spom_consent=");
}

/* The request as it came, without a mark of before, and with this one. What the sign-in's pages need of a pushed one is added: there it counts for
 * nothing else. */
static bool again(const struct exchange *x, const char *address, const struct msg_oidc_sign_in *wanted,
    struct text *address_r)
{
	struct out out = OUT(x->request->arena);
	struct text rest = x->request->query;
	out_str(&out, address);
	out_str(&out, "?");
	while (rest.at != NULL) {
		struct text pair = decode_cut(&rest, '&');
		if (!goes_along(pair, wanted))
			continue;
		out_text(&out, pair);
		out_str(&out, "&");
	}
	add(&out, "request_uri=", wanted->request_uri);
	add(&out, "login_hint=", wanted->login_hint);
	add(&out, "ui_locales=", wanted->ui_locales);
	out_str(&out, MARK "=");
	escape_percent(&out, wanted->asked);
	return out_done(&out, address_r) && address_r->len <= NEXT_MAX;
}

void oidc_sign_in(struct exchange *x, struct text next, const struct id *act_id)
{
	struct out out = OUT(x->request->arena);
	struct text to;
	char act[WIRE_ID_TEXT_SIZE];
	out_str(&out, "/login?");
	if (!wire_id_is_zero(act_id)) {
		wire_id_text(act_id, act);
		out_str(&out, "act=");
		out_str(&out, act);
		out_str(&out, "&");
	}
	out_str(&out, "next=");
	escape_percent(&out, next);
	if (out_done(&out, &to))
		show_redirect(x, to);
}

static void sign_in(struct exchange *x, const char *address, const struct msg_oidc_sign_in *wanted)
{
	struct text next;
	if (again(x, address, wanted, &next))
		oidc_sign_in(x, next, &wanted->act);
	else
		show_fault(x, FAULT_TOO_LARGE, 0);
}

static void tell(struct exchange *x, const struct msg_oidc_fault *fault)
{
	bool rule = fault->rule.at != NULL;
	bool refused = text_equal_str(fault->text, "consent_refused");
	const struct application_told told = {
		.id = text_str(fault->text),
		.title = rule      ? "title_forbidden"
			 : refused ? "title_consent_refused"
				   : "title_service_unknown",
		.name = fault->name,
		.rule = fault->rule,
		.factors = text_equal_str(fault->text, "level_missing"),
	};
	bool away = text_equal_str(fault->text, "saml_feed_away");
	application_tell(x, rule || refused ? 403 : away ? 503 : 400, &told);
}

void oidc_stay(struct exchange *x, const char *address, struct wire_any answer)
{
	if (answer.msg->tag == TAG_oidc_sign_in)
		sign_in(x, address, answer.at);
	else if (answer.msg->tag == TAG_oidc_fault)
		tell(x, answer.at);
	else if (answer.msg->tag == TAG_consent_page)
		oidc_ask_consent(x, address, answer.at);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}
