/* bench.h - what the load generators share: processes that repeat one act for a while, people to do it with, and what that took. */
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

/* People of the campus by number: `count` of them from `first` on, of whom `used` have had their turn in an earlier run. */
struct bench_people {
	unsigned long first, count, used;
};

/* "FIRST:COUNT:USED"; false: it is nothing of the kind. */
bool bench_people_parse(const char *text, struct bench_people *people_r);

/* Whose turn it is: neighbours lie far apart, so that no cache is flattered, and nobody comes twice before all have come. */
unsigned long bench_person(const struct bench_people *people, unsigned long number);

/* The code of the moment of an authenticator (RFC 6238, 30 s, six digits); secret in base32. */
bool bench_code(const char *secret, char code[7]);

/* Runs it and prints one line of JSON: {"done", "failed", "seconds", "rate", "p50_ms", "p99_ms"}. */
int bench_run(const struct bench *bench);

/* The same by hand, for who does many acts at once in one process. more: further fields, such as ", \"refused\": 3", or "". */
struct bench_tally;
struct bench_tally *bench_tally_new(void); /* NULL: no memory */
void bench_tally_done(struct bench_tally *tally, double took_s);
void bench_tally_failed(struct bench_tally *tally);
int bench_tally_print(struct bench_tally *tally, double seconds, const char *more);

double bench_now_s(void);

#endif
