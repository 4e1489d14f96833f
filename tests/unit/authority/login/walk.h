/* walk.h - a walk through the conversation, as front, gate and its module take it. */
#ifndef SPOM_TESTS_WALK_H
#define SPOM_TESTS_WALK_H
#include "unit.h"
#include "../house.h"
#include "wire/link.h"

/* A browser: what its cookie jar and its form hold, and where it stands. */
struct browser {
	struct secret cookie, csrf, session, device;
	struct text ask, address;
};

/* A secret of a string, borrowed. */
struct secret typed(const char *string);

/* GET /login, by a browser with that cookie ("": none). */
struct browser browser_get(struct secret cookie, const char *next);

/* What a browser takes over from a notice. */
void take_notice(struct browser *browser, const struct msg_ask_notice *notice);

/* One turn: what gate's module would do. The answer of login_open comes back where reply is NULL. The caller closes the link. */
struct wire_any turn(const struct browser *browser, const char *user, const char *reply, struct link *link_r);
struct wire_any turn_once(const struct browser *browser, const char *user, const char *reply);

/* One turn with all that a form may carry, and what the browser takes over from the ask that comes of it. */
struct wire_any step_with(struct browser *browser, const char *user, struct msg_login_answer reply);
struct wire_any step(struct browser *browser, const char *user, const char *reply);

/* Why an ask came again; "" where it did not. */
const char *problem_of(struct wire_any any);

/* What is left of a login that is done: the stack's yes and the claim; the session and the device lie in the browser then. */
const struct msg_claimed *finish(struct browser *browser, struct wire_any done);

/* A conversation over PAM, up to what comes of the password; and the answer to an ask of it. */
struct wire_any pam_begin(struct link *link_r, const char *service, const char *user, const char *password);
struct wire_any pam_reply(struct link *link, struct wire_any ask, const char *reply);

/* What front asks for with the transaction of a login that is done, and what gate says when the rest of the stack agrees. */
struct wire_any claim_as(const struct browser *browser, const struct id *transaction);
struct wire_any pass(const struct id *transaction);

/* All of it: the turn, the stack's yes, the claim; the session lies in the browser then. */
const struct msg_claimed *browser_sign_in(struct browser *browser, const char *user, const char *password);

struct wire_any home_of(struct secret session);
void assert_refused(struct wire_any any, enum refusal reason);
void assert_denied(struct wire_any any, const char *text);

#endif
