/* oidc_logout.c - /oidc/logout: a service sends somebody to be signed out, the person is asked, and goes back there. */
#include <string.h>
#include "front/decode.h"
#include "front/logout.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "text/escape.h"

#define ADDRESS "/oidc/logout"

/* NULL: the reply is there. */
static const struct msg_oidc_leaving *look(
    struct exchange *x, struct text pairs, struct msg_oidc_logout *wanted)
{
	if (oidc_fill(x, pairs, wire_msg_oidc_logout(), wanted) != OK) {
		show_fault(x, FAULT_MALFORMED, 0);
		return NULL;
	}
	wanted->session = x->request->session;
	return show_ask(x, WIRE(oidc_logout, wanted), wire_msg_oidc_leaving());
}

static struct text with_state(struct exchange *x, struct text to, struct text state)
{
	struct out out = OUT(x->request->arena);
	struct text whole;
	out_text(&out, to);
	if (state.at != NULL) {
		out_str(&out, memchr(to.at, '?', to.len) != NULL ? "&state=" : "?state=");
		escape_percent(&out, state);
	}
	return out_done(&out, &whole) ? whole : (struct text){ NULL, 0 };
}

/* Nobody is signed in here (any more). */
static void leave(struct exchange *x, const struct msg_oidc_leaving *leaving,
    const struct msg_oidc_logout *wanted, struct text next, bool shown)
{
	if (leaving->to.at == NULL) {
		logout_done(x, next);
		return;
	}
	struct text to = with_state(x, leaving->to, wanted->state);
	logout_forget(x);
	if (next.at != NULL && to.at != NULL)
		signed_out_leave(x, next, to);
	else
		oidc_leave(x, to, shown);
}

void oidc_logout_get(struct exchange *x)
{
	struct msg_oidc_logout wanted = { .session = { NULL, 0 } };
	const struct msg_oidc_leaving *leaving = look(x, x->request->query, &wanted);
	if (leaving == NULL)
		return;
	if (leaving->csrf.at == NULL) {
		leave(x, leaving, &wanted, (struct text){ NULL, 0 }, false);
		return;
	}
	const struct msg_leaving_page page = {
		.csrf = leaving->csrf,
		.name = leaving->name,
		.client_id = leaving->client_id,
		.to = leaving->to,
		.state = wanted.state,
	};
	show_page(x, 200, "leaving", WIRE(leaving_page, &page));
}

/* The person has said yes. Nothing is known of whose page that was but by the form's value. */
static void confirmed(struct exchange *x, struct text body, struct msg_logout *logout)
{
	struct msg_oidc_logout wanted = { .session = { NULL, 0 } };
	const struct msg_oidc_leaving *leaving = look(x, body, &wanted);
	if (leaving == NULL)
		return;
	logout->session = x->request->session;
	const struct msg_done *done = NULL;
	if (leaving->csrf.at != NULL && (done = show_ask(x, WIRE(logout, logout), wire_msg_done())) == NULL)
		return;
	leave(x, leaving, &wanted, done != NULL ? done->next : (struct text){ NULL, 0 }, true);
}

/* A service may send a form, too; with that browsers send no cookie of ours, so it becomes an address. What is no form comes from a
 * program, which needs to be led nowhere. */
void oidc_logout_post(struct exchange *x)
{
	struct text body = { (const char *)x->request->body.at, x->request->body.len };
	struct msg_logout logout = { .csrf = { NULL, 0 } };
	if (!decode_is_type(x->request->content_type, "application/x-www-form-urlencoded"))
		logout_post(x);
	else if (oidc_fill(x, body, wire_msg_logout(), &logout) != OK)
		show_fault(x, FAULT_MALFORMED, 0);
	else if (logout.csrf.at != NULL)
		confirmed(x, body, &logout);
	else
		oidc_as_address(x, ADDRESS, body);
}
