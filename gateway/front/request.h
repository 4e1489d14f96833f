/* request.h - a request as front uses it: checked, taken apart, on the exchange's arena.
 *
 * What a stranger wrote and what the edge vouches for are told apart here, once: without the edge's secret a request has no address
 * and the first
 * origin. An edge that says an origin which we do not know is refused, not taken for the first one. */
#ifndef SPOM_FRONT_REQUEST_H
#define SPOM_FRONT_REQUEST_H
#include <stdbool.h>
#include "front/head.h"
#include "text/strings.h"
#include "wire/wire.h"

struct front;

enum method { METHOD_OTHER, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OPTIONS, METHOD_COUNT_ };

#define REQUEST_AUTHORIZATION_MAX 4160u /* "Bearer " and a JWT */

struct request {
	struct arena *arena;
	uint64_t trace;
	enum method method;
	struct text path;
	struct text query;
	struct secret body;
	struct text content_type;
	struct text browser; /* User-Agent, as far as it is plain text */
	struct text
	    original; /* X-Original-URL, or of X-Forwarded-Proto, -Host and -Uri; from the edge only */
	enum method
	    original_method; /* X-Original-Method or X-Forwarded-Method; METHOD_GET where the edge does not say */
	bool navigates;      /* the browser says that it goes to a page (Sec-Fetch-Mode), or says nothing */
	struct secret cookies;       /* the whole header */
	struct secret csrf;          /* X-CSRF-Token */
	struct secret authorization; /* the whole header, at most REQUEST_AUTHORIZATION_MAX bytes */
	struct secret session;       /* the session's cookie */
	struct secret login;         /* the login's cookie */
	struct secret device;        /* the cookie by which this browser is known again */
	bool from_edge;
	bool cross_site; /* the browser says that another site sent the person here */
	bool wants_json;
	struct text address; /* of the client; absent when nobody trusted told it */
	struct text origin;  /* one of the portal's own */
	bool
	    is_astray; /* the edge named an origin that is none of the portal's, or none where there are several */
	bool secure;           /* that origin is https */
	struct text languages; /* what the browser would like to read (Accept-Language) */
	const struct language *language;
};

/* Fills a request from a head that head_check took. The body is still absent. */
void request_read(
    const struct front *front, const struct head *head, struct arena *arena, struct request *request_r);

/* Whether the form or JSON object in the body was read into at, a struct of msg. ERR_MALFORMED, ERR_TOO_LARGE as wire_put;
 * ERR_NOT_FOUND: its media type is neither. */
NODISCARD enum err request_form(const struct request *request, const struct wire_msg *msg, void *at);

/* The names of the cookies under an origin of this kind. */
const char *request_session_name(bool secure);
const char *request_login_name(bool secure);
const char *request_device_name(bool secure);

const char *request_method_text(enum method method);

#endif
