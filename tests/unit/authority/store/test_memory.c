#include "unit.h"
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include "authority/store/store.h"
#include "base/clock.h"

static struct store *store;

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

static struct store_key key_of(enum store_kind kind, uint32_t number)
{
	struct store_key key = { .kind = kind };
	number *= 2654435761u; /* spreads as the hashes do */
	memcpy(key.bytes, &number, sizeof number);
	return key;
}

static struct bytes value_of(const char *string)
{
	return (struct bytes){ (const uint8_t *)string, strlen(string) };
}

static void test_put_load_remove(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct store_key key = key_of(STORE_LOGIN, 1), other = key_of(STORE_SESSION, 1);
	struct bytes value;
	assert_int_equal(store_load(store, &key, &arena, &value), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &key, value_of("one"), 60000, STORE_ALWAYS), OK);
	assert_int_equal(store_load(store, &other, &arena, &value), ERR_NOT_FOUND); /* kinds do not meet */
	assert_int_equal(store_put(store, &key, value_of("two"), 60000, STORE_ALWAYS), OK);
	assert_int_equal(store_load(store, &key, &arena, &value), OK);
	assert_int_equal(value.len, 3);
	assert_memory_equal(value.at, "two", 3);
	assert_int_equal(store_remove(store, &key), OK);
	assert_int_equal(store_remove(store, &key), ERR_NOT_FOUND);
	arena_done(&arena);
}

static void test_conditions(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_LOGIN, 2);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_THERE), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_NEW), OK);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_NEW), ERR_EXISTS);
	assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_IF_THERE), OK);
}

static void test_expiry(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct store_key key = key_of(STORE_LOGIN, 3);
	struct bytes value;
	assert_int_equal(store_put(store, &key, value_of("x"), 20, STORE_ALWAYS), OK);
	int64_t end_ms = clock_steady_ms() + 5000;
	while (store_load(store, &key, &arena, &value) == OK && clock_left_ms(end_ms) > 0)
		(void)poll(NULL, 0, 5);
	assert_int_equal(store_load(store, &key, &arena, &value), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &key, value_of("x"), 20, STORE_IF_THERE), ERR_NOT_FOUND);
	assert_int_equal(store_remove(store, &key), ERR_NOT_FOUND);
	arena_done(&arena);
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

static _Atomic unsigned winners;

static void *race(void *context)
{
	(void)context;
	for (uint32_t i = 0; i < 1000; i++) {
		struct store_key key = key_of(STORE_LOGIN, i);
		if (store_remove(store, &key) == OK)
			winners++;
	}
	return NULL;
}

/* Of several who remove one value, one is told that it was he. */
static void test_one_winner(void **state)
{
	(void)state;
	pthread_t threads[4];
	winners = 0;
	for (uint32_t i = 0; i < 1000; i++) {
		struct store_key key = key_of(STORE_LOGIN, i);
		assert_int_equal(store_put(store, &key, value_of("x"), 60000, STORE_ALWAYS), OK);
	}
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(winners, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put_load_remove, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conditions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expiry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_winner, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
