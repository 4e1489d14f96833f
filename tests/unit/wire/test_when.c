#include "unit.h"
#include "wire/when.h"
#include "wire/wire.h"

static void times_are_written_in_utc(void **state)
{
	(void)state;
	static const struct {
		int64_t when;
		const char *text;
	} ROWS[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 951782399999, "2000-02-28T23:59:59.999Z" },
		{ 1700000000123, "2023-11-14T22:13:20.123Z" },
		{ 4294967296000, "2106-02-07T06:28:16.000Z" },
		{ WIRE_TIME_MAX, "9999-12-31T23:59:59.999Z" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		char text[WHEN_TEXT_SIZE];
		int64_t again = -1;
		when_text(ROWS[i].when, text);
		assert_string_equal(text, ROWS[i].text);
		ROW(text, when_read(text_of(text), &again) && again == ROWS[i].when);
	}
}

static void milliseconds_may_be_left_out(void **state)
{
	(void)state;
	int64_t when = 0;
	assert_true(when_read(TEXT_LITERAL("2023-11-14T22:13:20Z"), &when));
	assert_int_equal(when, 1700000000000);
}

static void nothing_else_is_a_time(void **state)
{
	(void)state;
	static const char *const ROWS[] = { "", "Z", "2023-11-14", "2023-11-14T22:13:20",
		"2023-11-14T22:13:20.1Z", "2023-11-14t22:13:20z", "2023-11-14T22:13:20+00:00",
		"2023-11-14 22:13:20Z", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z",
		"2023-00-01T00:00:00Z", "2023-01-32T00:00:00Z", "2023-01-01T24:00:00Z",
		"2023-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "1969-12-31T23:59:59Z",
		"+023-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "2023-01-01T00:00:00.-10Z",
		"2023-11-14T22:13:20.123Z ", "2023-11-14T22:13:20\xc2\xa0Z" };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		int64_t when = -5;
		ROW(ROWS[i], !when_read(text_of(ROWS[i]), &when) && when == -5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_in_utc),
		cmocka_unit_test(milliseconds_may_be_left_out),
		cmocka_unit_test(nothing_else_is_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
