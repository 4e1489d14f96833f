/* oidc_hint.c - what a service says to the pages of the sign-in (OpenID Connect Core 3.1.2.1): login_hint, ui_locales. It stands in the address where the
 * sign-in leads, so nothing is kept of it, and it decides nothing. */
#include <string.h>
#include "front/decode.h"
#include "front/front.h"
#include "front/oidc.h"
#include "text/out.h"
#include "text/strings.h"

#define HINT_MAX 256u
#define LOCALES_MAX 200u

/* The query of a request on the way; absent: it leads elsewhere. */
static struct text query_of(struct text next)
{
	static const char WAY[] = "/oidc/authorize?";
	if (!text_starts_with(next, WAY))
		return (struct text){ NULL, 0 };
	return (struct text){ next.at + strlen(WAY), next.len - strlen(WAY) };
}

static struct text value_of(const struct exchange *x, struct text query, const char *name, size_t max)
{
	struct text value = { NULL, 0 };
	if (query.at == NULL || decode_text(query, name, max, x->request->arena, &value) != OK)
		return (struct text){ NULL, 0 };
	return value.len > 0 ? value : (struct text){ NULL, 0 };
}

struct text oidc_login_hint(const struct exchange *x, struct text next)
{
	return value_of(x, query_of(next), "login_hint", HINT_MAX);
}

/* Languages with a blank between two, the best first; behind them what the browser would like. */
void oidc_speak(struct exchange *x, struct text query)
{
	struct text wanted = value_of(x, query, "ui_locales", LOCALES_MAX), whole;
	struct out out = OUT_SMALL(x->request->arena);
	if (wanted.at == NULL)
		return;
	for (size_t i = 0; i < wanted.len; i++)
		out_bytes(&out, wanted.at[i] == ' ' ? "," : wanted.at + i, 1);
	out_str(&out, ",");
	out_text(&out, x->request->languages);
	if (out_done(&out, &whole))
		x->request->language = strings_negotiate(x->front->strings, whole);
}

void oidc_speak_for(struct exchange *x, struct text next)
{
	oidc_speak(x, query_of(next));
}
