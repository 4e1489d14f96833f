/* home.h - private to self: what waits for a person. */
#ifndef SPOM_AUTHORITY_SELF_HOME_H
#define SPOM_AUTHORITY_SELF_HOME_H
#include "authority/call/call.h"

/* Where our own records cannot be read, nothing waits: the page is there all the same. */
NODISCARD enum err home_waiting(
    struct call *call, const struct msg_session_record *session, struct msg_home_page *page);

#endif
