#include "unit.h"
#include <ctype.h>
#include <string.h>
#include "base/err.h"

static void every_value_has_its_own_text(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_COUNT_; i++) {
		const char *text = err_text((enum err)i);
		assert_non_null(text);
		ROW(text, islower((unsigned char)text[0]));
		ROW(text, strcmp(text, "unknown error") != 0);
		for (int j = 0; j < i; j++)
			ROW(text, strcmp(text, err_text((enum err)j)) != 0);
	}
}

static void a_value_out_of_range_is_unknown(void **state)
{
	(void)state;
	static const int VALUES[] = { -1, ERR_COUNT_, ERR_COUNT_ + 1, INT32_MAX, INT32_MIN };
	for (size_t i = 0; i < COUNT(VALUES); i++)
		assert_string_equal(err_text((enum err)VALUES[i]), "unknown error");
}

static void success_is_zero(void **state)
{
	(void)state;
	assert_int_equal(OK, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_its_own_text),
		cmocka_unit_test(a_value_out_of_range_is_unknown),
		cmocka_unit_test(success_is_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
