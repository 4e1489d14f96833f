/* asked.h - that somebody was sent to the sign-in, what for, and when. The mark travels with the person to the sign-in and back, so
 * nothing is stored; it is bound to the one request for which it was made. */
#ifndef SPOM_AUTHORITY_SSO_ASKED_H
#define SPOM_AUTHORITY_SSO_ASKED_H
#include <stdbool.h>
#include <stdint.h>
#include "authority/call/call.h"
#include "authority/keys/keys.h"

enum asked_for {
	ASKED_NOTHING,
	ASKED_SIGN_IN, /* afresh */
	ASKED_MORE,    /* than the session had: once, so that nobody goes in a circle */
	ASKED_AGREED,  /* no sign-in: whether a service may be told, and the person has said yes, */
	ASKED_DENIED,  /* or no (consent.h) */
};
struct asked {
	enum asked_for what;
	int64_t since_ms;
};

/* What makes a request the one that it is: its protocol, and its parameters. */
struct asked_request {
	const struct text *parts;
	size_t n;
};

/* A mark for this request and now, on the arena; absent when memory is out. */
struct text asked_mark(struct call *call, struct asked_request request, enum asked_for what);

/* What stands for a request where it is not there itself. False: memory is out. */
bool asked_digest(struct call *call, struct asked_request request, uint8_t digest[KEYS_HASH_SIZE]);

/* What the mark of a request says; nothing where it has none, or one that was not made for it. */
struct asked asked_read(struct call *call, struct asked_request request, struct text mark);

#endif
