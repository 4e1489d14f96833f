/* Records in a store whose writer is an enemy: he takes away, and makes nothing. */
#include <stdio.h>
#include <string.h>
#include "authority/directory/slapd.h"
#include "authority/report/metrics.h"
#include "authority/store/both.h"
#include "authority/store/kinds.h"
#include "base/clock.h"
#include "log/log.h"

#define TTL_MS 60000

static const struct msg_session_record ADA = {
	.person = { "id-ada", 6 },
	.user = { "ada", 3 },
	.name = { "Ada Lovelace", 12 },
	.expires = 5,
	.generation = 7,
};

static enum err load(const struct store_key *key, struct arena *arena, const void **record_r)
{
	return store_load_record(store, key, wire_msg_session_record(), arena, record_r);
}

static struct bytes value_at(const struct store_key *key, struct arena *arena)
{
	struct bytes value;
	assert_int_equal(store_load(store, key, arena, &value), OK);
	return value;
}

static void put(const struct store_key *key, struct bytes value)
{
	assert_int_equal(store_put(store, key, value, TTL_MS, STORE_ALWAYS), OK);
}

static unsigned told;
static enum store_tale last_tale;

static void hear(void *context, enum store_tale tale, const char *what, const char *cause)
{
	assert_ptr_equal(context, store);
	assert_true(*what != '\0' && *cause != '\0');
	last_tale = tale;
	told++;
}

static void assert_refused(const char *row, const struct store_key *key)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const void *record;
	uint64_t before = metric_value(METRIC_STORE_REFUSED);
	unsigned told_before = told;
	store_listen(store, hear, store);
	ROW(row, load(key, &arena, &record) == ERR_NOT_FOUND);
	ROW(row, told == told_before + 1 && last_tale == STORE_TALE_REFUSED);
	ROW(row, metric_value(METRIC_STORE_REFUSED) == before + 1);
}

static void test_there_and_back(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_SESSION, 1);
	const void *at;
	uint64_t before = metric_value(METRIC_STORE_REFUSED);
	assert_int_equal(load(&key, &arena, &at), ERR_NOT_FOUND);
	assert_int_equal(store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_IF_NEW), OK);
	assert_int_equal(
	    store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_IF_NEW), ERR_EXISTS);
	assert_int_equal(load(&key, &arena, &at), OK);
	const struct msg_session_record *record = at;
	assert_string_equal(text_str(record->name), "Ada Lovelace");
	assert_int_equal(record->generation, 7);
	assert_int_equal(metric_value(METRIC_STORE_REFUSED), before);
	struct bytes value = value_at(&key, &arena); /* {expiry, generation, sealed} */
	assert_memory_equal(value.at + 8, "\0\0\0\0\0\0\0\7", 8);
	assert_null(memmem(value.at, value.len, "ada", 3));
	assert_null(memmem(value.at, value.len, "Lovelace", 8));
	assert_int_equal(store_replace_record(store, &key, value, WIRE(session_record, &ADA), TTL_MS), OK);
	assert_int_equal(
	    store_replace_record(store, &key, value, WIRE(session_record, &ADA), TTL_MS), ERR_STALE);
}

/* Every bit of a value counts, and so does its length. */
static void test_every_bit_counts(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_SESSION, 1);
	char row[32];
	assert_int_equal(store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS), OK);
	struct bytes value = value_at(&key, &arena);
	uint8_t *copy = (uint8_t *)arena_copy(&arena, value.at, value.len);
	for (size_t i = 0; i < value.len; i++) {
		(void)snprintf(row, sizeof row, "byte %zu", i);
		copy[i] ^= 1;
		put(&key, (struct bytes){ copy, value.len });
		assert_refused(row, &key);
		copy[i] ^= 1;
	}
	for (size_t len = 0; len < value.len; len++) {
		(void)snprintf(row, sizeof row, "length %zu", len);
		put(&key, (struct bytes){ copy, len });
		assert_refused(row, &key);
	}
	put(&key, value);
	const void *at;
	assert_int_equal(load(&key, &arena, &at), OK);
}

static void test_moved(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_SESSION, 1), other = key_of(STORE_SESSION, 2);
	struct store_key kind = key_of(STORE_LOGIN, 1);
	assert_int_equal(store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS), OK);
	put(&other, value_at(&key, &arena));
	put(&kind, value_at(&key, &arena));
	assert_refused("another person's key", &other);
	assert_refused("another kind", &kind);
}

static void test_generation_and_expiry_are_sealed_in(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_SESSION, 1);
	struct msg_session_record later = ADA;
	later.generation = 8;
	assert_int_equal(store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS), OK);
	struct bytes old = value_at(&key, &arena);
	assert_int_equal(
	    store_put_record(store, &key, WIRE(session_record, &later), TTL_MS, STORE_ALWAYS), OK);
	struct bytes fresh = value_at(&key, &arena);
	uint8_t *mixed = (uint8_t *)arena_copy(&arena, old.at, old.len);
	memcpy(mixed + 8, fresh.at + 8, 8); /* the old session under the new generation */
	put(&key, (struct bytes){ mixed, old.len });
	assert_refused("another generation", &key);
	mixed = (uint8_t *)arena_copy(&arena, old.at, old.len);
	mixed[2]++; /* some years longer */
	put(&key, (struct bytes){ mixed, old.len });
	assert_refused("a longer life", &key);
}

/* A value that is kept in the store longer than it was meant to live. */
static void test_outlived(void **state)
{
	(void)state;
#ifdef SPOM_TEST_CLOCK
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_SESSION, 1);
	const void *at;
	assert_int_equal(store_put_record(store, &key, WIRE(session_record, &ADA), 1000, STORE_ALWAYS), OK);
	put(&key, value_at(&key, &arena)); /* for a minute */
	assert_int_equal(load(&key, &arena, &at), OK);
	uint64_t before = metric_value(METRIC_STORE_REFUSED);
	clock_offset(1001); /* clocks are never quite the same: no alarm yet */
	enum err ended = load(&key, &arena, &at);
	uint64_t after = metric_value(METRIC_STORE_REFUSED);
	clock_offset(20000);
	enum err outlived = load(&key, &arena, &at);
	clock_offset(0);
	assert_int_equal(ended, ERR_NOT_FOUND);
	assert_int_equal(after, before);
	assert_int_equal(outlived, ERR_NOT_FOUND);
	assert_int_equal(metric_value(METRIC_STORE_REFUSED), before + 1);
#else
	skip();
#endif
}

static void test_another_masters_values(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_SESSION, 1);
	struct keys *others;
	assert_int_equal(keys_new("", &others), OK);
	const struct keys *ours = store->keys;
	store->keys = others;
	enum err err = store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS);
	store->keys = ours;
	keys_free(&others);
	assert_int_equal(err, OK);
	assert_refused("sealed by somebody else", &key);
}

/* Rows of a list that were tampered with are left out; the others are shown. */
static void test_lists(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_ACTIVITY, 1), other = key_of(STORE_ACTIVITY, 2);
	const void **records;
	struct bytes *foreign;
	unsigned n = 0;
	static const char *const EVENTS[] = { "one", "two", "three" };
	struct msg_activity_row row = { .at = 1, .event = text_of("foreign") };
	assert_int_equal(store_list_push_record(store, &other, WIRE(activity_row, &row), 9, TTL_MS), OK);
	assert_int_equal(store_list_read(store, &other, 0, 1, &arena, &foreign, &n), OK);
	for (size_t i = 0; i < COUNT(EVENTS); i++) {
		row.event = text_of(EVENTS[i]);
		assert_int_equal(
		    store_list_push_record(store, &key, WIRE(activity_row, &row), 9, TTL_MS), OK);
		assert_int_equal(
		    store_list_push(store, &key, i == 0 ? foreign[0] : value_of("x"), 9, TTL_MS), OK);
	}
	assert_int_equal(
	    store_list_read_records(store, &key, wire_msg_activity_row(), 0, 9, &arena, &records, &n), OK);
	assert_int_equal(n, 3);
	for (unsigned i = 0; i < n; i++)
		assert_string_equal(
		    text_str(((const struct msg_activity_row *)records[i])->event), EVENTS[2 - i]);
}

/* What this process has ended nobody brings back; what it only removed may come again. */
static void test_what_ended_stays_so(void **state)
{
	(void)state;
	static const enum store_kind KINDS[] = { STORE_SESSION, STORE_TICKET, STORE_ACT, STORE_LOGIN };
	for (size_t i = 0; i < COUNT(KINDS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct store_key key = key_of(KINDS[i], 70), other = key_of(KINDS[i], 71);
		const void *at;
		assert_int_equal(
		    store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS), OK);
		struct bytes value = value_at(&key, &arena);
		assert_int_equal(store_end(store, &key), OK);
		assert_int_equal(store_end(store, &key), ERR_NOT_FOUND);
		put(&key, value);
		assert_refused(store_kind_name(KINDS[i]), &key);
		assert_int_equal(store_end(store, &key), ERR_NOT_FOUND); /* nobody takes it a second time */
		assert_int_equal(
		    store_put_record(store, &other, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS), OK);
		assert_int_equal(store_remove(store, &other), OK);
		assert_int_equal(
		    store_put_record(store, &other, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS), OK);
		assert_int_equal(load(&other, &arena, &at), OK);
	}
}

/* The ledger's row is taken away, and again: what was accepted here is not accepted again, what comes behind it is. */
static void test_steps_taken_here_stay_taken(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_STEP, 72), other = key_of(STORE_STEP, 73);
	assert_int_equal(store_step(store, &key, 500, INT64_MAX, TTL_MS), OK);
	for (unsigned i = 0; i < 2; i++) {
		(void)store_remove(store, &key);
		assert_int_equal(store_step(store, &key, 499, INT64_MAX, TTL_MS), ERR_EXISTS);
		assert_int_equal(store_step(store, &key, 500, INT64_MAX, TTL_MS), ERR_EXISTS);
	}
	assert_int_equal(store_step(store, &key, 501, INT64_MAX, TTL_MS), OK);
	assert_int_equal(store_step(store, &other, 500, INT64_MAX, TTL_MS), OK);
}

/* More ends than there is room for: the latest are remembered. */
static void test_the_latest_ends_are_remembered(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_SESSION, 74);
	CLEANUP(arena_done) struct arena arena = { 0 };
	for (uint32_t i = 0; i < 2000; i++) {
		struct store_key more = key_of(STORE_SESSION, 1000 + i);
		put(&more, value_of("x"));
		assert_int_equal(store_end(store, &more), OK);
	}
	assert_int_equal(store_put_record(store, &key, WIRE(session_record, &ADA), TTL_MS, STORE_ALWAYS), OK);
	struct bytes value = value_at(&key, &arena);
	assert_int_equal(store_end(store, &key), OK);
	put(&key, value);
	assert_refused("the latest", &key);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_there_and_back),
		BOTH(test_every_bit_counts),
		BOTH(test_moved),
		BOTH(test_generation_and_expiry_are_sealed_in),
		BOTH(test_outlived),
		BOTH(test_another_masters_values),
		BOTH(test_lists),
		BOTH(test_what_ended_stays_so),
		BOTH(test_steps_taken_here_stay_taken),
		BOTH(test_the_latest_ends_are_remembered),
	};
	log_open("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, both_start, both_stop);
}

int main(void)
{
	return slapd_guard(run);
}
