/* step_up.h - a service asks for more than a live session has: the conversation in which its person proves more, so that the session rises. */
#ifndef SPOM_AUTHORITY_LOGIN_STEP_UP_H
#define SPOM_AUTHORITY_LOGIN_STEP_UP_H
#include "authority/call/call.h"

/* Begins it for that service (its name), by the session of that token: *act_r is what /login takes. ERR_FORBIDDEN: the person has no second factor
 * that counts, and may not enrol one now that would; else the errors of account.h and the store. */
NODISCARD enum err step_up_begin(struct call *call, const struct msg_session_record *session,
    struct secret token, struct text service, struct id *act_r);

#endif
