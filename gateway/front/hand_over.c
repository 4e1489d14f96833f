/* hand_over.c - the portal's part of the way to an application: whoever is signed in here gets a ticket for there. */
#include "front/application.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "text/escape.h"

static bool read_one(const struct exchange *x, const char *name, size_t max, struct text *value_r)
{
	return decode_text(x->request->query, name, max, x->request->arena, value_r) == OK;
}

static bool read_all(const struct exchange *x, struct msg_hand_over *ask)
{
	return read_one(x, "to", 200, &ask->to) && read_one(x, "nonce", 64, &ask->nonce) &&
	       read_one(x, "next", 1500, &ask->next) && ask->to.len > 0 && ask->nonce.len > 0 &&
	       oidc_read_mark(x, &ask->asked);
}

/* The origin is the settings' own, as the authority gave it back. */
static void send_off(struct exchange *x, const struct msg_handed_over *handed)
{
	struct out out = OUT(x->request->arena);
	struct text to;
	out_text(&out, handed->origin);
	out_str(&out, "/-/spom/ticket?t=");
	escape_percent(&out, (struct text){ (const char *)handed->ticket.at, handed->ticket.len });
	if (!out_done(&out, &to)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	reply_header(x->reply, "Location", to);
	x->reply->status = 303;
}

void hand_over_get(struct exchange *x)
{
	struct msg_hand_over ask = { .session = x->request->session, .address = x->request->address };
	struct wire_any answer;
	if (!read_all(x, &ask)) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	if (!show_ask_any(x, WIRE(hand_over, &ask), &answer))
		return;
	if (answer.msg->tag == TAG_handed_over)
		send_off(x, answer.at);
	else if (answer.msg->tag == TAG_check_verdict)
		application_closed(x, answer.at);
	else
		oidc_stay(x, "/hand-over", answer);
}
