/* asked.h - private to sso: that somebody was sent to the sign-in, what for, and when. The mark travels with the person to the sign-in and back, so
 * nothing is stored; it is bound to the one request for which it was made. */
#ifndef SPOM_AUTHORITY_SSO_ASKED_H
#define SPOM_AUTHORITY_SSO_ASKED_H
#include <stdint.h>
#include "authority/call/call.h"

enum asked_for {
	ASKED_NOTHING,
	ASKED_SIGN_IN, /* afresh */
	ASKED_MORE,    /* than the session had: once, so that nobody goes in a circle */
};
struct asked {
	enum asked_for what;
	int64_t since_ms;
};

/* A mark for this request and now, on the arena; absent when memory is out. */
struct text asked_mark(struct call *call, const struct msg_oidc_authorize *ask, enum asked_for what);

/* What the mark of a request says; nothing where it has none, or one that was not made for it. */
struct asked asked_read(struct call *call, const struct msg_oidc_authorize *ask);

#endif
