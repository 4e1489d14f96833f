/* What the store in memory has of its own: a bound. The rest: test_store.c. */
#include <poll.h>
#include "authority/store/both.h"

static int setup(void **state)
{
	(void)state;
	return store_memory_new(5000, NULL, &store) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	store_free(&store);
	return 0;
}

/* Full is busy, and what expires makes room. */
static void test_bound(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		struct store_key key = key_of(STORE_LOGIN, i);
		assert_int_equal(store_put(store, &key, value_of("x"), i < 10 ? 1 : 60000, STORE_ALWAYS), OK);
	}
	(void)poll(NULL, 0, 5);
	struct store_key key = key_of(STORE_SESSION, 1);
	for (uint32_t i = 0; i < 10; i++) {
		key = key_of(STORE_SESSION, i);
		assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_ALWAYS), OK);
	}
	key = key_of(STORE_SESSION, 99);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_ALWAYS), ERR_BUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
