#include "authority/every.h"
#include "base/clock.h"

static void *keep(void *at)
{
	struct every *every = at;
	int64_t next_ms = clock_steady_ms() + every->ms;
	monitor_enter(&every->monitor);
	while (!every->ending) {
		if (monitor_wait(&every->monitor, next_ms))
			continue;
		monitor_leave(&every->monitor);
		every->run(every->context);
		next_ms = clock_steady_ms() + every->ms;
		monitor_enter(&every->monitor);
	}
	monitor_leave(&every->monitor);
	return NULL;
}

enum err every_start(struct every *every, void (*run)(void *context), void *context, int64_t ms)
{
	enum err err = monitor_init(&every->monitor);
	if (err != OK)
		return err;
	every->ending = false;
	every->run = run;
	every->context = context;
	every->ms = ms;
	every->running = pthread_create(&every->thread, NULL, keep, every) == 0;
	if (every->running)
		return OK;
	monitor_done(&every->monitor);
	return ERR_NO_MEMORY;
}

void every_stop(struct every *every)
{
	if (!every->running)
		return;
	monitor_enter(&every->monitor);
	every->ending = true;
	monitor_wake_all(&every->monitor);
	monitor_leave(&every->monitor);
	(void)pthread_join(every->thread, NULL);
	every->running = false;
	monitor_done(&every->monitor);
}
