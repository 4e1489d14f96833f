#include "authority/report/metrics.h"
#include <stdatomic.h>

static atomic_uint_fast64_t values[METRIC_COUNT_];

void metric_add(enum metric metric)
{
	atomic_fetch_add_explicit(&values[metric], 1, memory_order_relaxed);
}

uint64_t metric_value(enum metric metric)
{
	return atomic_load_explicit(&values[metric], memory_order_relaxed);
}
