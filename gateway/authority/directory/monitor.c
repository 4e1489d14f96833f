#include "authority/directory/monitor.h"
#include "base/clock.h"
#include "base/wait.h"

enum err monitor_init(struct monitor *monitor)
{
	if (pthread_cond_init(&monitor->changed, NULL) != 0)
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

bool monitor_wait(struct monitor *monitor, int64_t deadline_ms)
{
	int left_ms = clock_left_ms(deadline_ms);
	if (left_ms == 0)
		return false;
	/* the steady clock counts sleep, and that of a wait does not: what is left is carried over */
	const struct timespec end = wait_end(left_ms);
	return wait_more(&monitor->changed, &monitor->mutex, &end);
}

void monitor_wake_one(struct monitor *monitor)
{
	(void)pthread_cond_signal(&monitor->changed);
}

void monitor_wake_all(struct monitor *monitor)
{
	(void)pthread_cond_broadcast(&monitor->changed);
}
