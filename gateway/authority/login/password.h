/* password.h - private to login: what the asks of old and new passwords share. */
#ifndef SPOM_AUTHORITY_LOGIN_PASSWORD_H
#define SPOM_AUTHORITY_LOGIN_PASSWORD_H
#include "authority/login/talk.h"

/* Too many tries: the same words for every name. */
NODISCARD enum err password_deny_throttled(
    struct call *call, struct login *login, uint64_t wait_s, struct wire_any *answer_r);

#endif
