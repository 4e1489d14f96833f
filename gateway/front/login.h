/* login.h - private to front's sign-in: what its steps hand to each other. */
#ifndef SPOM_FRONT_LOGIN_H
#define SPOM_FRONT_LOGIN_H
#include "front/front.h"

/* The page with name and password, and what is said above it. */
struct login_view {
	int status;
	struct text next;
	struct text user;   /* as it was typed */
	struct text denied; /* a text id; absent on the first page */
	uint64_t retry_s;
	struct text done; /* a text id */
};

/* Begins (or, not fresh, goes on with) the sign-in of this browser: asks login_start and sets the cookie. NULL: the reply
 * says why. */
const struct msg_login_started *login_begin(struct exchange *exchange, struct text next, bool fresh);

/* Sets the sign-in's cookie. */
void login_cookie(struct exchange *exchange, struct secret cookie);

/* Where the address says that the person wants to go; absent when that is no place of ours. */
struct text login_next(const struct exchange *exchange);

/* One turn over the gate; reply NULL only asks for what is pending. Shows whatever comes of it. */
void login_turn(struct exchange *exchange, const struct msg_turn *turn);

/* What every turn says of this browser. */
struct msg_login_intro login_intro(
    const struct exchange *exchange, struct secret cookie, struct secret csrf, struct text ask);

/* Shows the first ask. */
void login_show_password(
    struct exchange *exchange, const struct msg_login_started *started, const struct login_view *view);

/* Shows an ask that the gate handed over; status 200, or 409 when it is not the one that was answered. */
void login_show_ask(struct exchange *exchange, int status, struct wire_any ask, struct secret csrf);

/* Says no, with a form to try again. */
void login_show_denied(struct exchange *exchange, const struct msg_login_denied *denied, struct text user);

/* Sets the session and leads on. */
void login_show_done(struct exchange *exchange, const struct msg_claimed *claimed);

#endif
