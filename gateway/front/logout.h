/* logout.h - private to front: the end of a session, as the browser sees it. */
#ifndef SPOM_FRONT_LOGOUT_H
#define SPOM_FRONT_LOGOUT_H
#include "front/front.h"

/* Has the browser forget its session's cookie. */
void logout_forget(struct exchange *exchange);

/* The same, and leads to where people sign in; also the answer to somebody who was not signed in: what they wanted is so. */
void logout_done(struct exchange *exchange);

#endif
