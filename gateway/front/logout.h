/* logout.h - private to front: the end of a session, as the browser sees it. */
#ifndef SPOM_FRONT_LOGOUT_H
#define SPOM_FRONT_LOGOUT_H
#include "front/front.h"

/* Has the browser forget its session's cookie. */
void logout_forget(struct exchange *exchange);

/* The same, and leads to where it says what came of it (next of the authority's answer), or, where that is absent, to where people sign in; also the
 * answer to somebody who was not signed in: what they wanted is so. */
void logout_done(struct exchange *exchange, struct text next);

/* Where the authority says what somebody has signed out of, behind it the session's name. */
#define LOGOUT_SIGNED_OUT "/signed-out?of="

/* Sends who is signed out to where a service wants them, by that page where there is something to say or to be told by the browser. */
void signed_out_leave(struct exchange *exchange, struct text next, struct text to);

#endif
