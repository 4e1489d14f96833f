/* oidc_device.c - devices without a browser (RFC 8628): their endpoint, and the page on which a person types what they show. An address only fills the field:
 * nothing is looked up, and nothing is decided, but by a form. */
#include "front/application.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"
#include "text/escape.h"

#define CODE_MAX 32u

static void show(struct exchange *x, const struct msg_device_page *page)
{
	int status = page->problem.at == NULL ? 200 : page->wait_s > 0 ? 429 : 422;
	if (page->wait_s > 0)
		reply_number(x->reply, "Retry-After", page->wait_s);
	const struct application_told told = { .id = text_str(page->problem) };
	struct msg_device_page shown = *page;
	if (!x->request->wants_json && shown.told != NULL && !view_told(x, &shown.told))
		show_fault(x, FAULT_INTERNAL, 0);
	else if (!x->request->wants_json)
		show_page(x, status, "device", WIRE(device_page, &shown));
	else if (page->problem.at == NULL)
		show_message(x, status, WIRE(device_page, page));
	else
		application_tell(x, status, &told);
}

static struct text typed_in_address(const struct exchange *x)
{
	struct text code;
	bool good = decode_text(x->request->query, "user_code", CODE_MAX, x->request->arena, &code) == OK;
	return good ? code : (struct text){ NULL, 0 };
}

void device_get(struct exchange *x)
{
	const struct msg_device_look look = { .session = x->request->session, .language = view_language(x) };
	const struct msg_device_page *page = show_ask(x, WIRE(device_look, &look), wire_msg_device_page());
	if (page == NULL)
		return;
	struct msg_device_page filled = *page;
	filled.user_code = typed_in_address(x);
	show(x, &filled);
}

/* To the sign-in, and back to the page with the same code in its field. */
static void sign_in(struct exchange *x, const struct msg_oidc_sign_in *wanted, struct text code)
{
	char act[WIRE_ID_TEXT_SIZE];
	struct out next = OUT(x->request->arena), out = OUT(x->request->arena);
	struct text back, to;
	out_str(&next, "/device?user_code=");
	escape_percent(&next, code);
	out_str(&out, "/login?");
	if (!wire_id_is_zero(&wanted->act)) {
		wire_id_text(&wanted->act, act);
		out_format(&out, "act=%s&", act);
	}
	out_str(&out, "next=");
	if (!out_done(&next, &back)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	escape_percent(&out, back);
	if (out_done(&out, &to))
		show_redirect(x, to);
}

static void tell(struct exchange *x, const struct msg_oidc_fault *fault)
{
	const struct application_told told = {
		.id = text_str(fault->text),
		.title = "title_forbidden",
		.name = fault->name,
		.rule = fault->rule,
		.factors = text_equal_str(fault->text, "level_missing"),
	};
	application_tell(x, 403, &told);
}

void device_post(struct exchange *x)
{
	struct msg_device_look look = { .csrf = { NULL, 0 } };
	struct wire_any answer;
	enum err err = request_form(x->request, wire_msg_device_look(), &look);
	if (err == OK && look.user_code.at == NULL)
		err = ERR_MALFORMED;
	if (err != OK) {
		show_unread(x, err);
		return;
	}
	look.session = x->request->session; /* whatever the form said */
	look.language = view_language(x);
	if (x->request->csrf.at != NULL)
		look.csrf = x->request->csrf;
	if (!show_ask_any(x, WIRE(device_look, &look), &answer))
		return;
	if (answer.msg->tag == TAG_device_page)
		show(x, answer.at);
	else if (answer.msg->tag == TAG_oidc_sign_in)
		sign_in(x, answer.at, look.user_code);
	else if (answer.msg->tag == TAG_oidc_fault)
		tell(x, answer.at);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}
