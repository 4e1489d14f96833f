#include "bench.h"
#include <liboath/oath.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Latencies in steps of 2 %, from 1 us: exact enough for percentiles, and the same size for every number of acts. */
#define BINS 1024
#define STEP 1.02

struct tally {
	_Atomic unsigned long next, done, failed;
	_Atomic unsigned long bins[BINS];
};

bool bench_code(const char *secret, char code[7])
{
	char *key = NULL;
	size_t len = 0;
	if (oath_base32_decode(secret, strlen(secret), &key, &len) != OATH_OK)
		return false;
	int rc = oath_totp_generate(key, len, time(NULL), 30, 0, 6, code);
	free(key);
	return rc == OATH_OK;
}

static double now_s(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void note(struct tally *tally, double seconds)
{
	double bin = log(seconds * 1e6) / log(STEP);
	int at = bin < 0 ? 0 : bin >= BINS ? BINS - 1 : (int)bin;
	tally->bins[at]++;
}

static double percentile(struct tally *tally, double part)
{
	unsigned long sum = 0, wanted = (unsigned long)((double)tally->done * part);
	for (int i = 0; i < BINS; i++) {
		sum += tally->bins[i];
		if (sum > wanted)
			return pow(STEP, i) / 1e3;
	}
	return 0;
}

static void work(const struct bench *bench, struct tally *tally, unsigned worker, double end_s)
{
	void *state = bench->begin(worker);
	while (state != NULL) {
		double began_s = now_s();
		if (began_s >= end_s)
			break;
		if (bench->act(state, tally->next++)) {
			note(tally, now_s() - began_s);
			tally->done++;
		} else {
			tally->failed++;
		}
	}
}

/* Workers are always processes: simplest, and fair to libraries that keep state. */
int bench_run(const struct bench *bench)
{
	struct tally *tally =
	    mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		return EXIT_FAILURE;
	double began_s = now_s();
	for (unsigned i = 0; i < bench->workers; i++) {
		pid_t pid = fork();
		if (pid < 0)
			return EXIT_FAILURE;
		if (pid == 0) {
			work(bench, tally, i, began_s + bench->seconds);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	double took_s = now_s() - began_s;
	printf("{\"done\": %lu, \"failed\": %lu, \"seconds\": %.3f, \"rate\": %.1f, \"p50_ms\": %.3f, "
	       "\"p99_ms\": %.3f}\n",
	    tally->done, tally->failed, took_s, (double)tally->done / took_s, percentile(tally, 0.5),
	    percentile(tally, 0.99));
	return tally->done > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
