/* signed_out.c - /signed-out: which applications somebody was signed out of. It waits a moment for those that are being told, and then says what is
 * known; the same address says it anew. */
#include <time.h>
#include "base/clock.h"
#include "front/logout.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"
#include "text/out.h"

#define PATIENCE_MS 2000
#define LOOK_MS 100
#define GOES_ON_S "2;url=" /* the browser needs a moment for what it tells */
#define LOOKS_AGAIN_S "4;url="

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
	if (page->asks)
		out_str(&out, " 'self'"); /* from where it goes there, and comes back */
	for (uint32_t i = 0; i < page->applications.n; i++) {
		const struct msg_left_row *row = &page->applications.at[i];
		if (row->frame.at == NULL)
			continue;
		out_str(&out, " ");
		out_text(&out, oidc_origin(row->frame_to.at != NULL ? row->frame_to : row->frame));
	}
	if (page->framed && out_done(&out, &origins))
		x->reply->frames = origins;
}

/* place: of which address the host is shown. */
static void show(struct exchange *x, const struct msg_signed_out_page *page, struct text of, struct text to,
    struct text place)
{
	const struct msg_left_page left = {
		.of = of,
		.to = to,
		.host = place.at != NULL ? oidc_host(place) : place,
	};
	allow_frames(x, page);
	show_page_with(x, 200, "signed_out", WIRE(signed_out_page, page), WIRE(left_page, &left));
}

/* Once the frames have had their time, what they have said. */
static void look_again(struct exchange *x, struct text of)
{
	oidc_go_on_to(x, LOOKS_AGAIN_S,
	    text_of(arena_printf(x->request->arena, LOGOUT_SIGNED_OUT "%.*s&then=shown", TEXT_ARGS(of))));
}

static void show_known(struct exchange *x, const struct msg_signed_out_page *page, struct text of)
{
	struct text none = { NULL, 0 };
	if (page->asks)
		look_again(x, of);
	show(x, page, of, none, none);
}

void signed_out_get(struct exchange *x)
{
	struct msg_signed_out wanted = { .of = { NULL, 0 } };
	if (oidc_fill(x, x->request->query, wire_msg_signed_out(), &wanted) != OK) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	wanted.language = view_language(x);
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
		show_known(x, page, wanted.of);
}

static bool is_refused(const struct msg_signed_out_page *page)
{
	bool refused = false;
	for (uint32_t i = 0; i < page->applications.n; i++)
		refused = refused || page->applications.at[i].state == LEFT_REFUSED;
	return refused;
}

static void leave(struct exchange *x, struct text to)
{
	if (text_starts_with(to, "/")) /* of ours, from where it leads there */
		show_redirect(x, to);
	else
		oidc_leave(x, to, true);
}

void signed_out_leave(struct exchange *x, struct text next, struct text to, struct text place)
{
	size_t before = sizeof LOGOUT_SIGNED_OUT - 1;
	if (!text_starts_with(next, LOGOUT_SIGNED_OUT)) {
		leave(x, to);
		return;
	}
	const struct msg_signed_out wanted = { .of = { next.at + before, next.len - before },
		.language = view_language(x) };
	const struct msg_signed_out_page *page = look(x, &wanted);
	if (page == NULL)
		return;
	bool stays = page->waits || page->others || is_refused(page);
	if (!stays && !page->framed) {
		leave(x, to);
		return;
	}
	if (!stays)
		oidc_go_on_to(x, GOES_ON_S, to);
	show(x, page, wanted.of, to, place);
}
