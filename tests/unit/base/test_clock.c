#include "unit.h"
#include <limits.h>
#include <time.h>
#include "base/clock.h"

static void now_is_the_time_of_day(void **state)
{
	(void)state;
	int64_t before_s = time(NULL);
	int64_t now_ms = clock_now_ms();
	assert_in_range(now_ms / 1000, before_s - 1, before_s + 1);
}

static void steady_goes_forward(void **state)
{
	(void)state;
	int64_t last = clock_steady_ms();
	for (int i = 0; i < 1000; i++) {
		int64_t next = clock_steady_ms();
		assert_true(next >= last);
		last = next;
	}
}

static void what_is_left(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int64_t from_now_ms;
		int least, greatest;
	} ROWS[] = {
		{ "now", 0, 0, 0 },
		{ "past", -1, 0, 0 },
		{ "long past", -1000000000000, 0, 0 },
		{ "soon", 5000, 1, 5000 },
		{ "as far as poll can wait", INT_MAX, INT_MAX - 5000, INT_MAX },
		{ "farther than poll can wait", (int64_t)INT_MAX * 4, INT_MAX, INT_MAX },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		int left = clock_left_ms(clock_steady_ms() + ROWS[i].from_now_ms);
		ROW(ROWS[i].name, left >= ROWS[i].least && left <= ROWS[i].greatest);
	}
	assert_int_equal(clock_left_ms(INT64_MIN), 0);
	assert_int_equal(clock_left_ms(INT64_MAX), INT_MAX);
}

#ifdef SPOM_TEST_CLOCK
static void the_offset_moves_only_the_time_of_day(void **state)
{
	(void)state;
	int64_t day_ms = 24 * 3600 * 1000LL;
	int64_t now_ms = clock_now_ms();
	int64_t steady_ms = clock_steady_ms();
	clock_offset(day_ms);
	assert_in_range(clock_now_ms() - now_ms, day_ms, day_ms + 5000);
	assert_in_range(clock_steady_ms() - steady_ms, 0, 5000);
	clock_offset(-day_ms);
	assert_in_range(now_ms - clock_now_ms(), day_ms - 5000, day_ms);
	clock_offset(0);
	assert_in_range(clock_now_ms() - now_ms, 0, 5000);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_is_the_time_of_day),
		cmocka_unit_test(steady_goes_forward),
		cmocka_unit_test(what_is_left),
#ifdef SPOM_TEST_CLOCK
		cmocka_unit_test(the_offset_moves_only_the_time_of_day),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
