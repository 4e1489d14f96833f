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

#define STRIDE 7919 /* a prime */

struct bench_tally {
	_Atomic unsigned long next, done, failed;
	_Atomic unsigned long bins[BINS];
};

bool bench_people_parse(const char *text, struct bench_people *people_r)
{
	int end = 0;
	return sscanf(text, "%lu:%lu:%lu%n", &people_r->first, &people_r->count, &people_r->used, &end) ==
		   3 &&
	       text[end] == '\0' && people_r->count > 0;
}

unsigned long bench_person(const struct bench_people *people, unsigned long number)
{
	unsigned long turn = (people->used + number) % people->count;
	return people->first + (people->count % STRIDE != 0 ? turn * STRIDE % people->count : turn);
}

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

double bench_now_s(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct bench_tally *bench_tally_new(void)
{
	struct bench_tally *tally =
	    mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return tally != MAP_FAILED ? tally : NULL;
}

void bench_tally_done(struct bench_tally *tally, double took_s)
{
	double bin = log(took_s * 1e6) / log(STEP);
	int at = !(bin >= 0) ? 0 : bin >= BINS ? BINS - 1 : (int)bin;
	tally->bins[at]++;
	tally->done++;
}

void bench_tally_failed(struct bench_tally *tally)
{
	tally->failed++;
}

static double percentile(struct bench_tally *tally, double part)
{
	unsigned long sum = 0, wanted = (unsigned long)((double)tally->done * part);
	for (int i = 0; i < BINS; i++) {
		sum += tally->bins[i];
		if (sum > wanted)
			return pow(STEP, i) / 1e3;
	}
	return 0;
}

int bench_tally_print(struct bench_tally *tally, double seconds, const char *more)
{
	printf("{\"done\": %lu, \"failed\": %lu, \"seconds\": %.3f, \"rate\": %.1f, \"p50_ms\": %.3f, "
	       "\"p99_ms\": %.3f%s}\n",
	    tally->done, tally->failed, seconds, (double)tally->done / seconds, percentile(tally, 0.5),
	    percentile(tally, 0.99), more);
	return tally->done > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void work(const struct bench *bench, struct bench_tally *tally, unsigned worker, double end_s)
{
	void *state = bench->begin(worker);
	while (state != NULL) {
		double began_s = bench_now_s();
		if (began_s >= end_s)
			break;
		if (bench->act(state, tally->next++))
			bench_tally_done(tally, bench_now_s() - began_s);
		else
			bench_tally_failed(tally);
	}
}

/* Workers are always processes: simplest, and fair to libraries that keep state. */
int bench_run(const struct bench *bench)
{
	struct bench_tally *tally = bench_tally_new();
	if (tally == NULL)
		return EXIT_FAILURE;
	double began_s = bench_now_s();
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
	return bench_tally_print(tally, bench_now_s() - began_s, "");
}
