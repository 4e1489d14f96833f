#include "unit.h"
#include <string.h>
#include "text/escape.h"

static const struct {
	const char *name;
	enum escape escape;
	const char *value;
	const char *escaped;
} ROWS[] = {
	{ "plain", ESCAPE_TEXT, "Maria Keller", "Maria Keller" },
	{ "empty", ESCAPE_TEXT, "", "" },
	{ "tag", ESCAPE_TEXT, "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "ampersand", ESCAPE_TEXT, "&amp;", "&amp;amp;" },
	{ "letters beyond ASCII", ESCAPE_TEXT, "Straße आरव", "Straße आरव" },
	{ "quotes", ESCAPE_QUOTED, "\" onfocus='x", "&quot; onfocus=&#39;x" },
	{ "path", ESCAPE_URL, "/profile?a=b&c=d", "/profile?a=b&amp;c=d" },
	{ "root", ESCAPE_URL, "/", "/" },
	{ "https", ESCAPE_URL, "https://a.example/", "https://a.example/" },
	{ "mail", ESCAPE_URL, "mailto:help@example.edu", "mailto:help@example.edu" },
	{ "script", ESCAPE_URL, "javascript:alert(1)", "#" },
	{ "script in capitals", ESCAPE_URL, "JavaScript:alert(1)", "#" },
	{ "script behind a blank", ESCAPE_URL, " javascript:alert(1)", "#" },
	{ "data", ESCAPE_URL, "data:text/html,x", "#" },
	{ "another host", ESCAPE_URL, "//evil.example/", "#" },
	{ "another host by backslash", ESCAPE_URL, "/\\evil.example/", "#" },
	{ "quote in a path", ESCAPE_URL, "/\"onclick=\"x", "/&quot;onclick=&quot;x" },
	{ "part", ESCAPE_URL_PART, "/a b?c=d&e#f%\"", "%2Fa%20b%3Fc%3Dd%26e%23f%25%22" },
	{ "part of letters", ESCAPE_URL_PART, "aZ09-._~", "aZ09-._~" },
	{ "part beyond ASCII", ESCAPE_URL_PART, "ß", "%C3%9F" },
};

static void every_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct arena arena = { 0 };
		struct out out = OUT(&arena);
		struct text text;
		escape_add(&out, ROWS[i].escape, text_of(ROWS[i].value));
		ROW(ROWS[i].name, out_done(&out, &text));
		ROW(ROWS[i].name, text_equal_str(text, ROWS[i].escaped));
		arena_done(&arena);
	}
}

static void json(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct out out = OUT(&arena);
	struct text text;
	escape_json(&out, text_of("a\"b\\c\n\x7f<ß>"));
	assert_true(out_done(&out, &text));
	assert_string_equal(text_str(text), "\"a\\\"b\\\\c\\u000a\\u007f\\u003cß\\u003e\"");
	struct out odd = OUT(&arena); /* bytes that are no text are still within JSON */
	escape_json(&odd, text_of("a\xe1(\xc3"));
	assert_true(out_done(&odd, &text));
	assert_string_equal(text_str(text), "\"a\\ufffd(\\ufffd\"");
	arena_done(&arena);
}

/* Memory that is out is told at the end, and nothing is written past what there was. */
static void no_memory(void **state)
{
	(void)state;
	struct arena arena = { .limit = 16 * KIB };
	struct out out = OUT(&arena);
	struct text text = TEXT_LITERAL("untouched");
	for (unsigned i = 0; i < 10000; i++)
		out_str(&out, "ten bytes ");
	assert_false(out_done(&out, &text));
	assert_string_equal(text.at, "untouched");
	arena_done(&arena);
}

static void a_format_that_is_too_long_fails(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct out out = OUT(&arena);
	struct text text;
	out_format(&out, "%*s", (int)OUT_FORMAT_MAX, "x");
	assert_false(out_done(&out, &text));
	arena_done(&arena);
}

static void xml(void **state)
{
	(void)state;
	static const struct {
		const char *value, *wanted;
	} ROWS[] = {
		{ "", "" },
		{ "a<b>&\"'\t\n\r", "a&lt;b&gt;&amp;&quot;&#39;\t\n\r" },
		{ "ß \xf0\x9f\x98\x80", "ß \xf0\x9f\x98\x80" },
		{ "\x01\x1f\x0b", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "a\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "a\xe1(\xc3", "a\xef\xbf\xbd(\xef\xbf\xbd" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct out out = OUT(&arena);
		struct text text;
		escape_xml(&out, text_of(ROWS[i].value));
		assert_true(out_done(&out, &text));
		assert_string_equal(text.at, ROWS[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place),
		cmocka_unit_test(json),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(a_format_that_is_too_long_fails),
		cmocka_unit_test(xml),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
