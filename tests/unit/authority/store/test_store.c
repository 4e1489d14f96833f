/* Every operation of a store, in memory and in Redis. */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include "authority/directory/slapd.h"
#include "authority/store/both.h"
#include "base/clock.h"

static bool is(struct bytes value, const char *string)
{
	return value.len == strlen(string) && memcmp(value.at, string, value.len) == 0;
}

static void test_put_load_remove(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_LOGIN, 1), other = key_of(STORE_SESSION, 1);
	struct bytes value;
	assert_int_equal(store_load(store, &key, &arena, &value), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &key, value_of("one"), 60000, STORE_ALWAYS), OK);
	assert_int_equal(store_load(store, &other, &arena, &value), ERR_NOT_FOUND); /* kinds do not meet */
	assert_int_equal(store_put(store, &key, value_of("two"), 60000, STORE_ALWAYS), OK);
	assert_int_equal(store_load(store, &key, &arena, &value), OK);
	assert_true(is(value, "two"));
	assert_int_equal(store_remove(store, &key), OK);
	assert_int_equal(store_remove(store, &key), ERR_NOT_FOUND);
}

/* Values are bytes: NULs, line ends, nothing at all, and as much as a record can be. */
static void test_bytes(void **state)
{
	(void)state;
	static uint8_t most[WIRE_BODY_MAX];
	static const size_t LENS[] = { 0, 1, 5, 4096, sizeof most };
	for (size_t i = 0; i < sizeof most; i++)
		most[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < COUNT(LENS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct store_key key = key_of(STORE_LOGIN, 1);
		struct bytes value;
		assert_int_equal(
		    store_put(store, &key, (struct bytes){ most, LENS[i] }, 60000, STORE_ALWAYS), OK);
		assert_int_equal(store_load(store, &key, &arena, &value), OK);
		assert_int_equal(value.len, LENS[i]);
		assert_memory_equal(value.at, most, LENS[i]);
	}
}

static void test_conditions(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_LOGIN, 2);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_THERE), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_NEW), OK);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_NEW), ERR_EXISTS);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_THERE), OK);
}

static void test_replace(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_SESSION, 2);
	struct bytes value;
	assert_int_equal(store_replace(store, &key, value_of("a"), value_of("b"), 60000), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &key, value_of("a"), 60000, STORE_ALWAYS), OK);
	assert_int_equal(store_replace(store, &key, value_of("x"), value_of("b"), 60000), ERR_STALE);
	assert_int_equal(store_replace(store, &key, value_of("aa"), value_of("b"), 60000), ERR_STALE);
	assert_int_equal(store_replace(store, &key, value_of("a"), value_of("b"), 60000), OK);
	assert_int_equal(store_replace(store, &key, value_of("a"), value_of("c"), 60000), ERR_STALE);
	assert_int_equal(store_load(store, &key, &arena, &value), OK);
	assert_true(is(value, "b"));
}

static void wait_gone(const struct store_key *key)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes value;
	int64_t end_ms = clock_steady_ms() + 5000;
	while (store_load(store, key, &arena, &value) == OK && clock_left_ms(end_ms) > 0)
		(void)poll(NULL, 0, 5);
	assert_int_equal(store_load(store, key, &arena, &value), ERR_NOT_FOUND);
}

static void test_expiry(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_LOGIN, 3);
	assert_int_equal(store_put(store, &key, value_of("x"), 20, STORE_ALWAYS), OK);
	wait_gone(&key);
	assert_int_equal(store_put(store, &key, value_of("x"), 20, STORE_IF_THERE), ERR_NOT_FOUND);
	assert_int_equal(store_remove(store, &key), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_ALWAYS), OK);
	assert_int_equal(store_replace(store, &key, value_of("x"), value_of("y"), 20), OK);
	wait_gone(&key);
}

static void test_load_many(void **state)
{
	(void)state;
	enum { N = 200 };
	CLEANUP(arena_done) struct arena arena = { 0 };
	static struct store_key keys[N];
	static struct bytes values[N];
	for (uint32_t i = 0; i < N; i++) {
		char text[16];
		keys[i] = key_of(STORE_SESSION, i);
		(void)snprintf(text, sizeof text, "value %u", i);
		if (i % 3 != 0)
			assert_int_equal(store_put(store, &keys[i], value_of(text), 60000, STORE_ALWAYS), OK);
	}
	assert_int_equal(store_load_many(store, keys, 0, &arena, values), OK);
	assert_int_equal(store_load_many(store, keys, N, &arena, values), OK);
	for (uint32_t i = 0; i < N; i++) {
		char text[16];
		(void)snprintf(text, sizeof text, "value %u", i);
		assert_true(i % 3 == 0 ? values[i].at == NULL : is(values[i], text));
	}
}

static unsigned list_names(const struct store_key *index, unsigned max, struct store_key *keys)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key *found;
	unsigned n;
	assert_int_equal(store_index_list(store, index, STORE_SESSION, max, &arena, &found, &n), OK);
	memcpy(keys, found, n * sizeof *keys);
	return n;
}

static bool same(const struct store_key *a, const struct store_key *b)
{
	return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static void test_index(void **state)
{
	(void)state;
	struct store_key index = key_of(STORE_INDEX, 1), names[8], found[8];
	for (uint32_t i = 0; i < 4; i++)
		names[i] = key_of(STORE_SESSION, 10 + i);
	assert_int_equal(list_names(&index, 8, found), 0);
	assert_int_equal(store_index_add(store, &index, &names[0], 10000), OK);
	assert_int_equal(store_index_add(store, &index, &names[1], 30000), OK);
	assert_int_equal(store_index_add(store, &index, &names[2], 20000), OK);
	assert_int_equal(store_index_add(store, &index, &names[3], 30), OK);
	int64_t end_ms = clock_steady_ms() + 5000;
	while (list_names(&index, 8, found) > 3 && clock_left_ms(end_ms) > 0)
		(void)poll(NULL, 0, 5);
	assert_int_equal(list_names(&index, 8, found), 3); /* the ended one is left out */
	assert_true(same(&found[0], &names[1]) && same(&found[1], &names[2]) && same(&found[2], &names[0]));
	assert_int_equal(list_names(&index, 2, found), 2);
	assert_true(same(&found[1], &names[2]));
	assert_int_equal(store_index_add(store, &index, &names[0], 60000), OK); /* moves its end */
	assert_int_equal(list_names(&index, 8, found), 3);
	assert_true(same(&found[0], &names[0]));
	assert_int_equal(store_index_remove(store, &index, &names[1]), OK);
	assert_int_equal(store_index_remove(store, &index, &names[1]), OK);
	assert_int_equal(list_names(&index, 8, found), 2);
	assert_true(same(&found[0], &names[0]) && same(&found[1], &names[2]));
}

/* A name that ends soon does not take the others with it. */
static void test_index_lives_as_long_as_its_names(void **state)
{
	(void)state;
	struct store_key index = key_of(STORE_INDEX, 2), found[8];
	struct store_key lasting = key_of(STORE_SESSION, 1), brief = key_of(STORE_SESSION, 2);
	assert_int_equal(store_index_add(store, &index, &lasting, 60000), OK);
	assert_int_equal(store_index_add(store, &index, &brief, 20), OK);
	(void)poll(NULL, 0, 60);
	assert_int_equal(list_names(&index, 8, found), 1);
	assert_true(same(&found[0], &lasting));
}

static struct arena agenda_arena;

static unsigned taken(const struct store_key *agenda, int64_t again_ms, struct store_key **keys_r)
{
	unsigned n;
	assert_int_equal(
	    store_agenda_take(store, agenda, STORE_VISITS, again_ms, 2, &agenda_arena, keys_r, &n), OK);
	return n;
}

/* What is due is given to one, and to another one when that one has not said what came of it. */
static void test_agenda(void **state)
{
	(void)state;
	struct store_key agenda = key_of(STORE_AGENDA, 1), names[4], *keys;
	int64_t now_ms = clock_now_ms();
	assert_int_equal(taken(&agenda, now_ms + 60000, &keys), 0);
	for (unsigned i = 0; i < 4; i++) {
		names[i] = key_of(STORE_VISITS, i);
		assert_int_equal(store_agenda_put(store, &agenda, &names[i],
				     i == 3 ? now_ms + 60000 : now_ms - 1 - i, false),
		    OK);
	}
	assert_int_equal(taken(&agenda, now_ms - 1000, &keys), 2); /* a lease that is over at once */
	assert_int_equal(keys[0].kind, STORE_VISITS);
	assert_int_equal(taken(&agenda, now_ms + 60000, &keys), 2);
	assert_int_equal(taken(&agenda, now_ms + 60000, &keys), 1);
	assert_int_equal(taken(&agenda, now_ms + 60000, &keys), 0);
	assert_int_equal(store_agenda_put(store, &agenda, &names[3], 1, true), OK); /* it keeps its time */
	assert_int_equal(taken(&agenda, now_ms + 60000, &keys), 0);
	assert_int_equal(store_agenda_put(store, &agenda, &names[3], 1, false), OK);
	assert_int_equal(taken(&agenda, now_ms - 1, &keys), 1);
	assert_memory_equal(keys[0].bytes, names[3].bytes, STORE_KEY_SIZE);
	assert_int_equal(store_index_remove(store, &agenda, &names[3]), OK);
	assert_int_equal(taken(&agenda, now_ms, &keys), 0);
	arena_done(&agenda_arena);
}

static void test_list(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_ACTIVITY, 1);
	struct bytes *values;
	unsigned n = 9;
	assert_int_equal(store_list_read(store, &key, 0, 10, &arena, &values, &n), OK);
	assert_int_equal(n, 0);
	static const char *const TEXTS[] = { "a", "", "ccc", "dd", "e" };
	for (size_t i = 0; i < COUNT(TEXTS); i++)
		assert_int_equal(store_list_push(store, &key, value_of(TEXTS[i]), 4, 60000), OK);
	assert_int_equal(store_list_read(store, &key, 0, 10, &arena, &values, &n), OK);
	assert_int_equal(n, 4);
	assert_true(is(values[0], "e") && is(values[1], "dd") && is(values[2], "ccc") && is(values[3], ""));
	assert_int_equal(store_list_read(store, &key, 1, 2, &arena, &values, &n), OK);
	assert_int_equal(n, 2);
	assert_true(is(values[0], "dd") && is(values[1], "ccc"));
	assert_int_equal(store_list_read(store, &key, 4, 2, &arena, &values, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_list_push(store, &key, value_of("z"), 1, 20), OK);
	assert_int_equal(store_list_read(store, &key, 0, 9, &arena, &values, &n), OK);
	assert_int_equal(n, 1);
	(void)poll(NULL, 0, 60);
	assert_int_equal(store_list_read(store, &key, 0, 9, &arena, &values, &n), OK);
	assert_int_equal(n, 0);
}

/* The waits of a budget, with the store's idea of now. */
static void test_try(void **state)
{
	(void)state;
	static const struct store_budget BUDGET = { 3, 12, 1000000, 2000, 60000 };
	static const struct {
		int64_t after_ms; /* since the row before */
		int64_t wait_ms;
	} ROWS[] = {
		{ 0, 0 }, { 0, 0 }, { 0, 0 },            /* the free ones */
		{ 0, 2000 }, { 500, 1500 }, { 1500, 0 }, /* not counted while waiting */
		{ 0, 4000 }, { 4000, 0 }, { 0, 8000 }, { 8000, 0 }, { 0, 16000 }, { 16000, 0 }, { 0, 32000 },
		{ 32000, 0 }, { 0, 60000 }, { 60000, 0 }, { 0, 60000 }, { 60000, 0 }, { 60000, 0 },
		{ 60000, 0 },            /* the twelfth */
		{ 0, 1000000 - 302000 }, /* until the window's end, */
		{ 60000, 1000000 - 362000 }, { 1000000 - 362001, 1 }, { 1, 0 }, { 0, 0 }, { 0, 0 },
		{ 0, 2000 }, /* where it begins anew */
	};
	struct store_key key = key_of(STORE_COUNT, 1);
	int64_t now_ms = clock_now_ms();
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		now_ms += ROWS[i].after_ms;
		struct store_try try = { .key = key, .budget = BUDGET };
		assert_int_equal(store->ops->tries(store, &try, 1, now_ms), OK);
		if (try.wait_ms != ROWS[i].wait_ms)
			fail_msg("row %zu: waits %lld", i, (long long)try.wait_ms);
	}
}

static int64_t try(const struct store_key *key, const struct store_budget *budget)
{
	int64_t wait_ms = -1;
	assert_int_equal(store_try(store, key, budget, &wait_ms), OK);
	return wait_ms;
}

static void test_tries_forgotten_and_given_back(void **state)
{
	(void)state;
	static const struct store_budget BUDGET = { 2, 3, 600000, 60000, 60000 };
	struct store_key key = key_of(STORE_COUNT, 2);
	assert_int_equal(store_untry(store, &key), OK);
	assert_int_equal(try(&key, &BUDGET), 0);
	assert_int_equal(try(&key, &BUDGET), 0);
	assert_true(try(&key, &BUDGET) > 0);
	assert_int_equal(store_untry(store, &key), OK);
	assert_int_equal(try(&key, &BUDGET), 0);
	assert_true(try(&key, &BUDGET) > 0);
	const struct store_key three[] = { key_of(STORE_COUNT, 3), key, key_of(STORE_COUNT, 4) };
	assert_int_equal(try(&three[2], &BUDGET), 0);
	assert_int_equal(store_forget(store, three, COUNT(three)), OK);
	assert_int_equal(store_remove(store, &three[2]), ERR_NOT_FOUND);
	assert_int_equal(store_forget(store, three, COUNT(three)), OK);
	assert_int_equal(try(&key, &BUDGET), 0);
	assert_int_equal(try(&key, &BUDGET), 0);
	assert_true(try(&key, &BUDGET) > 0);
}

/* A budget without waits, and one without an end. */
static void test_budgets(void **state)
{
	(void)state;
	static const struct store_budget ONLY_MAX = { 5, 5, 600000, 0, 0 }, NO_END = { 1, 0, 600000, 0, 0 };
	struct store_key key = key_of(STORE_COUNT, 3), other = key_of(STORE_COUNT, 4);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(try(&key, &ONLY_MAX), 0);
	assert_in_range(try(&key, &ONLY_MAX), 590000, 600000);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(try(&other, &NO_END), 0);
}

static void test_count(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_COUNT, 5);
	uint64_t n = 0;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 500; i++) {
			char member[16];
			(void)snprintf(member, sizeof member, "member %u", i);
			assert_int_equal(store_count(store, &key, value_of(member), 60000, &n), OK);
		}
	assert_in_range(n, 480, 520);
	struct store_key brief = key_of(STORE_COUNT, 6);
	assert_int_equal(store_count(store, &brief, value_of("a"), 50, &n), OK);
	assert_int_equal(store_count(store, &brief, value_of("b"), 60000, &n), OK); /* moves no end */
	assert_int_equal(n, 2);
	(void)poll(NULL, 0, 100);
	assert_int_equal(store_count(store, &brief, value_of("c"), 50, &n), OK);
	assert_int_equal(n, 1);
}

static void test_step(void **state)
{
	(void)state;
	static const struct {
		uint64_t step;
		enum err err;
		uint64_t last;
	} ROWS[] = {
		{ 58000000, OK, 58000000 },
		{ 58000000, ERR_EXISTS, 58000000 },
		{ 57999999, ERR_EXISTS, 58000000 },
		{ 58000001, OK, 58000001 },
		{ 58000000, ERR_EXISTS, 58000001 },
		{ 100000000, OK, 100000000 }, /* more digits are more, not less */
		{ 99999999, ERR_EXISTS, 100000000 },
	};
	struct store_key key = key_of(STORE_STEP, 1);
	uint64_t last;
	assert_int_equal(store_step_last(store, &key, &last), ERR_NOT_FOUND);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		if (store_step(store, &key, ROWS[i].step, INT64_MAX, 60000) != ROWS[i].err)
			fail_msg("row %zu", i);
		assert_int_equal(store_step_last(store, &key, &last), OK);
		assert_int_equal(last, ROWS[i].last);
	}
}

static void test_epoch(void **state)
{
	(void)state;
	struct store_epoch first, second;
	int64_t began_ms = -1;
	assert_int_equal(store_epoch_load(store, 5, &first), OK);
	assert_int_equal(first.began_ms, 0); /* that of the fixture */
	assert_int_equal(strlen(first.id), WIRE_ID_TEXT_SIZE - 1);
	assert_int_equal(store_epoch_load(store, 6, &second), OK);
	assert_string_equal(first.id, second.id);
	assert_int_equal(store_epoch(store, 7, &began_ms), OK);
	assert_int_equal(began_ms, 0);
}

static void hear(void *context, enum store_tale tale, const char *what, const char *cause)
{
	unsigned *told = context;
	assert_int_equal(tale, STORE_TALE_EPOCH);
	assert_int_equal(strlen(what), WIRE_ID_TEXT_SIZE - 1);
	assert_string_equal(cause, "empty");
	++*told;
}

/* The first store ever is no news; one that has forgotten everything is, once. */
static void test_a_new_epoch_is_told(void **state)
{
	(void)state;
	struct store *empty;
	struct store_epoch epoch;
	unsigned told = 0;
	for (int64_t fresh_ms = 0; fresh_ms <= 5; fresh_ms += 5) {
		assert_int_equal(store_memory_new(10, store->keys, &empty), OK);
		store_listen(empty, hear, &told);
		assert_int_equal(store_epoch_load(empty, fresh_ms, &epoch), OK);
		assert_int_equal(told, fresh_ms > 0);
		assert_int_equal(store_epoch_load(empty, 6, &epoch), OK);
		assert_int_equal(told, fresh_ms > 0);
		store_free(&empty);
	}
}

/* --- races -------------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, RACES = 2500 }; /* four times 2,500 tries for 2,500 prizes: 10,000 */

struct racer {
	struct store *store;
	_Atomic unsigned *wins; /* by race */
	bool steps;
};

static void *race(void *context)
{
	const struct racer *racer = context;
	for (uint32_t i = 0; i < RACES; i++) {
		struct store_key key = key_of(racer->steps ? STORE_STEP : STORE_LOGIN, i % 50);
		if (!racer->steps)
			key = key_of(STORE_LOGIN, i);
		enum err err = racer->steps ? store_step(racer->store, &key, 1000 + i, INT64_MAX, 60000)
					    : store_remove(racer->store, &key);
		if (err == OK)
			racer->wins[i]++;
	}
	return NULL;
}

static unsigned run_race(bool steps)
{
	static _Atomic unsigned wins[RACES];
	struct store *other = both_other();
	struct racer racers[2] = { { store, wins, steps }, { other, wins, steps } };
	pthread_t threads[THREADS];
	memset(wins, 0, sizeof wins);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i % 2]), 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	both_other_free(&other);
	unsigned total = 0;
	for (size_t i = 0; i < RACES; i++) {
		if (wins[i] > 1)
			fail_msg("race %zu has %u winners", i, wins[i]);
		total += wins[i];
	}
	return total;
}

/* Two authorities: every step is accepted once. (One that was overtaken by a later one of its key is never accepted.) */
static void test_a_step_has_one_winner(void **state)
{
	(void)state;
	unsigned total = run_race(true);
	assert_in_range(total, 50, RACES);
}

static void *same_steps(void *context)
{
	const struct racer *racer = context;
	for (uint32_t i = 0; i < RACES; i++) {
		struct store_key key = key_of(STORE_STEP, i);
		if (store_step(racer->store, &key, 1, INT64_MAX, 60000) == OK)
			racer->wins[i]++;
	}
	return NULL;
}

static void test_exactly_one_winner_of_each_step(void **state)
{
	(void)state;
	static _Atomic unsigned wins[RACES];
	struct store *other = both_other();
	struct racer racers[2] = { { store, wins, true }, { other, wins, true } };
	pthread_t threads[THREADS];
	memset(wins, 0, sizeof wins);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, same_steps, &racers[i % 2]), 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	both_other_free(&other);
	for (size_t i = 0; i < RACES; i++)
		if (wins[i] != 1)
			fail_msg("step %zu has %u winners", i, wins[i]);
}

/* Of several who remove one value, one is told that it was he. */
static void test_a_value_is_removed_once(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RACES; i++) {
		struct store_key key = key_of(STORE_LOGIN, i);
		assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_ALWAYS), OK);
	}
	assert_int_equal(run_race(false), RACES);
}

static _Atomic unsigned went_on;

static void *knock(void *context)
{
	static const struct store_budget BUDGET = { 5, 8, 600000, 60000, 60000 };
	struct store_key key = key_of(STORE_COUNT, 9);
	for (unsigned i = 0; i < 10; i++) {
		int64_t wait_ms = -1;
		if (store_try(context, &key, &BUDGET, &wait_ms) == OK && wait_ms == 0)
			went_on++;
	}
	return NULL;
}

/* 200 at once: as many go on as are free. */
static void test_a_crowd_has_one_budget(void **state)
{
	(void)state;
	pthread_t threads[20];
	struct store *other = both_other();
	went_on = 0;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, knock, i % 2 ? store : other), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		(void)pthread_join(threads[i], NULL);
	both_other_free(&other);
	assert_int_equal(went_on, 5);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_put_load_remove),
		BOTH(test_bytes),
		BOTH(test_conditions),
		BOTH(test_replace),
		BOTH(test_expiry),
		BOTH(test_load_many),
		BOTH(test_index),
		BOTH(test_index_lives_as_long_as_its_names),
		BOTH(test_agenda),
		BOTH(test_list),
		BOTH(test_try),
		BOTH(test_tries_forgotten_and_given_back),
		BOTH(test_budgets),
		BOTH(test_count),
		BOTH(test_step),
		BOTH(test_epoch),
		BOTH(test_a_new_epoch_is_told),
		BOTH(test_a_step_has_one_winner),
		BOTH(test_exactly_one_winner_of_each_step),
		BOTH(test_a_value_is_removed_once),
		BOTH(test_a_crowd_has_one_budget),
	};
	return cmocka_run_group_tests(tests, both_start, both_stop);
}

int main(void)
{
	return slapd_guard(run);
}
