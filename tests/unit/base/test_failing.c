/* Whatever allocates here can be told that there is nothing: it says so, hands nothing out, and leaves nothing behind. */
#include "unit.h"
#include <string.h>
#include "base/arena.h"
#include "base/secret.h"
#include "base/text.h"
#include "failing/failing.h"

static bool is_filled(const void *at, size_t len, int byte)
{
	for (size_t i = 0; i < len; i++)
		if (((const unsigned char *)at)[i] != (unsigned char)byte)
			return false;
	return true;
}

/* Each does its work on the arena; false: there was no memory, and what it would have filled is as it was. */

static bool allocate(struct arena *arena)
{
	char *at = arena_alloc(arena, 20000);
	return at != NULL && is_filled(at, 20000, 0);
}

static bool allocate_many(struct arena *arena)
{
	for (unsigned i = 0; i < 20; i++)
		if (arena_alloc(arena, 3000) == NULL)
			return false;
	return true;
}

static bool make_array(struct arena *arena)
{
	return arena_array(arena, 100, 12) != NULL;
}

static bool copy(struct arena *arena)
{
	const char *at = arena_copy(arena, "word", 4);
	return at != NULL && strcmp(at, "word") == 0;
}

static bool print(struct arena *arena)
{
	const char *at = arena_printf(arena, "%d %s", 7, "words");
	return at != NULL && strcmp(at, "7 words") == 0;
}

static bool copy_text(struct arena *arena)
{
	struct text to = TEXT_LITERAL("before");
	bool done = text_copy(arena, TEXT_LITERAL("word"), &to);
	assert_string_equal(to.at, done ? "word" : "before");
	return done;
}

static bool copy_secret(struct arena *arena)
{
	struct secret to = secret_copy(arena, "word", 4);
	assert_true(to.at != NULL ? to.len == 4 && memcmp(to.at, "word", 5) == 0 : to.len == 0);
	return to.at != NULL;
}

static bool own_secret(struct arena *arena)
{
	struct secret to;
	(void)arena;
	memset(&to, 0xa5, sizeof to);
	enum err err = secret_own(100, &to);
	assert_true(err == OK || (err == ERR_NO_MEMORY && is_filled(&to, sizeof to, 0xa5)));
	if (err == OK)
		secret_free(&to);
	return err == OK;
}

/* Behind a failure an arena goes on, and is erased and freed with all that it has. */
static bool go_on(struct arena *arena)
{
	void *first = arena_alloc(arena, 9000), *second = arena_alloc(arena, 9000);
	arena_reset(arena);
	void *third = arena_alloc(arena, 9000);
	return first != NULL && second != NULL && third != NULL;
}

static const struct {
	const char *name;
	bool (*work)(struct arena *arena);
	unsigned least; /* allocations */
} ROWS[] = {
	{ "arena_alloc", allocate, 2 },
	{ "many blocks", allocate_many, 30 },
	{ "arena_array", make_array, 1 },
	{ "arena_copy", copy, 1 },
	{ "arena_printf", print, 1 },
	{ "text_copy", copy_text, 1 },
	{ "secret_copy", copy_secret, 1 },
	{ "secret_own", own_secret, 1 },
	{ "an arena that goes on", go_on, 5 },
};

static void each_allocation_fails_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		unsigned seen = 0;
		for (unsigned n = 1; n <= seen + 1; n++) {
			CLEANUP(arena_done) struct arena arena = { 0 };
			failing_at(n);
			bool done = ROWS[i].work(&arena);
			seen = failing_seen();
			failing_at(0);
			ROW(ROWS[i].name, done == (seen < n));
			if (done)
				break;
		}
		ROW(ROWS[i].name, seen >= ROWS[i].least);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
