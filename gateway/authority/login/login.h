/* login.h - the one conversation: from a name to a proof, the same for browser, SSH, console and desktop.
 *
 * This folder alone decides that somebody is who he says. A struct login is a conversation on one connection; a browser's
 * goes on over several of them, by its record in the store. */
#ifndef SPOM_AUTHORITY_LOGIN_LOGIN_H
#define SPOM_AUTHORITY_LOGIN_LOGIN_H
#include "authority/call/call.h"

struct login;

/* Whether an ask is pending (else the conversation is decided). */
bool login_is_asked(const struct login *login);

/* Whether the pending ask is answered by a password, which the directory has to try or to change. */
bool login_will_bind(const struct login *login);

/* Erases and frees; NULL-safe; clears. */
void login_free(struct login **login);

/* The handlers; contracts of the messages in wire/login.def. */
enum err login_on_start(struct call *call, const void *ask, struct wire_any *answer_r);
enum err login_on_open(struct call *call, const void *ask, struct wire_any *answer_r);
enum err login_on_answer(struct call *call, const void *ask, struct wire_any *answer_r);
enum err login_on_account(struct call *call, const void *ask, struct wire_any *answer_r);
enum err login_on_passed(struct call *call, const void *ask, struct wire_any *answer_r);
enum err login_on_claim(struct call *call, const void *ask, struct wire_any *answer_r);

#endif
