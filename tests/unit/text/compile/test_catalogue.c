#include "unit.h"
#include <string.h>
#include "text/compile/catalogue.h"

static const struct {
	const char *name;
	const char *english, *german;
	const char *fault; /* what it must say; NULL: all is well */
} ROWS[] = {
	{ "well", "a = A\nb.c = B\n", "b.c = B\na = A\n", NULL },
	{ "comments and blanks", "# x\n\n  a  =  A = A  \r\n", "a=B", NULL },
	{ "forms", "a.one = 1\na.other = {count}\n", "a.other = x\na.one = y\n", NULL },
	{ "no line's end", "a = A", "a = B", NULL },
	{ "nothing", "", "", "strings:1: no strings at all" },
	{ "missing in German", "a = A\nb = B\n", "a = A\n", "de.txt:1: no 'b'" },
	{ "missing form in German", "a.one = 1\na.other = 2\n", "a.other = 2\n", "de.txt:1: no 'a.one'" },
	{ "a form English does not have", "a.one = 1\na.few = 3\na.other = 2\n", "a.one = 1\na.other = 2\n",
	    "en.txt:1: 'a.few' is a form that the language does not have" },
	{ "only in German", "a = A\n", "a = A\nb = B\n", "de.txt:2: the first language has no 'b'" },
	{ "twice", "a = A\na = B\n", "a = A\n", "en.txt:2: 'a' twice" },
	{ "with and without forms", "a = A\na.one = B\n", "a = A\n", "en.txt:2: 'a' with and without forms" },
	{ "no equals sign", "a = A\nb\n", "a = A\n", "en.txt:2: not 'id = sentence'" },
	{ "odd id", "A = A\n", "A = A\n", "en.txt:1: 'A' is no id" },
	{ "empty", "a =\n", "a = A\n", "en.txt:1: 'a' has no readable sentence" },
	{ "not UTF-8", "a = \xff\n", "a = A\n", "en.txt:1: 'a' has no readable sentence" },
	{ "nobody uses it", "a = A\nx.y = B\n", "a = A\nx.y = B\n", "en.txt:2: nobody uses 'x.y'" },
	{ "a text id that wants too much", "a = {user}\n", "a = {name}\n",
	    "en.txt:1: 'a': nobody gives {user}" },
	{ "the same in German only", "a = {name}\n", "a = {count} {user}\n",
	    "en.txt:1: 'a': nobody gives {user}" },
};

static void both_languages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct arena arena = { 0 };
		struct catalogue catalogue = { .arena = &arena };
		struct fault fault = { "" };
		bool good = catalogue_read(&catalogue, "en.txt", "en", text_of(ROWS[i].english), &fault) &&
			    catalogue_read(&catalogue, "de.txt", "de", text_of(ROWS[i].german), &fault) &&
			    catalogue_check(&catalogue, &fault);
		unsigned used = good ? catalogue_find(&catalogue, text_of("b.c")) : STRINGS_NONE;
		if (used != STRINGS_NONE)
			catalogue.strings[used]->is_used = true;
		good = good && catalogue_check_use(&catalogue, &fault);
		ROW(ROWS[i].name, good == (ROWS[i].fault == NULL));
		ROW(ROWS[i].name, good || strcmp(fault.text, ROWS[i].fault) == 0);
		arena_done(&arena);
	}
}

static void an_unknown_language(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct catalogue catalogue = { .arena = &arena };
	struct fault fault = { "" };
	assert_false(catalogue_read(&catalogue, "xx.txt", "xx", text_of("a = A"), &fault));
	assert_non_null(strstr(fault.text, "no plural rule"));
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_languages),
		cmocka_unit_test(an_unknown_language),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
