/* portal_logo.c - the logo of a service, from here and never from there: so no application learns who looks at a page. The address names the record
 * that it is of, so browsers may keep it. */
#include "front/portal.h"
#include "front/route.h"
#include "front/show.h"

void portal_logo(struct exchange *x)
{
	const struct msg_service_logo *ask = portal_fill(x, x->route);
	const struct msg_service_logo_found *found =
	    ask != NULL ? show_ask(x, WIRE(service_logo, ask), wire_msg_service_logo_found()) : NULL;
	if (found == NULL)
		return;
	if (found->png.len == 0) {
		show_fault(x, FAULT_NOT_FOUND, 0);
		return;
	}
	x->reply->status = 200;
	x->reply->type = "image/png";
	x->reply->body = (struct text){ (const char *)found->png.at, found->png.len };
	x->reply->keep = true;
}
