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

static struct store_try try_of_person(struct authority *authority, struct text person, enum factor_kind kind)
{
	return (struct store_try){
		.key = count_key(authority, tries_of(kind), person, NULL),
		.budget = {
			.free = (unsigned)authority->conf->limits.free,
			.window_ms = HOUR_MS,
			.wait_ms = WAIT_FIRST_MS,
			.wait_most_ms = WAIT_MOST_MS,
		},
		.stops = true,
	};
}

/* The tries that are asked for in one round trip; the first ones of them of the person. */
struct round {
	unsigned n;
	struct store_try tries[STORE_TRIES_MAX];
	struct store_key marks[STORE_TRIES_MAX];
	unsigned factors[STORE_TRIES_MAX];
};

static void add_factor(
    struct authority *authority, const struct account *account, unsigned i, struct round *round)
{
	const struct id *factor = &account->factors[i]->id;
	unsigned most = (unsigned)authority->conf->limits.codes_day;
	round->marks[round->n] = count_key(authority, "rest", account->person, factor);
	round->factors[round->n] = i;
	round->tries[round->n] = (struct store_try){
		.key = count_key(authority, "day", account->person, factor),
		.budget = { .free = most, .max = most, .window_ms = DAY_MS },
		.mark = &round->marks[round->n],
	};
	round->n++;
}

/* What came of the factors among them, from the first-th on. */
static enum err look(struct authority *authority, const struct account *account, const struct round *round,
    unsigned first, struct budget *budget)
{
	enum err err = OK;
	for (unsigned i = first; i < round->n && err == OK; i++) {
		unsigned factor = round->factors[i];
		budget->rests[factor] = round->tries[i].wait_ms != STORE_TRY_COUNTED;
		if (round->tries[i].wait_ms > 0)
			err = put_to_rest(
			    authority, account->person, &account->factors[factor]->id, &budget->begins_rest);
	}
	return err;
}

/* Asks for the round, and begins the next one. */
static enum err ask(struct authority *authority, const struct account *account, bool has_person,
    struct round *round, struct budget *budget)
{
	enum err err = store_tries(authority->store, round->tries, round->n);
	if (err == OK && has_person)
		budget->wait_ms = round->tries[0].wait_ms;
	if (err == OK && budget->wait_ms == 0)
		err = look(authority, account, round, has_person ? 1 : 0, budget);
	round->n = 0;
	return err;
}

enum err budget_try(
    struct authority *authority, const struct account *account, enum factor_kind kind, struct budget *budget)
{
	struct round round = { .n = 1, .tries = { try_of_person(authority, account->person, kind) } };
	bool has_person = true;
	unsigned n = kind == FACTOR_TOTP ? account->n_factors : 0;
	for (unsigned i = 0; i < n && budget->wait_ms == 0; i++) {
		if (account->factors[i]->kind == FACTOR_TOTP)
			add_factor(authority, account, i, &round);
		if (round.n < STORE_TRIES_MAX)
			continue;
		enum err err = ask(authority, account, has_person, &round, budget);
		if (err != OK)
			return err;
		has_person = false;
	}
	return budget->wait_ms == 0 ? ask(authority, account, has_person, &round, budget) : OK;
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

enum err budget_right(struct authority *authority, const struct account *account, struct store_batch *later)
{
	struct text person = account->person;
	struct store_key *keys = arena_array(later->arena, 3 + 2 * ACCOUNT_FACTORS_MAX, sizeof *keys);
	unsigned n = 0;
	_Static_assert(3 + 2 * ACCOUNT_FACTORS_MAX <= STORE_FORGET_MAX, "all in one operation");
	if (keys == NULL)
		return ERR_NO_MEMORY;
	keys[n++] = count_key(authority, tries_of(FACTOR_TOTP), person, NULL);
	keys[n++] = count_key(authority, tries_of(FACTOR_RECOVERY), person, NULL);
	keys[n++] = count_key(authority, "wrong", person, NULL);
	/* more than that nobody has added here; what of theirs is left goes with its window */
	for (unsigned i = 0; i < account->n_factors && i < ACCOUNT_FACTORS_MAX; i++) {
		keys[n++] = count_key(authority, "day", person, &account->factors[i]->id);
		keys[n++] = count_key(authority, "rest", person, &account->factors[i]->id);
	}
	(void)store_batch_forget(later, keys, n);
	return OK;
}
