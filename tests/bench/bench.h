/* bench.h - what the load generators share: processes that repeat one act for a while, and what that took. */
#ifndef SPOM_BENCH_H
#define SPOM_BENCH_H
#include <stdbool.h>
#include <stdint.h>

/* One act by one worker; number counts up over all workers. false: it failed. state is the worker's own. */
typedef bool bench_act(void *state, unsigned long number);

struct bench {
	unsigned workers;
	double seconds;
	bench_act *act;
	void *(*begin)(unsigned worker); /* makes a worker's state */
};

/* The code of the moment of an authenticator (RFC 6238, 30 s, six digits); secret in base32. */
bool bench_code(const char *secret, char code[7]);

/* Runs it and prints one line of JSON: {"done", "failed", "seconds", "rate", "p50_ms", "p99_ms"}. */
int bench_run(const struct bench *bench);

#endif
