#include "authority/store/over.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS 8192u
#define WAYS 8u /* 65,536 of a table, 2 MiB */

/* Proofs, codes and what they have given end by the thousand, and consents as often as one person likes; they may not displace sessions. */
enum table { TABLE_PROOFS, TABLE_CONSENTS, TABLE_OTHERS, TABLE_STEPS, TABLE_COUNT_ };

struct row {
	struct {
		uint64_t low, high; /* of the key, which is a keyed hash */
	} name;
	uint64_t number; /* greater is newer: of ends, or a time step; 0: nobody's */
};

struct over {
	pthread_mutex_t mutex;
	uint64_t ends;
	struct row rows[TABLE_COUNT_][SETS][WAYS];
};

enum err over_new(struct over **over_r)
{
	struct over *over = calloc(1, sizeof *over);
	if (over == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&over->mutex, NULL);
	*over_r = over;
	return OK;
}

void over_free(struct over **over)
{
	if (*over == NULL)
		return;
	(void)pthread_mutex_destroy(&(*over)->mutex);
	free(*over);
	*over = NULL;
}

static enum table table_of(enum store_kind kind)
{
	switch (kind) {
	case STORE_STEP:
		return TABLE_STEPS;
	case STORE_LOGIN:
	case STORE_CODE:
	case STORE_CAS:
	case STORE_PUSHED:
	case STORE_GRANT:
	case STORE_TICKET:
		return TABLE_PROOFS;
	case STORE_CONSENT:
		return TABLE_CONSENTS;
	default:
		return TABLE_OTHERS;
	}
}

/* Inside: the key's row; where it has none, *free_r is the one that it may have, now the oldest's. */
static struct row *find(
    struct over *over, const struct store_key *key, struct row *wanted, struct row **free_r)
{
	*wanted = (struct row){ .number = 0 };
	_Static_assert(sizeof wanted->name <= STORE_KEY_SIZE, "a part of the key");
	memcpy(&wanted->name, key->bytes, sizeof wanted->name);
	wanted->name.low += key->kind;
	struct row *set = over->rows[table_of(key->kind)][wanted->name.low % SETS];
	*free_r = &set[0];
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].number != 0 && memcmp(&set[i].name, &wanted->name, sizeof wanted->name) == 0)
			return &set[i];
		if (set[i].number < (*free_r)->number)
			*free_r = &set[i];
	}
	return NULL;
}

/* Inside. */
static void set(struct row *found, struct row *oldest, struct row wanted, uint64_t number)
{
	wanted.number = number;
	*(found != NULL ? found : oldest) = wanted;
}

bool over_note(struct over *over, const struct store_key *key)
{
	struct row wanted, *oldest;
	(void)pthread_mutex_lock(&over->mutex);
	struct row *found = find(over, key, &wanted, &oldest);
	set(found, oldest, wanted, ++over->ends);
	(void)pthread_mutex_unlock(&over->mutex);
	return found == NULL;
}

bool over_is(struct over *over, const struct store_key *key)
{
	struct row wanted, *oldest;
	(void)pthread_mutex_lock(&over->mutex);
	bool is = find(over, key, &wanted, &oldest) != NULL;
	(void)pthread_mutex_unlock(&over->mutex);
	return is;
}

bool over_step(struct over *over, const struct store_key *key, uint64_t step)
{
	struct row wanted, *oldest;
	(void)pthread_mutex_lock(&over->mutex);
	struct row *found = find(over, key, &wanted, &oldest);
	bool is_after = found == NULL || step > found->number;
	if (is_after)
		set(found, oldest, wanted, step);
	(void)pthread_mutex_unlock(&over->mutex);
	return is_after;
}
