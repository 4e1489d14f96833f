/* rates.h - how many messages of one session are carried out in a second (SECURITY 5).
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

NODISCARD enum err rates_new(struct rates **rates_r);
void rates_free(struct rates **rates); /* NULL-safe; clears */

/* Counts a message of who has that name (a keyed hash of at least 8 bytes); kind keeps counts of different things apart. At most
 * a_second at once, and as many in each second from then on. False: this one is too many, and was not counted. Thread-safe. */
bool rates_take(struct rates *rates, const uint8_t *name, unsigned kind, unsigned a_second, int64_t now_ms);

#endif
