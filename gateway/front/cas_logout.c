/* cas_logout.c - /cas/logout (CAS Protocol 3.0, section 2.3): a service sends somebody to be signed out, the person is asked, and goes on there. */
#include "front/logout.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"

/* NULL: the reply is there. */
static const struct msg_oidc_leaving *look(struct exchange *x, struct text pairs)
{
	struct msg_cas_logout wanted = { .session = { NULL, 0 } };
	if (oidc_fill(x, pairs, wire_msg_cas_logout(), &wanted) != OK) {
		show_fault(x, FAULT_MALFORMED, 0);
		return NULL;
	}
	wanted.session = x->request->session;
	wanted.language = view_language(x);
	return show_ask(x, WIRE(cas_logout, &wanted), wire_msg_oidc_leaving());
}

void cas_logout_get(struct exchange *x)
{
	const struct msg_oidc_leaving *leaving = look(x, x->request->query);
	if (leaving == NULL)
		return;
	if (leaving->csrf.at == NULL) {
		logout_leave(x, leaving->to, (struct text){ NULL, 0 }, false);
		return;
	}
	const struct msg_leaving_page page = {
		.csrf = leaving->csrf,
		.name = leaving->name,
		.service = leaving->to,
	};
	logout_ask(x, &page);
}

static void confirmed(struct exchange *x, struct text body, struct msg_logout *logout)
{
	const struct msg_oidc_leaving *leaving = look(x, body);
	struct text next = { NULL, 0 };
	if (leaving != NULL && (leaving->csrf.at == NULL || logout_end(x, logout, &next)))
		logout_leave(x, leaving->to, next, true);
}

void cas_logout_post(struct exchange *x)
{
	logout_of_service(x, "/cas/logout", confirmed);
}
