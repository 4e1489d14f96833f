/* Several operations in one round trip, in memory and in Redis: each has its own outcome, and none waits for another's. */
#include <string.h>
#include "authority/directory/slapd.h"
#include "authority/store/batch.h"
#include "authority/store/both.h"
#include "base/clock.h"

static struct store_batch batch;
static struct arena arena;

static int fresh(void **state)
{
	(void)state;
	arena_reset(&arena);
	store_batch_begin(&batch, store, &arena);
	return 0;
}

static bool is(struct bytes value, const char *string)
{
	return value.len == strlen(string) && memcmp(value.at, string, value.len) == 0;
}

static const struct msg_activity_row ROW_OF_DAY = { .event = { "activity_signed_in", 18 },
	.door = { "web", 3 } };

static void test_all_kinds(void **state)
{
	struct store_key a = key_of(STORE_LOGIN, 1), b = key_of(STORE_LOGIN, 2),
			 none = key_of(STORE_LOGIN, 3);
	struct store_key list = key_of(STORE_ACTIVITY, 1), index = key_of(STORE_INDEX, 1), *names;
	struct bytes value;
	const void *record;
	unsigned n;
	(void)fresh(state);
	(void)store_batch_put(&batch, &a, value_of("one"), 60000, STORE_ALWAYS);
	const struct store_op *taken = store_batch_put(&batch, &a, value_of("two"), 60000, STORE_IF_NEW);
	const struct store_op *first = store_batch_load(&batch, &a);
	const struct store_op *absent = store_batch_load(&batch, &none);
	const struct store_op *unchanged =
	    store_batch_put(&batch, &none, value_of("x"), 60000, STORE_IF_THERE);
	(void)store_batch_index_add(&batch, &index, &a, 60000);
	(void)store_batch_list_push_record(&batch, &list, WIRE(activity_row, &ROW_OF_DAY), 5, 60000);
	(void)store_batch_put_record(&batch, &b, WIRE(activity_row, &ROW_OF_DAY), 60000, STORE_ALWAYS);
	const struct store_op *rows = store_batch_list_read(&batch, &list, 9);
	const struct store_op *gone = store_batch_end(&batch, &a);
	const struct store_op *again = store_batch_end(&batch, &a);
	assert_int_equal(store_batch_run(&batch), OK);
	assert_int_equal(taken->err, ERR_EXISTS);
	assert_int_equal(first->err, OK);
	assert_true(is(first->value, "one"));
	assert_int_equal(absent->err, ERR_NOT_FOUND);
	assert_int_equal(unchanged->err, ERR_NOT_FOUND);
	assert_int_equal(rows->err, OK);
	assert_int_equal(rows->n_values, 1);
	assert_int_equal(
	    store_open_record(store, &list, rows->values[0], wire_msg_activity_row(), &arena, &record), OK);
	assert_int_equal(gone->err, OK);
	assert_int_equal(again->err, ERR_NOT_FOUND);
	assert_int_equal(store_load(store, &a, &arena, &value), ERR_NOT_FOUND);
	assert_int_equal(store_load_record(store, &b, wire_msg_activity_row(), &arena, &record), OK);
	assert_int_equal(store_index_list(store, &index, STORE_LOGIN, 9, &arena, &names, &n), OK);
	assert_int_equal(n, 1);
}

/* What is settled fails by what was needed, and not by what was waived. */
static void test_settle(void **state)
{
	struct store_key key = key_of(STORE_LOGIN, 1), other = key_of(STORE_LOGIN, 2);
	struct bytes value;
	(void)fresh(state);
	assert_int_equal(store_batch_settle(&batch), OK); /* nothing costs nothing */
	(void)store_batch_put(&batch, &key, value_of("x"), 60000, STORE_ALWAYS);
	(void)store_batch_remove(&batch, &other); /* is not there */
	store_op_waive(store_batch_put(&batch, &other, value_of("x"), 60000, STORE_IF_THERE), "other");
	assert_int_equal(store_batch_settle(&batch), OK);
	(void)store_batch_put(&batch, &key, value_of("y"), 60000, STORE_IF_NEW);
	(void)store_batch_put(&batch, &other, value_of("y"), 60000, STORE_ALWAYS);
	assert_int_equal(store_batch_settle(&batch), ERR_EXISTS);
	assert_int_equal(
	    store_load(store, &other, &arena, &value), OK); /* which nothing kept from being done */
	assert_int_equal(store_batch_settle(&batch), OK);   /* it is empty again */
}

/* More than fits, or what cannot be sealed, is an error of the whole, and nothing is done. */
static void test_too_many(void **state)
{
	struct store_key key = key_of(STORE_LOGIN, 1);
	struct bytes value;
	(void)fresh(state);
	for (unsigned i = 0; i <= STORE_BATCH_MAX; i++)
		(void)store_batch_put(&batch, &key, value_of("x"), 60000, STORE_ALWAYS);
	assert_int_equal(store_batch_run(&batch), ERR_INTERNAL);
	assert_int_equal(store_load(store, &key, &arena, &value), ERR_NOT_FOUND);
	struct store_key many[STORE_FORGET_MAX + 1] = { key };
	(void)store_batch_forget(&batch, many, COUNT(many));
	assert_int_equal(store_batch_run(&batch), ERR_INTERNAL);
	for (unsigned i = 0; i < STORE_BATCH_MAX; i++)
		(void)store_batch_put(&batch, &key, value_of("x"), 60000, STORE_ALWAYS);
	assert_int_equal(store_batch_run(&batch), OK);
}

/* One that may be written early holds any number, and remembers what failed on the way. */
static void test_spills(void **state)
{
	struct store_key key = key_of(STORE_LOGIN, 1);
	struct bytes value;
	(void)fresh(state);
	batch.spills = true;
	for (uint32_t i = 0; i < 3 * STORE_BATCH_MAX; i++) {
		struct store_key each = key_of(STORE_LOGIN, 100 + i);
		(void)store_batch_put(&batch, &each, value_of("x"), 60000, STORE_ALWAYS);
	}
	assert_int_equal(store_batch_settle(&batch), OK);
	for (uint32_t i = 0; i < 3 * STORE_BATCH_MAX; i++) {
		struct store_key each = key_of(STORE_LOGIN, 100 + i);
		assert_int_equal(store_load(store, &each, &arena, &value), OK);
	}
	for (uint32_t i = 0; i < 2 * STORE_BATCH_MAX; i++)
		(void)store_batch_put(
		    &batch, &key, value_of("x"), 60000, i == 3 ? STORE_IF_THERE : STORE_IF_NEW);
	assert_int_equal(store_batch_settle(&batch), ERR_EXISTS);
}

static struct store_try try_of(uint32_t number, unsigned max, const struct store_key *mark, bool stops)
{
	return (struct store_try){
		.key = key_of(STORE_COUNT, number),
		.budget = { .free = max, .max = max, .window_ms = 600000 },
		.mark = mark,
		.stops = stops,
	};
}

/* Several counters of one try: each says for itself, until one that stops has to wait. */
static void test_tries(void **state)
{
	static const struct {
		int64_t waits[4]; /* 1: some wait */
	} ROWS[] = {
		{ { 0, 0, STORE_TRY_MARKED, 0 } },
		{ { 0, 1, STORE_TRY_MARKED, 0 } }, /* the second is used up */
		{ { 0, 1, STORE_TRY_MARKED, 1 } }, /* and the last */
		{ { 1, STORE_TRY_NOT_ASKED, STORE_TRY_NOT_ASKED,
		    STORE_TRY_NOT_ASKED } }, /* and the first, which stops */
	};
	struct store_key mark = key_of(STORE_COUNT, 9), no_mark = key_of(STORE_COUNT, 10);
	(void)fresh(state);
	assert_int_equal(store_put(store, &mark, value_of("1"), 60000, STORE_ALWAYS), OK);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct store_try tries[] = { try_of(1, 3, NULL, true), try_of(2, 1, &no_mark, false),
			try_of(3, 1, &mark, false), try_of(4, 2, NULL, false) };
		assert_int_equal(store_tries(store, tries, COUNT(tries)), OK);
		for (size_t j = 0; j < COUNT(tries); j++) {
			int64_t wait_ms = tries[j].wait_ms > 0 ? 1 : tries[j].wait_ms;
			if (wait_ms != ROWS[i].waits[j])
				fail_msg("row %zu, counter %zu: %lld", i, j, (long long)tries[j].wait_ms);
		}
	}
	struct store_try marked[] = { try_of(5, 1, &mark, true), try_of(6, 1, NULL, false) };
	assert_int_equal(store_tries(store, marked, COUNT(marked)), OK);
	assert_int_equal(marked[0].wait_ms, STORE_TRY_MARKED);
	assert_int_equal(marked[1].wait_ms, STORE_TRY_NOT_ASKED);
	struct store_try many[STORE_TRIES_MAX + 1] = { marked[1] };
	assert_int_equal(store_tries(store, many, COUNT(many)), ERR_INTERNAL);
	assert_int_equal(store_tries(store, many, 0), OK);
}

/* A step counts only where the epoch began before what is asked for. */
static void test_step_of_epoch(void **state)
{
	struct store_key key = key_of(STORE_STEP, 1);
	(void)fresh(state);
	assert_int_equal(store_step(store, &key, 1, 0, 60000), OK); /* an epoch of 0 has always been */
	struct store *young;
	assert_int_equal(store_memory_new(10, store_keys, &young), OK);
	int64_t began_ms = 0, now_ms = clock_now_ms();
	assert_int_equal(
	    store_step(young, &key, 1, INT64_MAX, 60000), ERR_STALE); /* none has begun: it begins */
	assert_int_equal(store_epoch(young, now_ms, &began_ms), OK);
	assert_int_equal(store_step(young, &key, 1, began_ms, 60000), ERR_STALE);
	assert_int_equal(store_step(young, &key, 1, began_ms + 1, 60000), OK);
	assert_int_equal(store_step(young, &key, 1, began_ms + 1, 60000), ERR_EXISTS);
	store_free(&young);
}

static void test_step_of_emptied(void **state)
{
	struct store_key key = key_of(STORE_STEP, 1);
	struct store_epoch epoch;
	(void)fresh(state);
	(void)server_do(&both_server, "FLUSHALL");
	assert_int_equal(store_epoch_load(store, 1000, &epoch), OK);
	assert_int_equal(store_step(store, &key, 1, 1000, 60000), ERR_STALE);
	assert_int_equal(store_step(store, &key, 1, 1001, 60000), OK);
	(void)server_do(&both_server,
	    "SCRIPT FLUSH"); /* what Redis has forgotten it is told again, in the middle of others */
	struct store_key index = key_of(STORE_INDEX, 1), value = key_of(STORE_LOGIN, 1);
	const struct store_op *named = store_batch_index_add(&batch, &index, &value, 60000);
	const struct store_op *put = store_batch_put(&batch, &value, value_of("x"), 60000, STORE_ALWAYS);
	assert_int_equal(store_batch_run(&batch), OK);
	assert_int_equal(named->err, OK);
	assert_int_equal(put->err, OK);
}

/* The epoch comes with the others, begins where there is none, and is what store_epoch_known says from then on. */
static void test_epoch(void **state)
{
	struct store_epoch before, after, known;
	struct store_key key = key_of(STORE_LOGIN, 1);
	(void)fresh(state);
	assert_int_equal(store_epoch_known(store, 5, &before), OK);
	(void)store_batch_put(&batch, &key, value_of("x"), 60000, STORE_ALWAYS);
	const struct store_op *found = store_batch_epoch(&batch);
	assert_int_equal(store_batch_settle(&batch), OK);
	assert_string_equal(found->epoch.id, before.id);
	assert_int_equal(found->epoch.began_ms, before.began_ms);
	struct store *empty;
	assert_int_equal(store_memory_new(10, store_keys, &empty), OK);
	store_batch_begin(&batch, empty, &arena);
	found = store_batch_epoch(&batch);
	assert_int_equal(store_batch_settle(&batch), OK);
	assert_true(found->epoch.began_ms > 0);
	assert_int_equal(store_epoch_known(empty, 5, &known), OK);
	assert_string_equal(known.id, found->epoch.id);
	assert_int_equal(store_epoch_load(empty, 5, &after), OK);
	assert_string_equal(after.id, found->epoch.id);
	store_free(&empty);
}

static void test_epoch_of_emptied(void **state)
{
	struct store_epoch before, known;
	(void)fresh(state);
	assert_int_equal(store_epoch_load(store, 5, &before), OK);
	(void)server_do(&both_server, "FLUSHALL");
	assert_int_equal(store_epoch_known(store, 5, &known), OK);
	assert_string_equal(known.id, before.id); /* nobody has asked */
	const struct store_op *found = store_batch_epoch(&batch);
	assert_int_equal(store_batch_settle(&batch), OK);
	assert_true(found->epoch.began_ms > 0 && strcmp(found->epoch.id, before.id) != 0);
	assert_int_equal(store_epoch_known(store, 5, &known), OK);
	assert_string_equal(known.id, found->epoch.id);
	char words[60];
	(void)snprintf(words, sizeof words, "%s", "SET spom:epoch x"); /* somebody writes there */
	(void)server_do(&both_server, words);
	(void)store_batch_epoch(&batch);
	assert_int_equal(store_batch_settle(&batch), ERR_INTERNAL);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_all_kinds),
		BOTH(test_settle),
		BOTH(test_too_many),
		BOTH(test_spills),
		BOTH(test_tries),
		BOTH(test_step_of_epoch),
		{ "test_step_of_emptied", test_step_of_emptied, both_redis, both_end, NULL },
		BOTH(test_epoch),
		{ "test_epoch_of_emptied", test_epoch_of_emptied, both_redis, both_end, NULL },
	};
	int failed = cmocka_run_group_tests(tests, both_start, both_stop);
	arena_done(&arena);
	return failed;
}

int main(void)
{
	return slapd_guard(run);
}
