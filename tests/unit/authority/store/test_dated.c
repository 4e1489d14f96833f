/* Records of an epoch, in memory and in Redis: where the store begins anew beside a write, that one is of the new epoch, and those of before are not good. */
#include <string.h>
#include "authority/directory/slapd.h"
#include "authority/store/both.h"
#include "authority/store/dated.h"
#include "authority/store/memory.h"
#include "base/clock.h"

static struct arena arena;

static struct msg_ticket_record ticket(void)
{
	static const uint8_t BYTES[32] = { 0 };
	return (struct msg_ticket_record){ .session = { BYTES, sizeof BYTES },
		.origin = TEXT_LITERAL("https://wiki.example.org"),
		.nonce = { BYTES, sizeof BYTES },
		.next = TEXT_LITERAL("/next"),
		.expires = clock_now_ms() + 10000 };
}

static void put(uint32_t number, enum err wanted)
{
	struct store_key key = key_of(STORE_TICKET, number);
	struct msg_ticket_record record = ticket();
	assert_int_equal(
	    dated_put_alone(store, &arena, &key, WIRE(ticket_record, &record), &record.epoch, 10000), wanted);
}

static bool is_good(uint32_t number)
{
	struct store_key key = key_of(STORE_TICKET, number);
	struct store_epoch present;
	const void *at;
	assert_int_equal(dated_load(store, &key, wire_msg_ticket_record(), &arena, &at, &present), OK);
	const struct msg_ticket_record *record = at;
	assert_string_equal(text_str(record->next), "/next");
	return dated_is_good(&present, record->epoch, record->expires);
}

static void test_is_there_once(void **state)
{
	struct store_key key = key_of(STORE_TICKET, 1), none = key_of(STORE_TICKET, 2);
	struct store_epoch present;
	const void *at;
	(void)state;
	arena_reset(&arena);
	put(1, OK);
	put(1, ERR_EXISTS);
	assert_true(is_good(1));
	assert_int_equal(dated_take(store, &key, wire_msg_ticket_record(), &arena, &at, &present), OK);
	const struct msg_ticket_record *record = at;
	assert_true(dated_is_good(&present, record->epoch, record->expires));
	assert_int_equal(
	    dated_take(store, &key, wire_msg_ticket_record(), &arena, &at, &present), ERR_NOT_FOUND);
	assert_int_equal(
	    dated_load(store, &none, wire_msg_ticket_record(), &arena, &at, &present), ERR_NOT_FOUND);
}

static void test_good(void **state)
{
	static const struct store_epoch PRESENT = { .id = "this" };
	static const struct {
		const char *made_in;
		int64_t lasts_ms;
		bool good;
	} ROWS[] = {
		{ "this", 10000, true },
		{ "this", -1, false },
		{ "that", 10000, false },
		{ "", 10000, false },
		{ NULL, 10000, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (dated_is_good(&PRESENT, text_of(ROWS[i].made_in), clock_now_ms() + ROWS[i].lasts_ms) !=
		    ROWS[i].good)
			fail_msg("row %zu", i);
}

static void empty_memory(void)
{
	struct memory *memory = memory_enter(store);
	*memory->epoch.id = '\0';
	(void)memory_leave(memory, OK);
}

static void empty_redis(void)
{
	(void)server_do(&both_server, "DEL spom:epoch");
}

/* In a batch with others, of which each still says what came of it. */
static void put_beside(uint32_t number)
{
	struct store_key key = key_of(STORE_TICKET, number), other = key_of(STORE_LOGIN, number);
	struct msg_ticket_record record = ticket();
	struct store_batch batch;
	struct dated dated;
	store_batch_begin(&batch, store, &arena);
	assert_int_equal(
	    dated_put(&dated, &batch, &key, WIRE(ticket_record, &record), &record.epoch, 10000), OK);
	const struct store_op *beside = store_batch_put(&batch, &other, value_of("x"), 60000, STORE_ALWAYS);
	assert_int_equal(store_batch_settle(&batch), OK);
	assert_int_equal(beside->err, OK);
	assert_int_equal(dated_written(&dated), OK);
}

static void begins_anew(void (*empty)(void))
{
	arena_reset(&arena);
	put(1, OK);
	empty();
	assert_false(is_good(1)); /* and so this process knows the new one */
	put(2, OK);
	assert_true(is_good(2));
	empty();
	put(3, OK); /* this is what sees it */
	assert_true(is_good(3));
	assert_false(is_good(2));
	empty();
	put_beside(4);
	assert_true(is_good(4));
	assert_false(is_good(3));
}

static void test_anew_in_memory(void **state)
{
	(void)state;
	begins_anew(empty_memory);
}

static void test_anew_in_redis(void **state)
{
	(void)state;
	begins_anew(empty_redis);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_is_there_once),
		cmocka_unit_test(test_good),
		{ "test_anew_in_memory", test_anew_in_memory, both_memory, both_end, NULL },
		{ "test_anew_in_redis", test_anew_in_redis, both_redis, both_end, NULL },
	};
	int failed = cmocka_run_group_tests(tests, both_start, both_stop);
	arena_done(&arena);
	return failed;
}

int main(void)
{
	return slapd_guard(run);
}
