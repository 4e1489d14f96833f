/* http.h - the HTTP server below front: on loopback only, behind the edge. The one place that knows the library.
 *
 * A request is checked (head.h), its body read in time, the exchange carried out and written, and then everything secret of it is
 * erased: arena, the library's own buffer, and the stack. */
#ifndef SPOM_FRONT_HTTP_H
#define SPOM_FRONT_HTTP_H
#include "front/front.h"

struct http;

/* Listens on 127.0.0.1:port and serves front's instance with its threads. *why_r (static) says what the library does not like. */
NODISCARD enum err http_start(struct front *front, struct http **http_r, const char **why_r);

/* Lets what is under way finish, at most so long, refuses what comes meanwhile, and ends. */
void http_stop(struct http **http, int64_t deadline_ms);

#endif
