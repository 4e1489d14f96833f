/* rates.h - how much of a kind is let through in a second, for each name (SECURITY 5).
 *
 * In this process's memory alone, of a fixed size, so that a message costs no round trip for it. Where more sessions are busy at once than
 * it has room for, the one that was quiet for longest is forgotten: forgetting lets on, it never refuses. */
#ifndef SPOM_AUTHORITY_CALL_RATES_H
#define SPOM_AUTHORITY_CALL_RATES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

struct rates;

/* What is counted; counts of different things are kept apart. */
enum rates_kind {
	RATES_MESSAGES,           /* of a session */
	RATES_CHECKS,             /* of forward-auth, of a session */
	RATES_REFUSALS,           /* that are recorded: of a service and an event, */
	RATES_REFUSALS_OF_ALL,    /* of all together, */
	RATES_FIRST_REFUSALS,     /* of a service, whatever else there is, */
	RATES_FIRSTS_OF_ALL,      /* and of those of all services */
	RATES_DEVICES,            /* that begin to wait, of a service, */
	RATES_DEVICES_OF_NETWORK, /* and of who asks for one of them */
	RATES_REGISTRATIONS,      /* by a token */
	RATES_FEEDS,              /* faults of them that are told */
	RATES_FAULTS,             /* that are recorded: of one thing, with one reason */
	RATES_PUSHED,             /* requests that anybody may have kept: of a service, */
	RATES_PUSHED_OF_NETWORK,  /* of who asks, */
	RATES_PUSHED_OF_ALL,      /* and of all */
};

NODISCARD enum err rates_new(struct rates **rates_r);
void rates_free(struct rates **rates); /* NULL-safe; clears */

/* Counts one of whoever has that name: its first 8 bytes, which nobody can choose freely. At most a_second (1 to 1,000,000) at once, and as many in each
 * second from then on. False: this one is too many, and was not counted. Thread-safe. */
bool rates_take(
    struct rates *rates, const uint8_t *name, enum rates_kind kind, unsigned a_second, int64_t now_ms);

/* The same of what may be once in every_ms. */
bool rates_take_one(
    struct rates *rates, const uint8_t *name, enum rates_kind kind, int64_t every_ms, int64_t now_ms);

#endif
