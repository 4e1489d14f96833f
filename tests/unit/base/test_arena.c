#include "unit.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"

static bool is_zero(const unsigned char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != 0)
			return false;
	return true;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	(void)state;
	static const size_t SIZES[] = { 0, 1, 15, 16, 17, 4095, 8191, 8192, 8193, 100000 };
	struct arena arena = { 0 };
	for (size_t i = 0; i < COUNT(SIZES); i++) {
		unsigned char *at = arena_alloc(&arena, SIZES[i]);
		assert_non_null(at);
		assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
		assert_true(is_zero(at, SIZES[i]));
		memset(at, 0xa5, SIZES[i]);
	}
	arena_done(&arena);
}

static void pieces_do_not_overlap(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	char *pieces[500];
	for (int i = 0; i < 500; i++) {
		pieces[i] = arena_printf(&arena, "piece %d of many", i);
		assert_non_null(pieces[i]);
	}
	for (int i = 0; i < 500; i++) {
		char expected[32];
		(void)snprintf(expected, sizeof expected, "piece %d of many", i);
		assert_string_equal(pieces[i], expected);
	}
	arena_done(&arena);
}

static void limits(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t limit, first, second;
		bool first_fits, second_fits;
	} ROWS[] = {
		{ "both fit", 64, 32, 32, true, true },
		{ "second is one over", 64, 32, 33, true, false },
		{ "first is over", 64, 65, 16, false, true },
		{ "rounding counts", 64, 49, 1, true, false },
		{ "rounding alone passes the limit", 60, 59, 16, false, true },
		{ "default limit", 0, ARENA_LIMIT, 1, true, false },
		{ "over the default limit", 0, ARENA_LIMIT + 1, 1, false, true },
		{ "greatest size", 0, SIZE_MAX, 1, false, true },
		{ "no limit, greatest size", SIZE_MAX, SIZE_MAX, 1, false, true },
		{ "no limit, rounds to zero", SIZE_MAX, SIZE_MAX - 14, 1, false, true },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct arena arena = { .limit = ROWS[i].limit };
		ROW(ROWS[i].name, (arena_alloc(&arena, ROWS[i].first) != NULL) == ROWS[i].first_fits);
		ROW(ROWS[i].name, (arena_alloc(&arena, ROWS[i].second) != NULL) == ROWS[i].second_fits);
		arena_done(&arena);
	}
}

static void a_reset_gives_the_limit_back(void **state)
{
	(void)state;
	struct arena arena = { .limit = 64 * KIB };
	for (int i = 0; i < 20; i++) {
		assert_non_null(arena_alloc(&arena, 40 * KIB));
		assert_null(arena_alloc(&arena, 40 * KIB));
		arena_reset(&arena);
		assert_int_equal(arena.total, 0);
	}
	arena_done(&arena);
}

static void array_refuses_overflow(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t count, size;
		bool fits;
	} ROWS[] = {
		{ "plain", 10, 8, true },
		{ "no elements", 0, 8, true },
		{ "elements of nothing", 10, 0, true },
		{ "product overflows", SIZE_MAX / 2 + 1, 2, false },
		{ "product overflows to small", SIZE_MAX / 8 + 2, 8, false },
		{ "greatest", SIZE_MAX, SIZE_MAX, false },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct arena arena = { 0 };
		ROW(ROWS[i].name, (arena_array(&arena, ROWS[i].count, ROWS[i].size) != NULL) == ROWS[i].fits);
		arena_done(&arena);
	}
}

static void copies_end_with_nul(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	assert_memory_equal(arena_copy(&arena, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_copy(&arena, NULL, 0), "");
	assert_null(arena_copy(&arena, "x", SIZE_MAX));
	arena_done(&arena);
}

static void printf_formats_or_gives_nothing(void **state)
{
	(void)state;
	struct arena arena = { .limit = 32 };
	assert_string_equal(arena_printf(&arena, "%s-%d", "a", -7), "a--7");
	assert_null(arena_printf(&arena, "%64d", 1));
	assert_string_equal(arena_printf(&arena, "%s", ""), "");
	arena_done(&arena);
}

/* Memory that is freed cannot be looked at, the kept block can. */
static void reset_erases_every_byte_handed_out(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	unsigned char *at = arena_alloc(&arena, 4000);
	assert_non_null(at);
	memset(at, 's', 4000);
	assert_non_null(arena_alloc(&arena, 100 * KIB)); /* a second block, which reset gives back */
	arena_reset(&arena);
	assert_true(is_zero(at, 4000));
	assert_ptr_equal(arena_alloc(&arena, 1), at); /* it is the same block */
	arena_done(&arena);
}

static void empty_arenas_can_be_reset_and_ended(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	arena_reset(&arena);
	arena_done(&arena);
	arena_done(&arena);
	assert_non_null(arena_alloc(&arena, 1));
	arena_done(&arena);
	assert_null(arena.newest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(limits),
		cmocka_unit_test(a_reset_gives_the_limit_back),
		cmocka_unit_test(array_refuses_overflow),
		cmocka_unit_test(copies_end_with_nul),
		cmocka_unit_test(printf_formats_or_gives_nothing),
		cmocka_unit_test(reset_erases_every_byte_handed_out),
		cmocka_unit_test(empty_arenas_can_be_reset_and_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
