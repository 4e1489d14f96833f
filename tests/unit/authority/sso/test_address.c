/* Which address of a service a registered one stands for, and that it is found by that: row by row. */
#include "unit.h"
#include <string.h>
#include "authority/sso/address.h"

#define WIKI "https://wiki.example.edu"
#define STAR "https://*.example.edu"

/* A look by the texts, as the directory does it. */
static bool is_found(const char *registered, const char *address)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text finds[ADDRESS_FINDS_MAX], wanted = address_find(text_of(registered), &arena);
	unsigned n = 0;
	if (address_finds(text_of(address), &arena, finds, &n) != OK)
		return false;
	assert_true(n <= ADDRESS_FINDS_MAX);
	for (unsigned i = 0; i < n; i++)
		if (text_equal(finds[i], wanted))
			return true;
	return false;
}

static const struct {
	const char *registered, *address;
	bool good;
} ROWS[] = {
	{ WIKI "/app", WIKI "/app", true },
	{ WIKI, WIKI, true },
	{ WIKI "/app?id=1", WIKI "/app?id=1", true },
	{ WIKI ":8443/app", WIKI ":8443/app", true },
	{ "https://[2001:db8::1]/app", "https://[2001:db8::1]/app", true },
	{ WIKI "/app", WIKI "/app/", false },
	{ WIKI "/app", WIKI "/ap", false },
	{ WIKI "/app", WIKI "/App", false },
	{ WIKI "/app", WIKI "/app?", false },
	{ WIKI "/app", WIKI "/app?x=1", false },
	{ WIKI "/app", WIKI "/app#x", false },
	{ WIKI "/app", WIKI "/%61pp", false },
	{ WIKI "/app", WIKI ":443/app", false },
	{ WIKI "/app", WIKI ":/app", false },
	{ WIKI "/app", "http://wiki.example.edu/app", false },
	{ WIKI "/app", "HTTPS://wiki.example.edu/app", false },
	{ WIKI "/app", "https://Wiki.example.edu/app", false },
	{ WIKI "/app", "https://wiki.example.edu./app", false },
	{ WIKI "/app", "https://x@wiki.example.edu/app", false },
	{ WIKI "/app", "https://wiki.example.edu@evil.example/app", false },
	{ WIKI "/app", "https:/wiki.example.edu/app", false },
	{ WIKI "/app", "//wiki.example.edu/app", false },
	{ WIKI "/app", "wiki.example.edu/app", false },
	{ WIKI "/app", "", false },
	{ WIKI "/app/*", WIKI "/app/", true },
	{ WIKI "/app/*", WIKI "/app/page/1", true },
	{ WIKI "/app/*", WIKI "/app/page?a=..%2f/../b", true }, /* the query is the application's */
	{ WIKI "/app/*", WIKI "/app/a/b/c/d/e/f/g/h/i/j", true },
	{ WIKI "/app/*", WIKI "/app/a%20b;c=d/~x", true },
	{ WIKI "/app/*", WIKI "/app/..a/...", true },
	{ WIKI "/*", WIKI "/", true },
	{ WIKI "/1/2/3/4/5/6/7/*", WIKI "/1/2/3/4/5/6/7/8/9", true },
	{ WIKI "/*", WIKI, false },
	{ WIKI "/*", WIKI "?/", false },
	{ WIKI "/app/*", WIKI "/app", false },
	{ WIKI "/app/*", WIKI "/app?/", false },
	{ WIKI "/app/*", WIKI "/apple/", false },
	{ WIKI "/app/*", WIKI "/App/", false },
	{ WIKI "/app/*", WIKI ":8443/app/", false },
	{ WIKI "/app/*", WIKI "/app/../admin", false },
	{ WIKI "/app/*", WIKI "/app/..", false },
	{ WIKI "/app/*", WIKI "/app/.", false },
	{ WIKI "/app/*", WIKI "/app/%2e%2E/admin", false },
	{ WIKI "/app/*", WIKI "/app/.%2e/admin", false },
	{ WIKI "/app/*", WIKI "/app/..;/admin", false },
	{ WIKI "/app/*", WIKI "/app/%2e.;a=b/admin", false },
	{ WIKI "/app/*", WIKI "/app/..%2fadmin", false },
	{ WIKI "/app/*", WIKI "/app/..%2Fadmin", false },
	{ WIKI "/app/*", WIKI "/app/..\\admin", false },
	{ WIKI "/app/*", WIKI "/app/..%5cadmin", false },
	{ WIKI "/app/*", WIKI "/app/%252e%252e/admin", false },
	{ WIKI "/app/*", WIKI "/app/%00", false },
	{ WIKI "/app/*", WIKI "/app/%0d%0aX: y", false },
	{ WIKI "/app/*", WIKI "/app/%1f", false },
	{ WIKI "/app/*", WIKI "/app/%7F", false },
	{ WIKI "/app/*", WIKI "/app/%", false },
	{ WIKI "/app/*", WIKI "/app/%2", false },
	{ WIKI "/app/*", WIKI "/app/%zz", false },
	{ WIKI "/app/*", WIKI "/app/a b", false },
	{ WIKI "/app/*", WIKI "/app/a\tb", false },
	{ WIKI "/app/*", WIKI "/app/a\x7f", false },
	{ WIKI "/app/*", WIKI "/app/\xc3\xbc", false },
	{ WIKI "/app/*", WIKI "/app/?\"><script>", false },
	{ WIKI "/app/*", WIKI "/app/#", false },
	{ WIKI "/app/*", WIKI "/app/@evil.example/", true },
	{ WIKI "/app/*", "https://wiki.example.edu@evil.example/app/", false },
	{ WIKI "/app/*", "https://wiki.example.edu.evil.example/app/", false },
	{ STAR "/app", "https://a.example.edu/app", true },
	{ STAR "/app/*", "https://a-1.example.edu/app/page", true },
	{ STAR ":8443/*", "https://a.example.edu:8443/", true },
	{ STAR "/app", "https://example.edu/app", false },
	{ STAR "/app", "https://.example.edu/app", false },
	{ STAR "/app", "https://*.example.edu/app", false },
	{ STAR "/app", "https://a.b.example.edu/app", false },
	{ STAR "/app", "https://a.example.edu:8443/app", false },
	{ STAR "/app", "https://aexample.edu/app", false },
	{ STAR "/app", "https://evil.example/.example.edu/app", false },
	{ STAR "/app", "https://A.example.edu/app", false },
	{ STAR "/*", "https://a.example.edu.evil.example/", false },
	{ "http://127.0.0.1/app/*", "http://127.0.0.1:5000/app/x", true },
	{ "http://127.0.0.1:80/app", "http://127.0.0.1/app", true },
	{ "http://[::1]:8000/app", "http://[::1]:1/app", true },
	{ "http://127.0.0.1/app", "http://127.0.0.1:65536/app", false },
	{ "http://127.0.0.1/app", "http://127.0.0.1:0/app", false },
	{ "http://127.0.0.1/app", "http://127.0.0.1:050/app", false },
	{ "http://127.0.0.1/app", "http://127.0.0.2/app", false },
	{ "http://127.0.0.1/app", "http://[::1]/app", false },
	{ "http://127.0.0.1/app", "https://127.0.0.1:5000/app", false },
	{ "http://localhost/app", "http://localhost:5000/app", false },
};

static void which_one_stands_for_which(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const char *registered = ROWS[i].registered, *address = ROWS[i].address;
		ROW(address, address_is_of(text_of(registered), text_of(address)) == ROWS[i].good);
		ROW(address, is_found(registered, address) == ROWS[i].good);
	}
}

static void an_absent_one_is_nobodys(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct text none = { NULL, 0 };
	struct text finds[ADDRESS_FINDS_MAX];
	unsigned n;
	assert_false(address_is_plain(none));
	assert_false(address_is_of(none, none));
	assert_false(address_is_of(TEXT_LITERAL(WIKI), none));
	assert_false(address_is_of(none, TEXT_LITERAL(WIKI)));
	assert_int_equal(address_finds(none, &arena, finds, &n), ERR_MALFORMED);
	assert_null(address_find(none, &arena).at);
	assert_false(address_is_plain((struct text){ WIKI "/a\0b", sizeof WIKI + 3 }));
}

/* The nearest comes first: a service of its own below another one's path is found before that. */
static void they_are_in_order(void **state)
{
	(void)state;
	static const char *const WANTED[] = {
		"cas:" WIKI "/a/b?c=/d",
		"cas:" WIKI "/a/*",
		"cas:" WIKI "/*",
		"cas:" STAR "/a/b?c=/d",
		"cas:" STAR "/a/*",
		"cas:" STAR "/*",
	};
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text finds[ADDRESS_FINDS_MAX];
	unsigned n = 0;
	assert_int_equal(address_finds(TEXT_LITERAL(WIKI "/a/b?c=/d"), &arena, finds, &n), OK);
	assert_int_equal(n, COUNT(WANTED));
	for (size_t i = 0; i < COUNT(WANTED); i++)
		assert_string_equal(finds[i].at, WANTED[i]);
	char deep[1200];
	memset(deep, '/', sizeof deep - 1);
	deep[sizeof deep - 1] = '\0';
	memcpy(deep, WIKI, strlen(WIKI));
	assert_int_equal(address_finds(text_of(deep), &arena, finds, &n), OK);
	assert_int_equal(n, 2 * ADDRESS_SLASHES_MAX); /* the whole is longer than any that is registered */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_one_stands_for_which),
		cmocka_unit_test(an_absent_one_is_nobodys),
		cmocka_unit_test(they_are_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
