#include "unit.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/secret.h"

static struct secret borrowed(char *bytes, size_t len)
{
	return (struct secret){ (unsigned char *)bytes, len };
}

static void equality(void **state)
{
	(void)state;
	static char A[] = "correct horse", SAME[] = "correct horse", FIRST[] = "Correct horse",
		    LAST[] = "correct horsf", NULS[] = "a\0b", OTHER_NULS[] = "a\0c";
	const struct {
		const char *name;
		struct secret a, b;
		bool equal;
	} ROWS[] = {
		{ "same bytes", borrowed(A, 13), borrowed(SAME, 13), true },
		{ "first byte differs", borrowed(A, 13), borrowed(FIRST, 13), false },
		{ "last byte differs", borrowed(A, 13), borrowed(LAST, 13), false },
		{ "one is a prefix", borrowed(A, 13), borrowed(SAME, 12), false },
		{ "both empty", borrowed(A, 0), borrowed(FIRST, 0), true },
		{ "empty and not", borrowed(A, 0), borrowed(A, 1), false },
		{ "what stands behind a NUL counts", borrowed(NULS, 3), borrowed(OTHER_NULS, 3), false },
		{ "absent and empty", borrowed(NULL, 0), borrowed(A, 0), false },
		{ "absent and absent", borrowed(NULL, 0), borrowed(NULL, 0), false },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		ROW(ROWS[i].name, secret_equal(ROWS[i].a, ROWS[i].b) == ROWS[i].equal);
		ROW(ROWS[i].name, secret_equal(ROWS[i].b, ROWS[i].a) == ROWS[i].equal);
	}
}

static void strings_have_no_nul_within(void **state)
{
	(void)state;
	static char PLAIN[] = "plain", NULS[] = "pl\0in", BEHIND[] = "plain\0";
	const struct {
		const char *name;
		struct secret secret;
		bool is_string;
	} ROWS[] = {
		{ "plain", borrowed(PLAIN, 5), true },
		{ "NUL within", borrowed(NULS, 5), false },
		{ "empty", borrowed(PLAIN, 0), true },
		{ "the terminator counted", borrowed(BEHIND, 6), false },
		{ "absent", borrowed(NULL, 0), false },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++)
		ROW(ROWS[i].name, secret_is_string(ROWS[i].secret) == ROWS[i].is_string);
}

static void a_copy_ends_with_nul_and_goes_with_its_arena(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct secret copy = secret_copy(&arena, "tr\0ub4dor", 9);
	assert_int_equal(copy.len, 9);
	assert_memory_equal(copy.at, "tr\0ub4dor", 10);
	unsigned char *at = copy.at;
	arena_reset(&arena);
	assert_memory_equal(at, "\0\0\0\0\0\0\0\0\0", 9);
	arena_done(&arena);
}

static void a_copy_without_memory_is_absent(void **state)
{
	(void)state;
	struct arena arena = { .limit = 16 };
	struct secret copy = secret_copy(&arena, "longer than sixteen", 19);
	assert_null(copy.at);
	assert_int_equal(copy.len, 0);
	copy = secret_copy(&arena, "", 0);
	assert_non_null(copy.at); /* empty is not absent */
	arena_done(&arena);
}

static void erasing_overwrites_and_leaves_absent(void **state)
{
	(void)state;
	char bytes[] = "hunter2";
	struct secret secret = borrowed(bytes, 7);
	secret_erase(&secret);
	assert_memory_equal(bytes, "\0\0\0\0\0\0\0", 8);
	assert_null(secret.at);
	assert_int_equal(secret.len, 0);
	secret_erase(&secret); /* absent: nothing to do */
}

static void owned_memory(void **state)
{
	(void)state;
	static const size_t SIZES[] = { 0, 1, 32, 4095, 4096, 4097, MIB };
	for (size_t i = 0; i < COUNT(SIZES); i++) {
		struct secret secret = { 0 };
		assert_int_equal(secret_own(SIZES[i], &secret), OK);
		assert_int_equal(secret.len, SIZES[i]);
		for (size_t j = 0; j <= SIZES[i]; j++) /* the NUL behind it too */
			assert_int_equal(secret.at[j], 0);
		memset(secret.at, 'k', secret.len);
		secret_free(&secret);
		assert_null(secret.at);
		assert_int_equal(secret.len, 0);
		secret_free(&secret);
	}
	secret_free(NULL);
}

static void owned_memory_is_given_back(void **state)
{
	(void)state;
	struct secret secret = { 0 };
	assert_int_equal(secret_own(32, &secret), OK);
	unsigned char *at = secret.at;
	secret_free(&secret);
	assert_int_not_equal(msync(at, (size_t)getpagesize(), MS_ASYNC), 0); /* not mapped any more */
}

static void owned_memory_is_bounded(void **state)
{
	(void)state;
	unsigned char byte;
	struct secret secret = { &byte, 1 };
	assert_int_equal(secret_own(MIB + 1, &secret), ERR_TOO_LARGE);
	assert_int_equal(secret_own(SIZE_MAX, &secret), ERR_TOO_LARGE);
	assert_ptr_equal(secret.at, &byte); /* untouched */
}

static void random_bytes_fill_all_and_differ(void **state)
{
	(void)state;
	unsigned char a[1000] = { 0 }, b[1000] = { 0 }, seen[256] = { 0 };
	secret_random(a, sizeof a);
	secret_random(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(a + 984, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	int distinct = 0;
	for (size_t i = 0; i < sizeof a; i++)
		distinct += seen[a[i]]++ == 0;
	assert_true(distinct > 200);
	secret_random(a, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality),
		cmocka_unit_test(strings_have_no_nul_within),
		cmocka_unit_test(a_copy_ends_with_nul_and_goes_with_its_arena),
		cmocka_unit_test(a_copy_without_memory_is_absent),
		cmocka_unit_test(erasing_overwrites_and_leaves_absent),
		cmocka_unit_test(owned_memory),
		cmocka_unit_test(owned_memory_is_given_back),
		cmocka_unit_test(owned_memory_is_bounded),
		cmocka_unit_test(random_bytes_fill_all_and_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
