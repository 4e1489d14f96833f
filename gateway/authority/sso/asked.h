/* asked.h - private to sso: that a service demanded a fresh sign-in, and when. The mark travels with the person to the sign-in and back, so
 * nothing is stored; it is bound to the one request for which it was made. */
#ifndef SPOM_AUTHORITY_SSO_ASKED_H
#define SPOM_AUTHORITY_SSO_ASKED_H
#include <stdint.h>
#include "authority/call/call.h"

/* What makes a request the one that it is: its protocol, and its parameters. */
struct asked {
	const struct text *parts;
	size_t n;
};

/* A mark for this request and now, on the arena; absent when memory is out. */
struct text asked_mark(struct call *call, struct asked request);

/* When the mark of a request was made, ms; 0: it has none, or one that was not made for it. */
int64_t asked_ms(struct call *call, struct asked request, struct text mark);

#endif
