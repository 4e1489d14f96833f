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
	char long_url[400];
	memset(long_url, 'a', sizeof long_url);
	memcpy(long_url, "https://", 8);
	assert_false(original_read((struct text){ long_url, sizeof long_url }, &arena, &original));
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(addresses) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
