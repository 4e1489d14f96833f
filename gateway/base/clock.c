#include "base/clock.h"
#include <limits.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec now;
	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#ifdef SPOM_TEST_CLOCK
static _Atomic int64_t moved_ms;

void clock_offset(int64_t offset_ms)
{
	moved_ms = offset_ms;
}

int64_t clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME) + moved_ms;
}
#else
int64_t clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}
#endif

int64_t clock_steady_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

int clock_left_ms(int64_t deadline_ms)
{
	int64_t now_ms = clock_steady_ms();
	if (deadline_ms <= now_ms)
		return 0;
	int64_t left_ms = deadline_ms - now_ms;
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
