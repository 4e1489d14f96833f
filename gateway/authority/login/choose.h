/* choose.h - private to login: answers that ask for another way. */
#ifndef SPOM_AUTHORITY_LOGIN_CHOOSE_H
#define SPOM_AUTHORITY_LOGIN_CHOOSE_H
#include "authority/login/talk.h"

/* Whether the answer is a browser's word for another factor ("choose", "totp", "recovery"); it is carried out then, with *err_r and
 * *answer_r as its result. */
bool choose_is_answer(struct call *call, struct login *login, const struct msg_login_answer *answer,
    struct wire_any *answer_r, enum err *err_r);

#endif
