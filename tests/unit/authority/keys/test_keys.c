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

#define ZEROES "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define COUNTED "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define OTHER "__________________________________________8"

static char path[] = "/tmp/spom-key-XXXXXX";

static int file_make(void **state)
{
	(void)state;
	memcpy(path + sizeof path - 7, "XXXXXX", 6);
	int fd = mkstemp(path);
	return fd >= 0 ? close(fd) : -1;
}

static int file_remove(void **state)
{
	(void)state;
	return unlink(path);
}

static void file_is(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static struct keys *keys_of(const char *text)
{
	struct keys *read = NULL;
	file_is(text);
	assert_int_equal(keys_new(path, &read), OK);
	return read;
}

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static struct secret secret_of(const char *text)
{
	return (struct secret){ (unsigned char *)text, strlen(text) };
}

/* The same file gives the same keys; everything that is no key is refused. */
static void test_master_file(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		bool good;
	} ROWS[] = {
		{ ZEROES "\n", 0600, true },
		{ ZEROES, 0600, true },
		{ ZEROES "\r\n", 0600, true },
		{ ZEROES "\n" COUNTED "\n", 0600, true },
		{ ZEROES "\nnames " COUNTED "\n", 0600, true },
		{ ZEROES "\n" OTHER "\nnames " COUNTED "\n", 0600, true },
		{ ZEROES "\n", 0644, false },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 0600, false },
		{ ZEROES "=\n", 0600, false },
		{ "\n", 0600, false },
		{ "", 0600, false },
		{ ZEROES "\n\n", 0600, false },
		{ ZEROES " \n", 0600, false },
		{ ZEROES "\nrubbish\n", 0600, false },
		{ ZEROES "\n" ZEROES "\n", 0600, false },       /* twice */
		{ ZEROES "\nnames " ZEROES "\n", 0600, false }, /* also so */
		{ "names " ZEROES "\n", 0600, false },          /* nothing seals */
		{ ZEROES "\nnames " COUNTED "\n" OTHER "\n", 0600, false },
		{ ZEROES "\nnames \n", 0600, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct keys *read = NULL;
		file_is(ROWS[i].text);
		assert_int_equal(chmod(path, ROWS[i].mode), 0);
		ROW(ROWS[i].text, (keys_new(path, &read) == OK) == ROWS[i].good);
		keys_free(&read);
	}
	assert_int_equal(chmod(path, 0600), 0);
	struct keys *none = NULL;
	assert_int_not_equal(keys_new("/nonexistent/key", &none), OK);
}

/* What another program computed from the definition in keys.h (BLAKE2b, XChaCha20-Poly1305): so that no change of this code goes unseen. */
static void test_vectors(void **state)
{
	(void)state;
	static const uint8_t NAME[4] = { 0x31, 0xb1, 0x61, 0xb8 }, COOKIE[4] = { 0x42, 0x6a, 0x73, 0x3f },
			     FIRST[4] = { 0x14, 0x63, 0x3c, 0x64 }, SECOND[4] = { 0x10, 0x58, 0xaa, 0x08 };
	struct keys *read = keys_of(ZEROES "\n");
	uint8_t hash[KEYS_HASH_SIZE];
	char id[KEYS_ID_TEXT_SIZE];
	keys_current_id(read, id);
	assert_string_equal(id, "b0f1fe96");
	keys_hash(read, KEY_SESSION_STORE, "x", 1, hash);
	assert_memory_equal(hash, NAME, sizeof NAME);
	keys_hash(read, KEY_APP_COOKIE, "x", 1, hash);
	assert_memory_equal(hash, COOKIE, sizeof COOKIE);
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes plain;
	assert_int_equal(keys_unseal_for(read, KEY_FACTOR,
			     secret_of("AbDx_pYAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhdTKqki6CBmJRCfCvXC0p_f-VAj02Y"),
			     bytes_of("whose"), &arena, &plain),
	    OK);
	assert_int_equal(plain.len, 5);
	assert_memory_equal(plain.at, "hello", 5);
	struct keys_chain chain;
	keys_chain_begin(read, 7, &chain);
	keys_chain_next(&chain, "one", 3, hash);
	assert_memory_equal(hash, FIRST, sizeof FIRST);
	keys_chain_next(&chain, "two", 3, hash);
	assert_memory_equal(hash, SECOND, sizeof SECOND);
	keys_free(&read);
}

static void test_associated(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct secret sealed, bare;
	struct bytes plain;
	assert_int_equal(
	    keys_seal_for(keys, KEY_FACTOR, bytes_of("hello"), bytes_of("ada"), &arena, &sealed), OK);
	assert_int_equal(keys_seal(keys, KEY_FACTOR, bytes_of("hello"), &arena, &bare), OK);
	assert_int_equal(keys_unseal_for(keys, KEY_FACTOR, sealed, bytes_of("ada"), &arena, &plain), OK);
	assert_int_equal(keys_unseal_for(keys, KEY_FACTOR, bare, bytes_of(""), &arena, &plain), OK);
	static const char *const OTHERS[] = { "", "ad", "adam", "bob" };
	for (size_t i = 0; i < COUNT(OTHERS); i++)
		ROW(OTHERS[i], keys_unseal_for(keys, KEY_FACTOR, sealed, bytes_of(OTHERS[i]), &arena,
				   &plain) == ERR_MALFORMED);
	assert_int_equal(
	    keys_unseal_for(keys, KEY_OUTBOX, sealed, bytes_of("ada"), &arena, &plain), ERR_MALFORMED);
	assert_int_equal(keys_unseal(keys, KEY_FACTOR, sealed, &arena, &plain), ERR_MALFORMED);
	assert_true(keys_is_current(keys, sealed));
	assert_false(keys_is_current(keys, (struct secret){ sealed.at, 7 }));
}

/* A new key on top: names stay, what was sealed opens, what is sealed is of the new one; and behind `names` the old one opens nothing. */
static void test_rotation(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct secret old, fresh;
	struct bytes plain;
	uint8_t name[KEYS_HASH_SIZE], form[KEYS_HASH_SIZE], again[KEYS_HASH_SIZE];
	struct keys *read = keys_of(ZEROES "\n");
	assert_int_equal(keys_seal(read, KEY_FACTOR, bytes_of("old"), &arena, &old), OK);
	keys_hash(read, KEY_RECOVERY, "x", 1, name);
	keys_hash(read, KEY_SESSION_CSRF, "x", 1, form);

	file_is(COUNTED "\n" ZEROES "\n");
	assert_int_equal(keys_reload(read, path), OK);
	assert_int_equal(keys_unseal(read, KEY_FACTOR, old, &arena, &plain), OK);
	assert_false(keys_is_current(read, old));
	assert_int_equal(keys_seal(read, KEY_FACTOR, bytes_of("new"), &arena, &fresh), OK);
	assert_true(keys_is_current(read, fresh));
	keys_hash(read, KEY_RECOVERY, "x", 1, again);
	assert_memory_equal(name, again, sizeof name);
	assert_true(keys_hash_matches(read, KEY_RECOVERY, "x", 1, name));
	keys_hash(read, KEY_SESSION_CSRF, "x", 1, again);
	assert_memory_not_equal(form, again, sizeof form);
	assert_true(keys_hash_matches(read, KEY_SESSION_CSRF, "x", 1, form));
	assert_true(keys_hash_matches(read, KEY_SESSION_CSRF, "x", 1, again));
	assert_false(keys_hash_matches(read, KEY_SESSION_CSRF, "y", 1, form));

	file_is(COUNTED "\nnames " ZEROES "\n");
	assert_int_equal(keys_reload(read, path), OK);
	assert_int_equal(keys_unseal(read, KEY_FACTOR, old, &arena, &plain), ERR_MALFORMED);
	assert_int_equal(keys_unseal(read, KEY_FACTOR, fresh, &arena, &plain), OK);
	assert_true(keys_hash_matches(read, KEY_RECOVERY, "x", 1, name));
	assert_false(keys_hash_matches(read, KEY_SESSION_CSRF, "x", 1, form));

	file_is("rubbish\n");
	assert_int_equal(keys_reload(read, path), ERR_MALFORMED); /* and all is as it was */
	assert_int_equal(keys_reload(read, ""), ERR_CONFIG);
	assert_int_equal(keys_unseal(read, KEY_FACTOR, fresh, &arena, &plain), OK);
	keys_free(&read);
}

/* Each text is a file that can be read, and says what its name promises. */
static void test_texts(void **state)
{
	(void)state;
	struct keys *read = keys_of(COUNTED "\n" OTHER "\nnames " ZEROES "\n");
	CLEANUP(secret_free) struct secret backup = { 0 }, rotated = { 0 }, retired = { 0 };
	assert_int_equal(keys_backup_text(read, &backup), OK);
	assert_string_equal((char *)backup.at, COUNTED "\n" OTHER "\nnames " ZEROES "\n");
	assert_int_equal(keys_retired_text(read, &retired), OK);
	assert_string_equal((char *)retired.at, COUNTED "\nnames " ZEROES "\n");
	assert_int_equal(keys_rotated_text(read, &rotated), OK);
	assert_int_equal(rotated.len, backup.len + 44);
	assert_string_equal((char *)rotated.at + 44, (char *)backup.at);
	unsigned all, opening;
	keys_count(read, &all, &opening);
	assert_int_equal(all, 3);
	assert_int_equal(opening, 2);
	file_is((char *)rotated.at);
	assert_int_equal(keys_reload(read, path), OK);
	keys_free(&read);
}

static void test_a_file_holds_eight(void **state)
{
	(void)state;
	struct keys *read = keys_of(ZEROES "\n");
	for (unsigned n = 1; n < KEYS_MAX; n++) {
		CLEANUP(secret_free) struct secret rotated = { 0 };
		assert_int_equal(keys_rotated_text(read, &rotated), OK);
		file_is((char *)rotated.at);
		assert_int_equal(keys_reload(read, path), OK);
	}
	CLEANUP(secret_free) struct secret none = { 0 }, backup = { 0 };
	assert_int_equal(keys_rotated_text(read, &none), ERR_TOO_LARGE);
	assert_int_equal(keys_backup_text(read, &backup), OK);
	char nine[1000];
	(void)snprintf(nine, sizeof nine, COUNTED "\n%s", (char *)backup.at);
	file_is(nine);
	assert_int_equal(keys_reload(read, path), ERR_MALFORMED);
	keys_free(&read);
}

/* Chains of different numbers, of different keys, and of different places differ; an old one can be begun anew by who verifies. */
static void test_chain(void **state)
{
	(void)state;
	struct keys *read = keys_of(COUNTED "\n" ZEROES "\n");
	struct keys_chain one, two, old;
	uint8_t first[KEYS_HASH_SIZE], second[KEYS_HASH_SIZE];
	keys_chain_begin(read, 1, &one);
	keys_chain_begin(read, 2, &two);
	keys_chain_next(&one, "x", 1, first);
	keys_chain_next(&two, "x", 1, second);
	assert_memory_not_equal(first, second, sizeof first);
	keys_chain_next(&one, "x", 1, second);
	assert_memory_not_equal(first, second, sizeof first);
	assert_true(keys_chain_begin_under(read, 0, 1, &old));
	keys_chain_next(&old, "x", 1, second);
	assert_memory_equal(first, second, sizeof first);
	assert_true(keys_chain_begin_under(read, 1, 1, &old));
	keys_chain_next(&old, "x", 1, second);
	assert_memory_not_equal(first, second, sizeof first);
	assert_false(keys_chain_begin_under(read, 2, 1, &old));
	keys_free(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_associated, setup, teardown),
		cmocka_unit_test(test_master_file),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_a_file_holds_eight),
		cmocka_unit_test(test_chain),
	};
	return cmocka_run_group_tests(tests, file_make, file_remove);
}
