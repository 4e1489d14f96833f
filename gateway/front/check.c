/* check.c - forward-auth: may this request pass, and who is it? The only thing that the instance check does. */
#include <string.h>
#include "front/route.h"
#include "front/show.h"

/* A value as a header field: UTF-8 without control characters. */
static void add(struct exchange *x, const char *name, struct text value)
{
	char *clean = arena_alloc(x->request->arena, value.len + 1);
	size_t n = 0;
	if (clean == NULL || value.len == 0)
		return;
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] >= 0x20 && value.at[i] != 0x7f)
			clean[n++] = value.at[i];
	reply_header(x->reply, name, (struct text){ clean, n });
}

static void allowed(struct exchange *x, const struct msg_check_verdict *verdict)
{
	add(x, "Remote-User", verdict->user);
	add(x, "Remote-Name", verdict->name);
	add(x, "Remote-Email", verdict->email);
	add(x, "Remote-Groups", verdict->groups);
	add(x, "Remote-AMR", verdict->amr);
	x->reply->status = 200;
}

/* "https://app.example.edu:8443" of an address; absent when it is none. */
static struct text origin_part(struct text url)
{
	const char *host = url.len > 0 ? strstr(text_str(url), "://") : NULL;
	if (host == NULL || (size_t)(host + 3 - url.at) > url.len)
		return (struct text){ NULL, 0 };
	host += 3;
	size_t len = (size_t)(host - url.at) + strcspn(host, "/?#");
	return (struct text){ url.at, len < url.len ? len : url.len };
}

/* The edge says which address the person wants; without it the question is about the portal itself. */
void check_get(struct exchange *x)
{
	struct text uri = x->request->original;
	struct text origin = uri.at != NULL ? origin_part(uri) : x->request->origin;
	if (origin.at == NULL || origin.len > 200 || !text_is_utf8(origin.at, origin.len)) {
		show_fault(x, FAULT_MALFORMED, 0);
		return;
	}
	struct msg_check check = {
		.session = x->request->session,
		.origin = origin,
		.uri = uri.len <= 2000 && text_is_utf8(uri.at, uri.len) ? uri : (struct text){ NULL, 0 },
	};
	const struct msg_check_verdict *verdict = show_ask(x, WIRE(check, &check), wire_msg_check_verdict());
	if (verdict == NULL)
		return;
	if (verdict->outcome == CHECK_ALLOWED) {
		allowed(x, verdict);
		return;
	}
	if (verdict->outcome == CHECK_SIGN_IN)
		reply_header(x->reply, "Location", verdict->location);
	show_fault(x, verdict->outcome == CHECK_SIGN_IN ? FAULT_SIGN_IN : FAULT_FORBIDDEN, 0);
}
