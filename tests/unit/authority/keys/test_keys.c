#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/keys/keys.h"

static struct keys *keys;

static int setup(void **state)
{
	(void)state;
	return keys_new("", &keys) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	keys_free(&keys);
	return 0;
}

static void test_seal(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct secret sealed, again;
	struct bytes plain;
	const struct bytes text = { (const uint8_t *)"hello", 5 };
	assert_int_equal(keys_seal(keys, KEY_LOGIN_COOKIE, text, &arena, &sealed), OK);
	assert_int_equal(keys_seal(keys, KEY_LOGIN_COOKIE, text, &arena, &again), OK);
	assert_false(secret_equal(sealed, again)); /* a nonce of its own */
	assert_int_equal(keys_unseal(keys, KEY_LOGIN_COOKIE, sealed, &arena, &plain), OK);
	assert_int_equal(plain.len, 5);
	assert_memory_equal(plain.at, "hello", 5);
	assert_int_equal(
	    keys_unseal(keys, KEY_LOGIN_CSRF, sealed, &arena, &plain), ERR_MALFORMED); /* another purpose */
	for (size_t i = 0; i < sealed.len; i++) {
		unsigned char kept = sealed.at[i];
		sealed.at[i] = kept == 'x' ? 'y' : 'x';
		assert_int_equal(keys_unseal(keys, KEY_LOGIN_COOKIE, sealed, &arena, &plain), ERR_MALFORMED);
		sealed.at[i] = kept;
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(
		    keys_unseal(keys, KEY_LOGIN_COOKIE, (struct secret){ sealed.at, len }, &arena, &plain),
		    ERR_MALFORMED);
	arena_done(&arena);
}

static void test_hash(void **state)
{
	(void)state;
	uint8_t one[KEYS_HASH_SIZE], two[KEYS_HASH_SIZE];
	keys_hash(keys, KEY_LOGIN_STORE, "x", 1, one);
	keys_hash(keys, KEY_LOGIN_STORE, "x", 1, two);
	assert_memory_equal(one, two, sizeof one);
	keys_hash(keys, KEY_SESSION_STORE, "x", 1, two);
	assert_memory_not_equal(one, two, sizeof one);
}

/* The same file gives the same keys; everything that is no key is refused. */
static void test_master_file(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		bool good;
	} ROWS[] = {
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 0600, true },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 0644, false },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 0600, false },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 0600, false },
		{ "\n", 0600, false },
	};
	(void)state;
	char path[] = "/tmp/spom-key-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct keys *read = NULL;
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, ROWS[i].text, strlen(ROWS[i].text), 0), strlen(ROWS[i].text));
		assert_int_equal(fchmod(fd, ROWS[i].mode), 0);
		ROW(ROWS[i].text, (keys_new(path, &read) == OK) == ROWS[i].good);
		keys_free(&read);
	}
	(void)close(fd);
	(void)unlink(path);
	assert_int_not_equal(keys_new(path, &keys), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_master_file, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
