/* login.h - private to front's sign-in: what its steps hand to each other. */
#ifndef SPOM_FRONT_LOGIN_H
#define SPOM_FRONT_LOGIN_H
#include "front/front.h"
#include "text/out.h"

/* The page with name and password, and what is said above it. */
struct login_view {
	int status;
	struct text next;
	struct text user;   /* as it was typed, or with an act, who it is */
	enum act act;       /* what is proved for */
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

/* One turn over the gate; reply NULL only asks for what is pending. Shows whatever comes of it; problem (a text id, or absent) is then
 * said with the ask. */
void login_turn(struct exchange *exchange, const struct msg_turn *turn, struct text problem);

/* What every turn says of this browser. */
struct msg_login_intro login_intro(
    const struct exchange *exchange, struct secret cookie, struct secret csrf, struct text ask);

/* Shows the first ask. */
void login_show_password(
    struct exchange *exchange, const struct msg_login_started *started, const struct login_view *view);

/* Shows an ask that the gate handed over. A problem, of the ask's own or given here, makes it a refusal with the same ask again: 401, 429
 * while an answer has to wait, 409 for an answer to something else than what is pending. */
void login_show_ask(struct exchange *exchange, struct wire_any ask, struct secret csrf, struct text problem);

/* Appends "denied":...,"text":...,"trace":..., with the sentence of that text id, and the number by which the records have it. */
void login_add_denied(struct exchange *exchange, struct text denied, uint64_t count, struct out *out);

/* Appends "ask":{"kind":...,...}. */
void login_add_ask(struct exchange *exchange, struct wire_any ask, struct out *out);

/* Answers with JSON that was written to out. */
void login_give(struct exchange *exchange, int status, struct out *out);

/* Says no, with a form to try again. */
void login_show_denied(struct exchange *exchange, const struct msg_login_denied *denied, struct text user);

/* Sets the session and leads on. */
void login_show_done(struct exchange *exchange, const struct msg_claimed *claimed);

#endif
