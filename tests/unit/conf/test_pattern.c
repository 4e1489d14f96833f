#include "unit.h"
#include <string.h>
#include "conf/pattern.h"

#define MUCH "repeats too much"
#define TWICE "has a repetition of a repetition"
#define SLASH "has a \\ before something else"
#define ANCHOR "has a ^ or $ within"
#define BRACE "has a { without"
#define NONE "is no extended regular expression"

static const struct {
	const char *pattern;
	const char *says; /* NULL: nothing speaks against it */
} ROWS[] = {
	{ "", NULL },
	{ "^[+][0-9]{1,3}( [0-9]{2,5}){1,4}$", NULL },
	{ "([a-z]+ ?)*", NULL },
	{ ".{512}", NULL },
	{ ".{513}", MUCH },
	{ ".{1,512}", NULL },
	{ ".{1,513}", MUCH },
	{ ".{,513}", MUCH },
	{ ".{511,}", NULL },
	{ ".{512,}", MUCH },
	{ "(a{20}){20}", NULL },
	{ "(a{200}){200}", MUCH },
	{ "(a{30}b{30}){10}", MUCH },
	{ "(a{100}|b{100}|c{100}){3}", MUCH },
	{ "((((((a+)*)?)+)*)?)", NULL },
	{ "((((((((a+)*)?)+)*)?)+)*)?", MUCH },
	{ "((((((((a{0,1}){0,}){,1}){1,})*)?)+)*)?", MUCH },
	{ "a{99999999999999999999}", MUCH },
	{ "a{300}b{300}", MUCH },
	{ "a{0}", NULL },
	/* What took glibc hours: repetitions of repetitions behind a ^. */
	{ "^((a?b*)*c*){30}$", NULL },
	{ "}^]****++)?}", ANCHOR },
	{ "a**", TWICE },
	{ "a{2}{2}", TWICE },
	{ "a+?", TWICE },
	{ "(a*)*", NULL },
	{ "^^a", ANCHOR },
	{ "a|^b", ANCHOR },
	{ "(a$)", ANCHOR },
	{ "a$$", ANCHOR },
	{ "^a$", NULL },
	{ "^", NULL },
	{ "$", NULL },
	{ "^$", NULL },
	{ "a\\$", NULL },
	{ "a\\\\$", NULL },
	{ "\\^a[$^]", NULL },
	{ "(a)\\1", SLASH },
	{ "\\d", SLASH },
	{ "\\<a", SLASH },
	{ "a\\", SLASH },
	{ "\\.\\[\\]\\\\\\(\\)\\*\\+\\?\\{\\}\\|\\^\\$\\/\\-", NULL },
	/* No repetition: an escape, a bracket. */
	{ "[a{600}]", NULL },
	{ "[]{600}]", NULL },
	{ "[^]{600}]", NULL },
	{ "[[:alpha:]{600}]", NULL },
	{ "[[.].]{600}]", NULL },
	{ "[[=a=]{600}]", NULL },
	{ "a\\{600}", NULL },
	{ "a{600", BRACE },
	{ "a{600,", BRACE },
	{ "a{600,x}", BRACE },
	{ "a{2,3,4}", BRACE },
	{ "a{x}", BRACE },
	{ "[", NONE },
	{ "[a", NONE },
	{ "[[:", NONE },
	{ "(", NONE },
	{ "*a", NONE },
	/* And what only looks like none. */
	{ "[[:alpha:]]{600}", MUCH },
	{ "[]]{600}", MUCH },
	{ "[^]]{600}", MUCH },
	{ "[[.].]]{600}", MUCH },
	{ "[[]{600}", MUCH },
	{ "\\\\{600}", MUCH },
	{ "\\({600}", MUCH },
	{ ")a{600}", MUCH },
	{ "(((a{600}", MUCH },
	{ "((((((((((((((((((((((((((((((((a", "has too many parentheses" },
};

static void what_may_be_compiled(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		regex_t compiled;
		char why[PATTERN_WHY_SIZE] = "";
		bool is_good = pattern_compile(ROWS[i].pattern, &compiled, why);
		if (is_good != (ROWS[i].says == NULL))
			fail_msg("'%s': %s", ROWS[i].pattern, why);
		if (is_good)
			regfree(&compiled);
		else if (ROWS[i].says != NULL)
			ROW(why, strstr(why, ROWS[i].says) == why);
	}
}

static void one_that_is_too_long(void **state)
{
	(void)state;
	regex_t compiled;
	char pattern[PATTERN_MAX + 2] = "", why[PATTERN_WHY_SIZE] = "";
	memset(pattern, 'a', PATTERN_MAX);
	assert_true(pattern_compile(pattern, &compiled, why));
	regfree(&compiled);
	pattern[PATTERN_MAX] = 'a';
	assert_false(pattern_compile(pattern, &compiled, why));
	assert_string_equal(why, "is too long");
}

static const struct {
	const char *pattern, *value;
	bool matches;
} VALUES[] = {
	{ "^a+$", "aaa", true },
	{ "a+", "aaa", true },
	{ "^a+$", "aab", false },
	{ "a|ab", "ab", true },
	{ "^a|b$", "ab", false },
	{ "^a|b$", "b", true },
	{ "a\\$", "a$", true },
	{ "^\\^$", "^", true },
	{ "a\\\\$", "a\\", true },
	{ "a\\\\\\$", "a\\$", true },
	{ "^$", "", true },
	{ "^$", "a", false },
	{ "[0-9]{2,3}", "1", false },
	{ "[0-9]{2,3}", "123", true },
	{ "[0-9]{2,3}", "1234", false },
};

static void the_whole_value_is_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(VALUES); i++) {
		regex_t compiled;
		char why[PATTERN_WHY_SIZE];
		ROW(VALUES[i].pattern, pattern_compile(VALUES[i].pattern, &compiled, why));
		bool found = pattern_matches(&compiled, text_of(VALUES[i].value));
		regfree(&compiled);
		ROW(VALUES[i].pattern, found == VALUES[i].matches);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_compiled),
		cmocka_unit_test(one_that_is_too_long),
		cmocka_unit_test(the_whole_value_is_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
