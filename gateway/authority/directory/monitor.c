#include "authority/directory/monitor.h"
#include <errno.h>
#include <time.h>
#include "base/clock.h"

enum err monitor_init(struct monitor *monitor)
{
	pthread_condattr_t steady;
	if (pthread_condattr_init(&steady) != 0)
		return ERR_NO_MEMORY;
	(void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	int failed = pthread_cond_init(&monitor->changed, &steady);
	(void)pthread_condattr_destroy(&steady);
	if (failed != 0)
		return ERR_NO_MEMORY;
	if (pthread_mutex_init(&monitor->mutex, NULL) != 0) {
		(void)pthread_cond_destroy(&monitor->changed);
		return ERR_NO_MEMORY;
	}
	return OK;
}

void monitor_done(struct monitor *monitor)
{
	(void)pthread_mutex_destroy(&monitor->mutex);
	(void)pthread_cond_destroy(&monitor->changed);
}

void monitor_enter(struct monitor *monitor)
{
	(void)pthread_mutex_lock(&monitor->mutex);
}

void monitor_leave(struct monitor *monitor)
{
	(void)pthread_mutex_unlock(&monitor->mutex);
}

/* The steady clock counts sleep and a condition's does not: what is left is carried over. */
static struct timespec until(int left_ms)
{
	struct timespec at;
	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += left_ms / 1000;
	at.tv_nsec += left_ms % 1000 * 1000000L;
	if (at.tv_nsec >= 1000000000L) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000L;
	}
	return at;
}

bool monitor_wait(struct monitor *monitor, int64_t deadline_ms)
{
	int left_ms = clock_left_ms(deadline_ms);
	if (left_ms == 0)
		return false;
	struct timespec at = until(left_ms);
	return pthread_cond_timedwait(&monitor->changed, &monitor->mutex, &at) != ETIMEDOUT;
}

void monitor_wake_one(struct monitor *monitor)
{
	(void)pthread_cond_signal(&monitor->changed);
}

void monitor_wake_all(struct monitor *monitor)
{
	(void)pthread_cond_broadcast(&monitor->changed);
}
