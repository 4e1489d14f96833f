/* device.h - private to login: browsers that have signed somebody in before. What they show is a sealed cookie, not a description. */
#ifndef SPOM_AUTHORITY_LOGIN_DEVICE_H
#define SPOM_AUTHORITY_LOGIN_DEVICE_H
#include "authority/login/talk.h"

/* Whether the browser of this login is known to have signed that person in; *device_r: which one it is. id absent: nobody, at the same
 * cost. */
bool device_is_known(struct call *call, const struct login *login, struct text id, struct id *device_r);

/* The same for the person of the record, whose account refuses browsers from before known_after. */
bool device_is_still_known(struct call *call, const struct login *login, int64_t known_after_ms);

/* The cookie for a browser in which that person has just signed in, on the arena; absent where browsers are not to be known. */
NODISCARD enum err device_renew(
    struct call *call, const struct msg_login_record *record, struct secret *cookie_r);

#endif
