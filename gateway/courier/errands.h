/* errands.h - what is said to applications: that a session has ended, and, to who wants to be a proxy, its tickets; and what feeds are asked for
 * metadata. Many at once, each kind on a thread of its own, so that neither mails nor other applications wait for a slow one. What is said, and
 * to whom, the authority says. */
#ifndef SPOM_COURIER_ERRANDS_H
#define SPOM_COURIER_ERRANDS_H
#include "base/attr.h"
#include "base/err.h"

struct errands;

enum errand {
	ERRAND_NOTICE,   /* a sign-out: when there is time for it, and again until it was heard */
	ERRAND_CALLBACK, /* CAS Protocol 3.0, section 2.5.4: somebody waits for it */
	ERRAND_FEED,     /* metadata of a service: somebody may wait for them */
	ERRAND_COUNT_
};

/* Begins; every signal that ends us is blocked in the caller. ERR_NO_MEMORY. */
NODISCARD enum err errands_start(const char *path, enum errand errand, struct errands **errands_r);

/* Ends within a moment: what is under way then is given again to who comes next, if it is of use then. NULL-safe; clears. */
void errands_stop(struct errands **errands);

#endif
