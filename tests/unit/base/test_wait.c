/* Waiting ends with the word that is waited for, or with its time. */
#include "unit.h"
#include "base/wait.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static bool is_told;

static int64_t ms_between(const struct timespec *from, const struct timespec *to)
{
	return ((int64_t)to->tv_sec - from->tv_sec) * 1000 + (to->tv_nsec - from->tv_nsec) / 1000000;
}

static void test_end(void **state)
{
	static const int64_t ROWS[] = { 0, 1, 999, 1000, 1001, 5500, 86400000 };
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct timespec before = wait_end(0), end = wait_end(ROWS[i]);
		int64_t off_ms = ms_between(&before, &end) - ROWS[i];
		if (off_ms < 0 || off_ms > 1000 || end.tv_nsec < 0 || end.tv_nsec > 999999999)
			fail_msg("row %zu", i);
	}
}

static void test_time_passes(void **state)
{
	(void)state;
	struct timespec end = wait_end(30);
	assert_int_equal(pthread_mutex_lock(&lock), 0);
	while (wait_more(&told, &lock, &end))
		continue;
	struct timespec now = wait_end(0);
	assert_true(ms_between(&end, &now) >= 0);
	assert_false(wait_more(&told, &lock, &end)); /* and stays so */
	assert_int_equal(pthread_mutex_unlock(&lock), 0);
}

static void *tell(void *context)
{
	(void)pthread_mutex_lock(&lock);
	is_told = true;
	(void)pthread_cond_broadcast(&told);
	(void)pthread_mutex_unlock(&lock);
	return context;
}

static void test_told(void **state)
{
	(void)state;
	pthread_t other;
	struct timespec end = wait_end(60000);
	assert_int_equal(pthread_mutex_lock(&lock), 0);
	assert_int_equal(pthread_create(&other, NULL, tell, NULL), 0); /* it waits for the lock */
	while (!is_told)
		assert_true(wait_more(&told, &lock, &end));
	assert_int_equal(pthread_mutex_unlock(&lock), 0);
	assert_int_equal(pthread_join(other, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_time_passes),
		cmocka_unit_test(test_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
