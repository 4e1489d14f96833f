#include "front/route.h"
#include "front/show.h"

void home_get(struct exchange *x)
{
	struct msg_home home = { .session = x->request->session };
	const struct msg_home_page *page = show_ask(x, WIRE(home, &home), wire_msg_home_page());
	if (page == NULL)
		return;
	if (x->request->wants_json)
		show_message(x, 200, WIRE(home_page, page));
	else
		show_page(x, 200, x->route->page, WIRE(home_page, page));
}
