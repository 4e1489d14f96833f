#include "unit.h"
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "conf/pattern.h"

#define MUCH "repeats too much"

static const struct {
	const char *pattern;
	const char *says; /* NULL: nothing speaks against it */
} ROWS[] = {
	{ "", NULL },
	{ "^[+][0-9]{1,3}( [0-9]{2,5}){1,4}$", NULL },
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
	{ "a{40}{40}", MUCH },
	{ "((((((((a+)+)+)+)+)+)+)+)", NULL },
	{ "(((((((((((a+)+)+)+)+)+)+)+)+)+)+)+", MUCH },
	{ "a{99999999999999999999}", MUCH },
	{ "a{300}b{300}", MUCH },
	/* No repetition: a letter, an escape, a bracket, not closed. */
	{ "[a{600}]", NULL },
	{ "[]{600}]", NULL },
	{ "[^]{600}]", NULL },
	{ "[[:alpha:]{600}]", NULL },
	{ "[[.].]{600}]", NULL },
	{ "[[=a=]{600}]", NULL },
	{ "a\\{600}", NULL },
	{ "a{600", NULL },
	{ "a{600,", NULL },
	{ "a{600,x}", NULL },
	{ "\\", NULL },
	{ "[", NULL },
	{ "[a", NULL },
	{ "[[:", NULL },
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
	{ "(a)\\1", "refers back" },
	{ "((((((((((((((((((((((((((((((((a", "has too many parentheses" },
};

static void objections(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const char *says = pattern_objection(ROWS[i].pattern);
		ROW(ROWS[i].pattern, (says == NULL) == (ROWS[i].says == NULL));
		ROW(ROWS[i].pattern, says == NULL || strstr(says, ROWS[i].says) == says);
	}
}

/* What the C library takes as a repetition, ours does too. */
static void braces_as_the_library_reads_them(void **state)
{
	(void)state;
	static const char *const BRACES[] = { "{2}", "{2,2}", "{,2}", "{2,}", "{0,2}", "{2", "{2,", "{2x}",
		"{}", "{2,3,4}", "{ 2}", "{2 }", "{x}" };
	for (size_t i = 0; i < COUNT(BRACES); i++) {
		char pattern[40];
		(void)snprintf(pattern, sizeof pattern, "^(a|b)%s$", BRACES[i]);
		regex_t compiled;
		int error = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
		bool repeated = error == 0 && (regexec(&compiled, "ab", 0, NULL, 0) == 0);
		if (error == 0)
			regfree(&compiled);
		(void)snprintf(pattern, sizeof pattern, "(a{300})%s", BRACES[i]);
		ROW(pattern, !repeated || pattern_objection(pattern) != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objections),
		cmocka_unit_test(braces_as_the_library_reads_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
