/* rates.c - for each name the time at which its messages so far have been worked off, if each took its part of a second. */
#include "authority/call/rates.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS 4096u
#define WAYS 8u /* 32,768 busy sessions, half a MiB */
#define SECOND_US 1000000
#define KINDS_APART 0x9e3779b97f4a7c15u

struct rate {
	uint64_t name;
	int64_t done_us; /* of the steady clock; 0: nobody's */
};

struct rates {
	pthread_mutex_t mutex;
	struct rate sets[SETS][WAYS];
};

enum err rates_new(struct rates **rates_r)
{
	struct rates *rates = calloc(1, sizeof *rates);
	if (rates == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&rates->mutex, NULL);
	*rates_r = rates;
	return OK;
}

void rates_free(struct rates **rates)
{
	if (*rates == NULL)
		return;
	(void)pthread_mutex_destroy(&(*rates)->mutex);
	free(*rates);
	*rates = NULL;
}

static struct rate *find_or_make(struct rates *rates, uint64_t name)
{
	struct rate *set = rates->sets[name % SETS], *quiet = &set[0];
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].name == name)
			return &set[i];
		if (set[i].done_us < quiet->done_us)
			quiet = &set[i];
	}
	*quiet = (struct rate){ .name = name };
	return quiet;
}

/* One costs cost_us, and up to room_us are given in advance. */
static bool take(struct rates *rates, const uint8_t *name, enum rates_kind kind, int64_t cost_us,
    int64_t room_us, int64_t now_ms)
{
	uint64_t number;
	int64_t now_us = now_ms * 1000;
	memcpy(&number, name, sizeof number);
	(void)pthread_mutex_lock(&rates->mutex);
	struct rate *rate = find_or_make(rates, number ^ kind * KINDS_APART);
	int64_t done_us = (rate->done_us > now_us ? rate->done_us : now_us) + cost_us;
	bool may = done_us <= now_us + room_us;
	if (may)
		rate->done_us = done_us;
	(void)pthread_mutex_unlock(&rates->mutex);
	return may;
}

bool rates_take(
    struct rates *rates, const uint8_t *name, enum rates_kind kind, unsigned a_second, int64_t now_ms)
{
	return take(rates, name, kind, SECOND_US / a_second, SECOND_US, now_ms);
}

bool rates_take_one(
    struct rates *rates, const uint8_t *name, enum rates_kind kind, int64_t every_ms, int64_t now_ms)
{
	return take(rates, name, kind, every_ms * 1000, every_ms * 1000, now_ms);
}
