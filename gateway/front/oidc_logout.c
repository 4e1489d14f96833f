/* oidc_logout.c - /oidc/logout: a service sends somebody to be signed out, the person is asked, and goes back there. */
#include <string.h>
#include "front/logout.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"
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
	wanted->language = view_language(x);
	return show_ask(x, WIRE(oidc_logout, wanted), wire_msg_oidc_leaving());
}

static void leave(struct exchange *x, const struct msg_oidc_leaving *leaving,
    const struct msg_oidc_logout *wanted, struct text next, bool shown)
{
	struct out out = OUT(x->request->arena);
	struct text to = leaving->to;
	out_text(&out, to);
	if (wanted->state.at != NULL) {
		out_str(&out, to.at != NULL && memchr(to.at, '?', to.len) != NULL ? "&state=" : "?state=");
		escape_percent(&out, wanted->state);
	}
	if (to.at != NULL && !out_done(&out, &to))
		show_fault(x, FAULT_INTERNAL, 0);
	else
		logout_leave(x, to, next, shown);
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
	logout_ask(x, &page);
}

/* The person has said yes. Nothing is known of whose page that was but by the form's value. */
static void confirmed(struct exchange *x, struct text body, struct msg_logout *logout)
{
	struct msg_oidc_logout wanted = { .session = { NULL, 0 } };
	const struct msg_oidc_leaving *leaving = look(x, body, &wanted);
	if (leaving == NULL)
		return;
	struct text next = { NULL, 0 };
	if (leaving->csrf.at == NULL || logout_end(x, logout, &next))
		leave(x, leaving, &wanted, next, true);
}

void oidc_logout_post(struct exchange *x)
{
	logout_of_service(x, ADDRESS, confirmed);
}
