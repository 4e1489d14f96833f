/* login.h - the two conversations with the authority. */
#ifndef SPOM_PAM_LOGIN_H
#define SPOM_PAM_LOGIN_H
#include "call.h"

/* pam_sm_authenticate: asks until the authority is content or not. */
NODISCARD enum outcome login_run(struct call *call);

/* pam_sm_acct_mgmt: whether the account may be used now. Behind login_run it goes on with the same connection. */
NODISCARD enum outcome account_run(struct call *call);

#endif
