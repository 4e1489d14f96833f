#include "authority/report/metrics.h"
#include <stdatomic.h>
#include "base/clock.h"

static atomic_uint_fast64_t values[METRIC_COUNT_];
static int64_t began_ms;

void metrics_begin(void)
{
	began_ms = clock_now_ms();
}

uint64_t metrics_began_s(void)
{
	return (uint64_t)(began_ms / 1000);
}

void metric_add(enum metric metric)
{
	atomic_fetch_add_explicit(&values[metric], 1, memory_order_relaxed);
}

uint64_t metric_value(enum metric metric)
{
	return atomic_load_explicit(&values[metric], memory_order_relaxed);
}
