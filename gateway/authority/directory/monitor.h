/* monitor.h - a mutex and the one condition "something changed", with deadlines of the steady clock. */
#ifndef SPOM_AUTHORITY_DIRECTORY_MONITOR_H
#define SPOM_AUTHORITY_DIRECTORY_MONITOR_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

struct monitor {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

NODISCARD enum err monitor_init(struct monitor *monitor);
void monitor_done(struct monitor *monitor);

void monitor_enter(struct monitor *monitor);
void monitor_leave(struct monitor *monitor);

/* Inside: waits for a change. False: the deadline has passed. May wake for nothing, so look again. */
bool monitor_wait(struct monitor *monitor, int64_t deadline_ms);

/* Inside: wakes one who waits, or all. */
void monitor_wake_one(struct monitor *monitor);
void monitor_wake_all(struct monitor *monitor);

#endif
