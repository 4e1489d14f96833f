/* signed_out.c - /signed-out: which applications somebody was signed out of. It waits a moment for those that are being told, and then says what is
 * known; the same address says it anew. */
#include <time.h>
#include "base/clock.h"
#include "front/logout.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "text/out.h"

#define PATIENCE_MS 2000
#define LOOK_MS 100
#define GOES_ON_S "2;url=" /* the browser needs a moment for what it tells */

static void rest(void)
{
	const struct timespec moment = { 0, LOOK_MS * 1000000L };
	(void)nanosleep(&moment, NULL);
}

/* Those who wait hold a thread; a quarter of them may, the others are told what is known now. */
static const struct msg_signed_out_page *look(struct exchange *x, const struct msg_signed_out *wanted)
{
	struct front *front = x->front;
	int64_t end_ms = clock_steady_ms() + PATIENCE_MS;
	bool may_wait = atomic_fetch_add(&front->leaving, 1) < front->config->threads / 4;
	const struct msg_signed_out_page *page =
	    show_ask(x, WIRE(signed_out, wanted), wire_msg_signed_out_page());
	while (may_wait && page != NULL && page->waits && clock_steady_ms() < end_ms) {
		rest();
		page = show_ask(x, WIRE(signed_out, wanted), wire_msg_signed_out_page());
	}
	(void)atomic_fetch_sub(&front->leaving, 1);
	return page;
}

/* The policy lets this page alone have frames, of these origins. */
static void allow_frames(struct exchange *x, const struct msg_signed_out_page *page)
{
	struct out out = OUT(x->request->arena);
	struct text origins;
	for (uint32_t i = 0; i < page->applications.n; i++) {
		struct text frame = page->applications.at[i].frame;
		if (frame.at == NULL)
			continue;
		out_str(&out, " ");
		out_text(&out, oidc_origin(frame));
	}
	if (page->framed && out_done(&out, &origins))
		x->reply->frames = origins;
}

static void show(struct exchange *x, const struct msg_signed_out_page *page, struct text of, struct text to)
{
	const struct msg_left_page left = {
		.of = of,
		.to = to,
		.host = to.at != NULL ? oidc_host(to) : to,
	};
	allow_frames(x, page);
	show_page_with(x, 200, "signed_out", WIRE(signed_out_page, page), WIRE(left_page, &left));
}

void signed_out_get(struct exchange *x)
{
	struct msg_signed_out wanted = { .of = { NULL, 0 } };
	if (oidc_fill(x, x->request->query, wire_msg_signed_out(), &wanted) != OK) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	const struct msg_signed_out_page *page = wanted.of.at != NULL ? look(x, &wanted) : NULL;
	if (x->reply->status != 0) /* it could not be asked */
		return;
	static const struct msg_signed_out_page NONE = { .waits = false };
	if (page == NULL)
		page = &NONE;
	if (x->request->wants_json)
		show_message(x, 200, WIRE(signed_out_page, page));
	else if (page->applications.n == 0) /* nobody is signed out by an address */
		show_redirect(x, TEXT_LITERAL("/"));
	else
		show(x, page, wanted.of, (struct text){ NULL, 0 });
}

static bool is_refused(const struct msg_signed_out_page *page)
{
	bool refused = false;
	for (uint32_t i = 0; i < page->applications.n; i++)
		refused = refused || page->applications.at[i].state == LEFT_REFUSED;
	return refused;
}

void signed_out_leave(struct exchange *x, struct text next, struct text to)
{
	size_t before = sizeof LOGOUT_SIGNED_OUT - 1;
	if (!text_starts_with(next, LOGOUT_SIGNED_OUT)) {
		oidc_leave(x, to, true);
		return;
	}
	const struct msg_signed_out wanted = { { next.at + before, next.len - before } };
	const struct msg_signed_out_page *page = look(x, &wanted);
	if (page == NULL)
		return;
	bool stays = page->waits || is_refused(page);
	if (!stays && !page->framed) {
		oidc_leave(x, to, true);
		return;
	}
	if (!stays)
		oidc_go_on_to(x, GOES_ON_S, to);
	show(x, page, wanted.of, to);
}
