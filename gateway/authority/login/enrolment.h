/* enrolment.h - private to login: who needs a second factor, and who may enrol the first one (SECURITY 14). */
#ifndef SPOM_AUTHORITY_LOGIN_ENROLMENT_H
#define SPOM_AUTHORITY_LOGIN_ENROLMENT_H
#include "authority/account/account.h"
#include "authority/login/talk.h"

/* Whether this person has to have a second factor. */
NODISCARD enum err enrolment_is_needed(
    struct call *call, const struct msg_login_record *record, bool *needed_r);

/* Whether the person, who has none, may enrol one with the password alone. */
NODISCARD enum err enrolment_is_open(
    struct call *call, const struct msg_login_record *record, const struct account *account, bool *open_r);

#endif
