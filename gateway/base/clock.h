/* clock.h - the two clocks: the time of day for people, and a steady one for deadlines. */
#ifndef SPOM_BASE_CLOCK_H
#define SPOM_BASE_CLOCK_H
#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z (UTC). In test builds (SPOM_TEST_CLOCK) the offset is added. */
int64_t clock_now_ms(void);

/* Milliseconds of CLOCK_BOOTTIME: never set back, counts while the machine sleeps. For deadlines. */
int64_t clock_steady_ms(void);

/* What is left until deadline_ms of the steady clock, at least 0, at most INT_MAX: an argument for poll(2). */
int clock_left_ms(int64_t deadline_ms);

#ifdef SPOM_TEST_CLOCK
/* Test builds only: moves clock_now_ms by offset_ms from now on. */
void clock_offset(int64_t offset_ms);
#endif

#endif
