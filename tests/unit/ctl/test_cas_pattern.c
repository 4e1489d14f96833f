/* Expressions of another server, and what they are here: no address may stand for more than the expression does. */
#include "unit.h"
#include <string.h>
#include "ctl/cas_pattern.h"

#define NONE_ "no list of addresses"
#define HOSTS "hosts that go on behind it"
#define PATHS "paths that only begin so"
#define ALL "every address"
#define SCHEME "does not begin with https://"

static const struct {
	const char *pattern;
	const char *addresses; /* NULL: none */
	const char *why;       /* or a part of why */
} ROWS[] = {
	{ "https://wiki\\.example\\.edu/.*", "https://wiki.example.edu/*", NULL },
	{ "^https://wiki\\.example\\.edu/.*$", "https://wiki.example.edu/*", NULL },
	{ "^https?://wiki.example.edu/.*", "https://wiki.example.edu/*", NULL },
	{ "^http[s]?://wiki.example.edu/.*", "https://wiki.example.edu/*", NULL },
	{ "^(https|http)://wiki\\.example\\.edu/.*", "https://wiki.example.edu/*", NULL },
	{ "^(?:http|https)://wiki\\.example\\.edu/.*", "https://wiki.example.edu/*", NULL },
	{ "^https:\\/\\/wiki\\.example\\.edu\\/app\\/.*", "https://wiki.example.edu/app/*", NULL },
	{ "^https://wiki\\.example\\.edu:8443/app/login\\?x=a\\+b$",
	    "https://wiki.example.edu:8443/app/login?x=a+b", NULL },
	{ "https://wiki.example.edu", "https://wiki.example.edu", NULL },
	{ "https://wiki.example.edu/?", "https://wiki.example.edu https://wiki.example.edu/", NULL },
	{ "https://wiki.example.edu(/.*)?", "https://wiki.example.edu https://wiki.example.edu/*", NULL },
	{ "https://wiki.example.edu/a(\\/.*)?$", "https://wiki.example.edu/a https://wiki.example.edu/a/*",
	    NULL },
	{ "https://.*\\.wikis\\.example\\.edu/.*", "https://*.wikis.example.edu/*", NULL },
	{ "https://[^.]+\\.example\\.edu/app", "https://*.example.edu/app", NULL },
	{ "https://\\w+\\.example\\.edu/app", "https://*.example.edu/app", NULL },
	{ "^https://a\\.example\\.edu/.*|^https://b\\.example\\.edu/in$",
	    "https://a.example.edu/* https://b.example.edu/in", NULL },
	{ "", NULL, SCHEME },
	{ ".*", NULL, ALL },
	{ "^.*$", NULL, ALL },
	{ "^https?://.*", NULL, ALL },
	{ "^(https|http)://.*", NULL, ALL },
	{ "^https://.*$", NULL, ALL },
	{ "^(https|imaps)://.*", NULL, SCHEME },
	{ "http://wiki.example.edu/.*", NULL, SCHEME },
	{ "wiki\\.example\\.edu", NULL, SCHEME },
	{ "(?i)https://wiki.example.edu/.*", NULL, SCHEME },
	{ "https://wiki.example.edu/a|.*", NULL, ALL },
	{ "https://wiki\\.example\\.edu.*", NULL, HOSTS },
	{ "https://wiki.*", NULL, HOSTS },
	{ "https://wiki.*\\.example\\.edu/.*", NULL, HOSTS },
	{ "https://.*example\\.edu/.*", NULL, "hosts of all kinds" },
	{ "https://.*/.*", NULL, "hosts of all kinds" },
	{ "https://.*\\.edu/.*", NULL, "domain of the top" },
	{ "https://.*\\.", NULL, "no host" },
	{ "https:///.*", NULL, "no host" },
	{ "https://Wiki.example.edu/.*", NULL, "lower case" },
	{ "https://x@wiki.example.edu/", NULL, "lower case" },
	{ "https://wiki.example.edu/app.*", NULL, PATHS },
	{ "https://wiki.example.edu/.*/login", NULL, NONE_ },
	{ "https://wiki.example.edu/.*?", NULL, NONE_ },
	{ "https://wiki.example.edu/.+", NULL, NONE_ },
	{ "https://wiki.example.edu/(a|b)", NULL, NONE_ },
	{ "https://(a|b).example.edu/", NULL, "no host" },
	{ "https://wiki\\d.example.edu/", NULL, NONE_ },
	{ "https://wiki[0-9].example.edu/", NULL, NONE_ },
	{ "https://wikis?.example.edu/", NULL, NONE_ },
	{ "https://wiki.example.edu(:443)?/.*", NULL, NONE_ },
	{ "https://wiki.example.edu/a{2}", NULL, NONE_ },
	{ "https://wiki.example.edu/**", NULL, NONE_ },
	{ "https://wiki.example.edu/\\*", NULL, NONE_ },
	{ "https://wiki.example.edu/a b", NULL, NONE_ },
	{ "https://wiki.example.edu/\\", NULL, NONE_ },
	{ "https://wiki.example.edu/(", NULL, NONE_ },
	{ "https://wiki.example.edu/\\.*", NULL, NONE_ },
};

static void patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct cas_pattern found = cas_pattern_read(ROWS[i].pattern, &arena);
		if (ROWS[i].addresses != NULL)
			ROW(ROWS[i].pattern,
			    found.addresses != NULL && strcmp(found.addresses, ROWS[i].addresses) == 0);
		else
			ROW(ROWS[i].pattern, found.addresses == NULL && found.why != NULL &&
						 strstr(found.why, ROWS[i].why) != NULL);
	}
}

static void what_is_left_out(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	assert_true(cas_pattern_read("https?://a.example.edu/", &arena).open);
	assert_false(cas_pattern_read("https://a.example.edu/", &arena).open);
	assert_true(cas_pattern_read("https://.*\\.a.example.edu/", &arena).label);
	assert_false(cas_pattern_read("https://[^.]+\\.a.example.edu/", &arena).label);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(what_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
