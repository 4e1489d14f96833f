/* self.h - the pages of a signed-in person. Each handler begins with self_session: who asks, and may he. */
#ifndef SPOM_AUTHORITY_SELF_SELF_H
#define SPOM_AUTHORITY_SELF_SELF_H
#include "authority/call/call.h"

/* Loads the session of a request. ERR_NOT_FOUND: nobody is signed in. */
NODISCARD enum err self_session(
    struct call *call, struct secret token, const struct msg_session_record **session_r);

/* The same for what changes something: the form's value must be this session's. ERR_STALE: it is not. */
NODISCARD enum err self_session_of_form(
    struct call *call, struct secret token, struct secret csrf, const struct msg_session_record **session_r);

/* What every page shows beside its own matter; NULL when memory is out. */
const struct msg_frame *self_frame(
    struct call *call, struct secret token, const struct msg_session_record *session);

enum err self_on_home(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_logout(struct call *call, const void *ask, struct wire_any *answer_r);

#endif
