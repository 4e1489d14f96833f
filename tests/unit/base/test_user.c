/* Who is meant by a name or a number. */
#include "unit.h"
#include "base/user.h"

static void test_find(void **state)
{
	static const struct {
		const char *name;
		enum err err;
		uid_t uid;
	} ROWS[] = {
		{ "root", OK, 0 },
		{ "0", OK, 0 },
		{ "4711", OK, 4711 },
		{ "100000", OK, 100000 },
		{ "4294967294", OK, 4294967294u },
		{ "4294967295", ERR_NOT_FOUND, 7 }, /* for setuid(2) that is nobody at all */
		{ "65534", ERR_FORBIDDEN, 7 },
		{ "nobody", ERR_FORBIDDEN, 7 },
		{ "no-such-user", ERR_NOT_FOUND, 7 },
		{ "-1", ERR_NOT_FOUND, 7 },
		{ "", ERR_NOT_FOUND, 7 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		uid_t uid = 7;
		if (user_find(ROWS[i].name, &uid) != ROWS[i].err || uid != ROWS[i].uid)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
