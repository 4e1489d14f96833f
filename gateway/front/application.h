/* application.h - private to front's side of forward-auth: what check and the portal's hand-over share. */
#ifndef SPOM_FRONT_APPLICATION_H
#define SPOM_FRONT_APPLICATION_H
#include "front/front.h"

/* The page or JSON for a verdict that is a no: forbidden, level or stale. */
void application_closed(struct exchange *exchange, const struct msg_check_verdict *verdict);

/* The cookies on an application's host. */
const char *application_cookie_name(bool secure);
const char *application_nonce_name(bool secure);

#define APPLICATION_NONCE_S 600u

#endif
