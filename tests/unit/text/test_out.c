#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "text/out.h"

static void grows_from_any_room(void **state)
{
	(void)state;
	static const size_t FIRST[] = { 0, 1, 2, OUT_SMALL_ROOM, 5000 };
	for (size_t i = 0; i < COUNT(FIRST); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct out out = { .arena = &arena, .first = FIRST[i] };
		struct text text;
		char name[20];
		for (unsigned k = 0; k < 3000; k++)
			out_format(&out, "%u,", k % 10);
		(void)snprintf(name, sizeof name, "%zu", FIRST[i]);
		ROW(name, out_done(&out, &text) && text.len == 6000 && strlen(text.at) == 6000);
		ROW(name, strncmp(text.at, "0,1,2,", 6) == 0 && strcmp(text.at + 5994, "7,8,9,") == 0);
	}
}

/* A page has a hundred of them: they must not cost a hundred pages. */
static void a_word_takes_little(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct out out = OUT_SMALL(&arena), empty = OUT_SMALL(&arena);
	struct text text;
	out_str(&out, "Signed in here");
	assert_true(out_done(&out, &text));
	assert_string_equal(text.at, "Signed in here");
	assert_true(out_done(&empty, &text));
	assert_string_equal(text.at, "");
	assert_true(arena.total <= 256);
}

static void memory_that_is_out_is_told(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { .limit = 200 };
	struct out out = OUT_SMALL(&arena);
	struct text text = { "untouched", 9 };
	for (unsigned i = 0; i < 100; i++)
		out_str(&out, "0123456789");
	assert_false(out_done(&out, &text));
	assert_string_equal(text.at, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_from_any_room),
		cmocka_unit_test(a_word_takes_little),
		cmocka_unit_test(memory_that_is_out_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
