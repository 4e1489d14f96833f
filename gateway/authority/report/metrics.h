/* metrics.h - counters of what happens, for /metrics. Cheap enough for every path: one atomic addition. */
#ifndef SPOM_AUTHORITY_REPORT_METRICS_H
#define SPOM_AUTHORITY_REPORT_METRICS_H
#include <stdint.h>

/* The rows are in metrics.def: METRIC(constant, name, labels, help). */
enum metric {
#define METRIC(constant, name, labels, help) constant,
#include "authority/report/metrics.def"
#undef METRIC
	METRIC_COUNT_
};

void metric_add(enum metric metric);
uint64_t metric_value(enum metric metric);

/* Called once, before the first thread: the process begins now. */
void metrics_begin(void);
/* When that was, in seconds since 1970. */
uint64_t metrics_began_s(void);

#endif
