#include "base/wait.h"

#define NS_IN_S 1000000000L

struct timespec wait_end(int64_t in_ms)
{
	struct timespec end;
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)(in_ms / 1000);
	end.tv_nsec += (long)(in_ms % 1000) * 1000000;
	if (end.tv_nsec >= NS_IN_S) {
		end.tv_sec++;
		end.tv_nsec -= NS_IN_S;
	}
	return end;
}

bool wait_more(pthread_cond_t *told, pthread_mutex_t *lock, const struct timespec *end)
{
	return pthread_cond_clockwait(told, lock, CLOCK_MONOTONIC, end) == 0;
}
