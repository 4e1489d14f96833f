/* reply.h - an answer before it is written. */
#ifndef SPOM_FRONT_REPLY_H
#define SPOM_FRONT_REPLY_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/secret.h"
#include "base/text.h"

#define REPLY_HEADERS_MAX 24

struct reply_header {
	const char *name;
	struct text value;
};

struct reply {
	struct arena *arena;
	int status; /* 0: nobody has answered yet */
	const char *type;
	struct text body;
	struct reply_header headers[REPLY_HEADERS_MAX];
	unsigned n_headers;
	struct text
	    leads_to; /* an origin that a form of this page leads to, beside those of the policy; absent: none */
	struct text
	    frames;  /* origins of which this page may have frames, a blank before each; absent: none */
	bool framed; /* it may be shown in a frame of our own */
	unsigned max_age_s; /* how long anybody may keep it; 0: not at all */
	bool keep;          /* it never changes: browsers and proxies may keep it */
	bool close;         /* the connection is not used again */
};

/* Adds a header field; the value is borrowed (arena or literal). One with a line's end or NUL in it is dropped, as is one too
 * many. */
void reply_header(struct reply *reply, const char *name, struct text value);

/* Adds a decimal number. */
void reply_number(struct reply *reply, const char *name, unsigned long long number);

/* Sets a cookie for this host and all its paths, unreadable for scripts. An absent value deletes it. max_age_s 0: it ends with the
 * browser. */
void reply_cookie(
    struct reply *reply, const char *name, struct secret value, bool secure, unsigned max_age_s);

/* "HTTP/1.1 200 OK" and all header fields, on the arena; absent when memory is out. With the body of a HEAD's answer the length is told
 * and nothing sent. policy is the pages' Content-Security-Policy. */
struct text reply_head(const struct reply *reply, const char *policy);

#endif
