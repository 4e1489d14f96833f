/* budget.c - how many codes may be tried. Everything is counted before it is checked, in the store that all authorities share;
 * of any number of tries at once only the budget is looked at. */
#include <string.h>
#include "authority/authority.h"
#include "authority/factor/private.h"
#include "authority/keys/keys.h"
#include "conf/conf.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define WAIT_FIRST_MS 2000
#define WAIT_MOST_MS 60000
#define PERSON_MAX 128u
#define COUNTER_MAX 8u /* bytes of a counter's name */

/* The counter of that name of a person, and of one factor where there is one. */
static struct store_key count_key(
    struct authority *authority, const char *name, struct text person, const struct id *factor)
{
	struct store_key key = { .kind = STORE_COUNT };
	uint8_t bytes[COUNTER_MAX + WIRE_ID_SIZE + PERSON_MAX] = { 0 };
	size_t len = person.len < PERSON_MAX ? person.len : PERSON_MAX;
	memcpy(bytes, name, strnlen(name, COUNTER_MAX));
	if (factor != NULL)
		memcpy(bytes + COUNTER_MAX, factor->bytes, WIRE_ID_SIZE);
	memcpy(bytes + COUNTER_MAX + WIRE_ID_SIZE, person.at, len);
	keys_hash(authority->keys, KEY_COUNT_STORE, bytes, COUNTER_MAX + WIRE_ID_SIZE + len, key.bytes);
	return key;
}

static const char *tries_of(enum factor_kind kind)
{
	return kind == FACTOR_RECOVERY ? "sheet" : "code";
}

enum err budget_try(
    struct authority *authority, struct text person, enum factor_kind kind, int64_t *wait_ms_r)
{
	struct store_key key = count_key(authority, tries_of(kind), person, NULL);
	const struct store_budget budget = {
		.free = (unsigned)authority->conf->limits.free,
		.window_ms = HOUR_MS,
		.wait_ms = WAIT_FIRST_MS,
		.wait_most_ms = WAIT_MOST_MS,
	};
	return store_try(authority->store, &key, &budget, wait_ms_r);
}

/* The mark of a resting factor lasts a day from the try that was one too many. */
static enum err put_to_rest(
    struct authority *authority, struct text person, const struct id *factor, bool *begins_r)
{
	static const uint8_t MARK[] = { 1 };
	struct store_key key = count_key(authority, "rest", person, factor);
	enum err err =
	    store_put(authority->store, &key, (struct bytes){ MARK, sizeof MARK }, DAY_MS, STORE_IF_NEW);
	*begins_r |= err == OK;
	return err == ERR_EXISTS ? OK : err;
}

enum err budget_rests(struct authority *authority, struct text person, const struct id *factor, bool *rests_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes mark;
	struct store_key key = count_key(authority, "rest", person, factor);
	enum err err = store_load(authority->store, &key, &arena, &mark);
	if (err == OK || err == ERR_NOT_FOUND) {
		*rests_r = err == OK;
		return OK;
	}
	return err;
}

enum err budget_try_factor(
    struct authority *authority, struct text person, const struct id *factor, bool *rests_r, bool *begins_r)
{
	bool rests;
	int64_t wait_ms = 0;
	unsigned most = (unsigned)authority->conf->limits.codes_day;
	const struct store_budget budget = { .free = most, .max = most, .window_ms = DAY_MS };
	enum err err = budget_rests(authority, person, factor, &rests);
	if (err == OK && !rests) {
		struct store_key key = count_key(authority, "day", person, factor);
		err = store_try(authority->store, &key, &budget, &wait_ms);
	}
	if (err == OK && wait_ms > 0)
		err = put_to_rest(authority, person, factor, begins_r);
	if (err == OK)
		*rests_r = rests || wait_ms > 0;
	return err;
}

enum err budget_wrong(
    struct authority *authority, const struct account *account, unsigned *today_r, bool *begins_r)
{
	uint8_t member[8];
	uint64_t n;
	struct store_key key = count_key(authority, "wrong", account->person, NULL);
	secret_random(member, sizeof member);
	enum err err =
	    store_count(authority->store, &key, (struct bytes){ member, sizeof member }, DAY_MS, &n);
	if (err == OK && n >= authority->conf->limits.codes_day)
		for (unsigned i = 0; err == OK && i < account->n_factors; i++)
			err = put_to_rest(authority, account->person, &account->factors[i]->id, begins_r);
	if (err == OK)
		*today_r = (unsigned)n;
	return err;
}

enum err budget_right(struct authority *authority, const struct account *account)
{
	struct text person = account->person;
	struct store_key keys[3 + 2 * ACCOUNT_FACTORS_MAX];
	unsigned n = 0;
	_Static_assert(COUNT(keys) <= STORE_FORGET_MAX, "all in one round trip");
	keys[n++] = count_key(authority, tries_of(FACTOR_TOTP), person, NULL);
	keys[n++] = count_key(authority, tries_of(FACTOR_RECOVERY), person, NULL);
	keys[n++] = count_key(authority, "wrong", person, NULL);
	/* more than that nobody has added here; what of theirs is left goes with its window */
	for (unsigned i = 0; i < account->n_factors && i < ACCOUNT_FACTORS_MAX; i++) {
		keys[n++] = count_key(authority, "day", person, &account->factors[i]->id);
		keys[n++] = count_key(authority, "rest", person, &account->factors[i]->id);
	}
	return store_forget(authority->store, keys, n);
}
