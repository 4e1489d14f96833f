/* What this process has seen end: of some kinds by the thousand, which displace nothing of the others. */
#include "authority/store/both.h"
#include "authority/store/over.h"

static struct over *over;

static int setup(void **state)
{
	(void)state;
	return over_new(&over) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	over_free(&over);
	return 0;
}

static void test_once(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_SESSION, 1), other = key_of(STORE_SESSION, 2);
	assert_false(over_is(over, &key));
	assert_true(over_note(over, &key));
	assert_false(over_note(over, &key));
	assert_true(over_is(over, &key));
	assert_false(over_is(over, &other));
}

/* A table has room for 65,536. */
static void test_what_ends_by_the_thousand_displaces_no_session(void **state)
{
	static const enum store_kind MANY[] = { STORE_LOGIN, STORE_CODE, STORE_CAS, STORE_PUSHED, STORE_GRANT,
		STORE_TICKET };
	(void)state;
	struct store_key session = key_of(STORE_SESSION, 1), consent = key_of(STORE_CONSENT, 1),
			 first = key_of(STORE_LOGIN, 0);
	assert_true(over_note(over, &session) && over_note(over, &consent));
	for (size_t i = 0; i < COUNT(MANY); i++)
		for (uint32_t n = 0; n < 200000; n++) {
			struct store_key key = key_of(MANY[i], n);
			(void)over_note(over, &key);
		}
	assert_true(over_is(over, &session) && over_is(over, &consent));
	assert_false(over_is(over, &first)); /* this test would see it */
	for (uint32_t n = 0; n < 200000; n++) {
		struct store_key key = key_of(STORE_CONSENT, n + 2);
		(void)over_note(over, &key);
	}
	assert_true(over_is(over, &session));
	assert_false(over_is(over, &consent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_what_ends_by_the_thousand_displaces_no_session, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
