#include "unit.h"
#include "base/path.h"

static void paths(void **state)
{
	static const struct {
		const char *path;
		bool local;
	} ROWS[] = {
		{ "/", true },
		{ "/a", true },
		{ "/a?b=c&d=%0a", true },
		{ "/a//b", true },
		{ "/a/%2f", true },
		{ "/?next=//evil.example", true },
		{ "/:80", true },
		{ "/@evil.example", true },
		{ "/caf%C3%A9", true },
		{ "", false },
		{ "a", false },
		{ "?a", false },
		{ "//evil.example", false },
		{ "/\\evil.example", false },
		{ "\\\\evil.example", false },
		{ "/a\\b", false },
		{ "/%2fevil.example", false },
		{ "/%2Fevil.example", false },
		{ "/%5cevil.example", false },
		{ "/%5Cevil.example", false },
		{ "/%09/evil.example", false },
		{ "/%0a/evil.example", false },
		{ "/%0D/evil.example", false },
		{ "/\t/evil.example", false },
		{ "/a\nb", false },
		{ "/a\rb", false },
		{ "/a b", false },
		{ "/a\x7f", false },
		{ "/caf\xc3\xa9", false },
		{ "/#a", false },
		{ "https://evil.example", false },
		{ "https:evil.example", false },
		{ "javascript:alert(1)", false },
		{ "@evil.example", false },
		{ ":80@evil.example", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++)
		ROW(ROWS[i].path, path_is_local(text_of(ROWS[i].path)) == ROWS[i].local);
	assert_false(path_is_local((struct text){ NULL, 0 }));
	assert_false(path_is_local((struct text){ "/\0", 2 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(paths) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
