#include "unit.h"
#include <string.h>
#include "base/arena.h"
#include "front/original.h"

static void addresses(void **state)
{
	static const struct {
		const char *url, *origin, *path; /* origin NULL: refused */
	} ROWS[] = {
		{ "http://app.localhost:8080/x?y=1", "http://app.localhost:8080", "/x?y=1" },
		{ "https://app.example.edu:443/", "https://app.example.edu", "/" },
		{ "http://app.localhost:80/", "http://app.localhost", "/" },
		{ "https://app.example.edu:80/", "https://app.example.edu:80", "/" },
		{ "HTTPS://App.Example.EDU/A", "https://app.example.edu", "/A" },
		{ "https://app.example.edu", "https://app.example.edu", "/" },
		{ "https://app.example.edu?x", "https://app.example.edu", "/" },
		{ "https://[2001:DB8::1]:444/", "https://[2001:db8::1]:444", "/" },
		{ "https://app.example.edu//evil.example", "https://app.example.edu", "//evil.example" },
		{ "https://app.example.edu/a/../b;c=d/%2F.%2e/?%zz", "https://app.example.edu",
		    "/a/../b;c=d/%2F.%2e/?%zz" }, /* as the application sees it: its rules are of the host */
		{ "https://app.example.edu/-/spom/ticket?t=x", "https://app.example.edu",
		    "/-/spom/ticket?t=x" },
		{ "https://app.example.edu/-/spomx", "https://app.example.edu", "/-/spomx" },
		{ "https://app.example.edu/\xc3\xa9", "https://app.example.edu", "/\xc3\xa9" },
		{ "https://xn--bcher-kva.example/", "https://xn--bcher-kva.example", "/" },
		{ "https://app.example.edu./", "https://app.example.edu.", "/" }, /* nobody's */
		{ "https://app.example.edu:0443/", "https://app.example.edu:0443", "/" },
		{ "https://app.example.edu/\\evil", NULL, NULL },
		{ "https://app.example.edu/%5cevil", NULL, NULL },
		{ "https://app.example.edu/%5Cevil", NULL, NULL },
		{ "https://app.example.edu/a%00b", NULL, NULL },
		{ "https://app.example.edu/a%0d%0ab", NULL, NULL },
		{ "https://app.example.edu/a\x01", NULL, NULL },
		{ "https://app.example.edu/a\x7f", NULL, NULL },
		{ "https://app.example.edu/%7F", NULL, NULL },
		{ "https://app.example.edu/100%", NULL, NULL },
		{ "https://app.example.edu/%2", NULL, NULL },
		{ "https://app.example.edu/%zz", NULL, NULL },
		{ "https://app.example.edu/%u0041", NULL, NULL },
		{ "https://app.example.edu/a#b", NULL, NULL },
		{ "https://app.example.edu/x/../-/spom/ticket?t=x", NULL, NULL },
		{ "https://app.example.edu/%2d/spom/ticket?t=x", NULL, NULL },
		{ "https://app.example.edu//-/spom/ticket", NULL, NULL },
		{ "https://app.example.edu/-/./spom/ticket", NULL, NULL },
		{ "https://app.example.edu/-%2fspom/ticket", NULL, NULL },
		{ "https://app.example.edu/-;x/spom;y/ticket", NULL, NULL },
		{ "https://app.example.edu/../../-/spom/", NULL, NULL },
		{ "https://app.example.edu/a/%2e%2E/-/spom", NULL, NULL },
		{ "", NULL, NULL },
		{ "/", NULL, NULL },
		{ "app.example.edu/", NULL, NULL },
		{ "//app.example.edu/", NULL, NULL },
		{ "ftp://app.example.edu/", NULL, NULL },
		{ "javascript://app.example.edu/", NULL, NULL },
		{ "https:///x", NULL, NULL },
		{ "https://", NULL, NULL },
		{ "https://:443/", NULL, NULL },
		{ "https://app:/", NULL, NULL },
		{ "https://app:x/", NULL, NULL },
		{ "https://app:123456/", NULL, NULL },
		{ "https://a@app/", NULL, NULL },
		{ "https://app:1@evil/", NULL, NULL },
		{ "https://app\\evil/", NULL, NULL },
		{ "https://app#/", NULL, NULL },
		{ "https://app /", NULL, NULL },
		{ "https://\xc3\xa9/", NULL, NULL },
		{ "https://[::1/", NULL, NULL },
		{ "https://[::1]x/", NULL, NULL },
		{ "https://app%2f/", NULL, NULL },
	};
	(void)state;
	struct arena arena = { 0 };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct original original;
		bool good = original_read(text_of(ROWS[i].url), &arena, &original);
		ROW(ROWS[i].url, good == (ROWS[i].origin != NULL));
		if (!good)
			continue;
		ROW(ROWS[i].url, text_equal_str(original.origin, ROWS[i].origin));
		ROW(ROWS[i].url, text_equal_str(original.path, ROWS[i].path));
		ROW(ROWS[i].url, original.secure == (strncasecmp(ROWS[i].url, "https", 5) == 0));
	}
	struct original original;
	assert_false(original_read((struct text){ NULL, 0 }, &arena, &original));
	char long_path[9000] = "https://app/";
	memset(long_path + 12, 'a', 8191);
	assert_true(original_read((struct text){ long_path, 11 + 8192 }, &arena, &original));
	memset(long_path + 12, 'a', 8192);
	assert_false(original_read((struct text){ long_path, 11 + 8193 }, &arena, &original));
	char long_url[400];
	memset(long_url, 'a', sizeof long_url);
	memcpy(long_url, "https://", 8);
	assert_false(original_read((struct text){ long_url, sizeof long_url }, &arena, &original));
	arena_done(&arena);
}

/* As edges say it that name the parts: no part can be read as another one. */
static void parts(void **state)
{
	static const struct {
		const char *scheme, *host, *uri, *url; /* NULL: refused */
	} ROWS[] = {
		{ "https", "App.example.edu", "/x?y", "https://App.example.edu/x?y" },
		{ "http", "app.localhost:8080", "/", "http://app.localhost:8080/" },
		{ "https", "[2001:db8::1]:444", "/", "https://[2001:db8::1]:444/" },
		{ "", "app", "/", NULL },
		{ "ftp", "app", "/", NULL },
		{ "https://evil", "app", "/", NULL },
		{ "HTTPS", "app", "/", NULL },
		{ "https,http", "app", "/", NULL },
		{ "https", "", "/", NULL },
		{ "https", "app/evil", "/", NULL },
		{ "https", "app?", "/", NULL },
		{ "https", "a@app", "/", NULL },
		{ "https", "app, evil", "/", NULL },
		{ "https", "app:", "/", NULL },
		{ "https", "app:80:80", "/", NULL },
		{ "https", "app\\", "/", NULL },
		{ "https",
		    "b\xc3\xbc"
		    "cher",
		    "/", NULL },
		{ "https", "app", "", NULL },
		{ "https", "app", "x", NULL },
		{ "https", "app", ".evil/", NULL },
		{ "https", "app", "@evil/", NULL },
		{ "https", "app", ":80/", NULL },
		{ "https", "app", "http://app/", NULL }, /* absolute-form */
		{ "https", "app", "*", NULL },
		{ NULL, "app", "/", NULL },
		{ "https", NULL, "/", NULL },
		{ "https", "app", NULL, NULL },
	};
	(void)state;
	struct arena arena = { 0 };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct text url = original_join(
		    text_of(ROWS[i].scheme), text_of(ROWS[i].host), text_of(ROWS[i].uri), &arena);
		ROW(text_str(text_of(ROWS[i].host)), (url.at != NULL) == (ROWS[i].url != NULL));
		ROW(text_str(text_of(ROWS[i].uri)), url.at == NULL || text_equal_str(url, ROWS[i].url));
	}
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(addresses), cmocka_unit_test(parts) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
