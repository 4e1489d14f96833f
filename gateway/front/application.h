/* application.h - private to front's side of forward-auth: what check and the portal's hand-over share. */
#ifndef SPOM_FRONT_APPLICATION_H
#define SPOM_FRONT_APPLICATION_H
#include "front/front.h"

/* Why something stays closed. */
struct application_told {
	const char *id;    /* a text id; also the JSON's "error" */
	const char *title; /* a text id */
	struct text name;  /* the application's; may be absent, as the rule may */
	struct text rule;
	bool again;   /* opening the application once more helps */
	bool factors; /* a second factor helps */
};
void application_tell(struct exchange *exchange, int status, const struct application_told *told);

/* The page or JSON for a verdict that is a no, but for sign_in: 401 where a proof would help, else 403. */
void application_closed(struct exchange *exchange, const struct msg_check_verdict *verdict);

/* The cookies on an application's host. */
const char *application_cookie_name(bool secure);
const char *application_nonce_name(bool secure);

#define APPLICATION_NONCE_S 600u

#endif
