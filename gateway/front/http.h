/* http.h - the HTTP server below front: on loopback only, behind the edge. The one place that knows the library.
 *
 * A request is checked (head.h), its body read in time, the exchange carried out and written, and then everything secret of it is
 * erased: arena, the library's own buffer, and the stack. */
#ifndef SPOM_FRONT_HTTP_H
#define SPOM_FRONT_HTTP_H
#include "front/front.h"

struct http;

/* Listens on 127.0.0.1:port, by a socket that was given (not -1) or one of its own, and serves front's instance with its threads. *why_r
 * (static) says what the library does not like. */
NODISCARD enum err http_start(struct front *front, int given, struct http **http_r, const char **why_r);

/* One look on the way out, to be repeated every HTTP_LOOK_MS; the first begins it. From then on every answer ends its connection; when no
 * connection is left idle between requests, nobody new is let in. true: nothing is under way any more, and the process may end. */
#define HTTP_LOOK_MS 5
bool http_drain(struct http *http);

/* Ends the library, which takes up to two seconds; the answer to what is under way is lost. */
void http_stop(struct http **http);

#endif
