/* cas.h - the CAS server (CAS Protocol 3.0).
 *
 * Front has read the syntax and believes nothing; here a request is judged against what is registered, and tickets are made and taken. A
 * ticket hangs on the session in which it was given, and ends with it. */
#ifndef SPOM_AUTHORITY_SSO_CAS_H
#define SPOM_AUTHORITY_SSO_CAS_H
#include "authority/call/call.h"

/* What a service of CAS is told whatever its record says (section 2.5.1). */
#define CAS_TOLD TEXT_LITERAL("preferred_username")

enum err cas_on_login(struct call *call, const void *ask, struct wire_any *answer_r);
enum err cas_on_logout(struct call *call, const void *ask, struct wire_any *answer_r);
enum err cas_on_validate(struct call *call, const void *ask, struct wire_any *answer_r);
enum err cas_on_grant(struct call *call, const void *ask, struct wire_any *answer_r);
enum err cas_on_proxy(struct call *call, const void *ask, struct wire_any *answer_r);
enum err cas_on_callback_next(struct call *call, const void *ask, struct wire_any *answer_r);
enum err cas_on_callback_told(struct call *call, const void *ask, struct wire_any *answer_r);

/* Whether a parameter that is there or not is there (section 2.1.1: renew, gateway); some clients write "false" in place of leaving it out. */
bool cas_is_set(struct text parameter);

#endif
