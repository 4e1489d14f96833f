/* person.h - asks on a terminal: each is a line or two, with prompts that tools can match. */
#ifndef SPOM_PAM_PERSON_H
#define SPOM_PAM_PERSON_H
#include "call.h"
#include "talk.h"

/* Puts the ask to the person and takes the answer. TALK_FAILED: nobody answers, or there is no way to ask this on a terminal. */
NODISCARD enum talk person_answer(struct call *call, struct wire_any ask, struct msg_login_answer *reply_r);

#endif
