/* throttle.h - private to login: how many passwords may be tried (SECURITY 17).
 *
 * Counted before the check, under the person's immutable id, or the name as typed where nobody has it: both cost the same. A browser that
 * is known has counters of its own, so that who guesses from elsewhere does not shut the owner out. */
#ifndef SPOM_AUTHORITY_LOGIN_THROTTLE_H
#define SPOM_AUTHORITY_LOGIN_THROTTLE_H
#include "authority/login/talk.h"

struct throttle {
	struct store_key tries; /* free ones, then waits */
	struct store_key hour;  /* what is forwarded to the directory in an hour */
	struct store_key network;
	bool has_network;
	bool is_known; /* the browser */
};

/* Counts a try of the person (id absent: nobody of that name). *wait_s_r above 0: not now, and nothing may be checked. */
NODISCARD enum err throttle_try(struct call *call, const struct login *login, struct text id,
    struct throttle *throttle_r, uint64_t *wait_s_r);

/* The try could not be carried out: it is given back. */
void throttle_give_back(struct call *call, const struct throttle *throttle);

/* The password was right: the tries are forgotten, with what the answer leaves to be written. */
void throttle_right(struct call *call, const struct throttle *throttle);

/* The password was wrong: the network is counted by how many people failed from it. */
NODISCARD enum err throttle_wrong(struct call *call, const struct throttle *throttle);

#endif
