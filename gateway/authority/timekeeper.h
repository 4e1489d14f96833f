/* timekeeper.h - whether the clock of this machine can be believed (SECURITY 34).
 *
 * Codes, sessions, tickets and windows hang on the time of day. A clock that is wrong would let old ones in again, so an authority whose
 * clock is before its own build, before its last record in the audit, or far off both the store's and the directory's does not start, and one
 * that finds out later serves nothing (call/loop.c) until it is right again. Others go on. */
#ifndef SPOM_AUTHORITY_TIMEKEEPER_H
#define SPOM_AUTHORITY_TIMEKEEPER_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

struct authority;

/* Points of time in milliseconds since 1970 (UTC); 0: not known. */
struct timekeeper_facts {
	int64_t now_ms;
	int64_t built_ms;
	int64_t recorded_ms; /* the last record of the audit */
	int64_t store_ms;
	int64_t directory_ms; /* looked at where the store's is far off */
};

/* What speaks against the clock, for a log line: "before_build", "before_last_record", "off_store_and_directory"; NULL: nothing. A
 * directory whose clock is not known does not speak for ours. */
const char *timekeeper_judge(const struct timekeeper_facts *facts);

/* Whether two clocks are further apart than clocks that are looked after. */
bool timekeeper_is_apart(int64_t one_ms, int64_t other_ms);

/* Looks at the clock once, on the caller's thread; blocks as the store and the directory do. ERR_CLOCK: it must not be believed, and the
 * log has the reason. What has not been opened yet (the audit) is not asked. */
enum err timekeeper_look(struct authority *authority);

/* Looks every five seconds on a thread of its own, until it is stopped. */
NODISCARD enum err timekeeper_start(struct authority *authority);
void timekeeper_stop(void);

/* Remembers whether there is doubt; gives what was remembered before. For who looks. */
bool timekeeper_doubt(bool doubt);

/* Whether the clock was believed at the last look; true before the first one. Waits for nobody. */
bool timekeeper_trusts(void);

#endif
