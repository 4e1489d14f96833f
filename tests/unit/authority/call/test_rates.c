/* So many messages of a session in a second, and no more; whatever other sessions do. */
#include "unit.h"
#include <string.h>
#include "authority/call/rates.h"

static uint8_t name[32];

static const uint8_t *named(uint64_t number)
{
	memcpy(name, &number, sizeof number);
	return name;
}

static unsigned taken(struct rates *rates, uint64_t number, unsigned tries, unsigned a_second, int64_t now_ms)
{
	unsigned n = 0;
	for (unsigned i = 0; i < tries; i++)
		n += rates_take(rates, named(number), RATES_MESSAGES, a_second, now_ms);
	return n;
}

static void test_a_second_and_the_next(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int64_t now_ms;
		unsigned tries, taken;
	} ROWS[] = {
		{ "at once", 1000000, 100, 50 },
		{ "a moment later", 1000001, 100, 0 },
		{ "half a second later", 1000500, 100, 25 },
		{ "a second after that", 1001500, 100, 50 },
		{ "an hour later", 4600000, 1000, 50 },
		{ "a refused one is not counted", 4600020, 1, 1 },
	};
	struct rates *rates;
	assert_int_equal(rates_new(&rates), OK);
	for (size_t i = 0; i < COUNT(ROWS); i++)
		ROW(ROWS[i].what, taken(rates, 7, ROWS[i].tries, 50, ROWS[i].now_ms) == ROWS[i].taken);
	rates_free(&rates);
	rates_free(&rates);
}

static void test_sessions_and_kinds_are_apart(void **state)
{
	(void)state;
	struct rates *rates;
	assert_int_equal(rates_new(&rates), OK);
	assert_int_equal(taken(rates, 7, 100, 10, 5000), 10);
	assert_int_equal(taken(rates, 8, 100, 10, 5000), 10);
	assert_true(rates_take(rates, named(7), RATES_CHECKS, 10, 5000));
	assert_false(rates_take(rates, named(7), RATES_MESSAGES, 10, 5000));
	rates_free(&rates);
}

static void test_one_in_a_minute(void **state)
{
	(void)state;
	struct rates *rates;
	assert_int_equal(rates_new(&rates), OK);
	assert_true(rates_take_one(rates, named(7), RATES_FAULTS, 60000, 100000));
	assert_false(rates_take_one(rates, named(7), RATES_FAULTS, 60000, 159999));
	assert_true(rates_take_one(rates, named(8), RATES_FAULTS, 60000, 159999));
	assert_true(rates_take_one(rates, named(7), RATES_FAULTS, 60000, 160000));
	rates_free(&rates);
}

/* Sessions by the hundred thousand: forgetting one lets it on, and nobody is refused for another. */
static void test_it_never_refuses_for_want_of_room(void **state)
{
	(void)state;
	struct rates *rates;
	assert_int_equal(rates_new(&rates), OK);
	for (uint64_t i = 1; i <= 200000; i++)
		assert_true(rates_take(rates, named(i * 0x9e3779b97f4a7c15), RATES_MESSAGES, 5, 9000));
	rates_free(&rates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_second_and_the_next),
		cmocka_unit_test(test_sessions_and_kinds_are_apart),
		cmocka_unit_test(test_one_in_a_minute),
		cmocka_unit_test(test_it_never_refuses_for_want_of_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
