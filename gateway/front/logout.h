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

/* Sends who is signed out to where a service wants them, by that page where there is something to say or to be told by the browser. place: the
 * address whose host is shown. */
void signed_out_leave(struct exchange *exchange, struct text next, struct text to, struct text place);

/* Nobody is signed in here any more: to the address of a service; absent: as logout_done. next: of the authority's answer, by way of that page;
 * absent: nobody was signed in. shown: behind a form (oidc_leave). */
void logout_leave(struct exchange *exchange, struct text to, struct text next, bool shown);

/* A POST to an address where services send people to be signed out: somebody has said yes on the page (confirmed; the value of the form is not
 * looked at yet), a service has sent a form, with which browsers send no cookie of ours, so it becomes an address; and what is no form
 * comes from a program, which needs to be led nowhere. */
typedef void (*logout_confirmed)(struct exchange *exchange, struct text body, struct msg_logout *logout);
void logout_of_service(struct exchange *exchange, const char *address, logout_confirmed confirmed);

/* Asks whether somebody whom a service sent here wants to be signed out. */
void logout_ask(struct exchange *exchange, const struct msg_leaving_page *page);

/* Ends the session, where there is one. false: the reply says why not. *next_r: where it says what came of it; stays as it is where there is nothing to say. */
bool logout_end(struct exchange *exchange, struct msg_logout *logout, struct text *next_r);

#endif
