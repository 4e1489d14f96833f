/* health.c - for those who watch: is this process there, and can people sign in? */
#include "front/route.h"
#include "front/show.h"

#define PATIENCE_MS 2000 /* who watches wants to know soon that the authority hangs */

void health_live(struct exchange *x)
{
	show_json(x, 200, TEXT_LITERAL("{\"live\":true}"));
}

void health_ready(struct exchange *x)
{
	struct msg_health health = { .release = TEXT_LITERAL(SPOM_VERSION) };
	const struct msg_health_state *state =
	    show_ask_soon(x, WIRE(health, &health), wire_msg_health_state(), PATIENCE_MS);
	if (state != NULL)
		show_message(x, state->ready ? 200 : 503, WIRE(health_state, state));
}
