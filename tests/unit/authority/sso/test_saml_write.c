/* XML as it leaves us: nothing that comes from outside is markup, and the spelling is the canonical one. */
#include "unit.h"
#include <string.h>
#include "authority/sso/saml_write.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void texts_and_attributes(void **state)
{
	(void)state;
	static const struct {
		const char *value, *text, *attribute; /* NULL: it cannot be written */
	} ROWS[] = {
		{ "Ada", "Ada", " a=\"Ada\"" },
		{ "", "", " a=\"\"" },
		{ "<b>&\"'", "&lt;b&gt;&amp;\"'", " a=\"&lt;b>&amp;&quot;'\"" },
		{ "a\tb\nc\rd", "a\tb\nc&#xD;d", " a=\"a&#x9;b&#xA;c&#xD;d\"" },
		{ "]]>", "]]&gt;", " a=\"]]>\"" },
		{ "\xe0\xa4\x85", "\xe0\xa4\x85", " a=\"\xe0\xa4\x85\"" },
		{ "a\x01", NULL, NULL },
		{ "a\x1b", NULL, NULL },
		{ "a\xef\xbf\xbf", NULL, NULL },
		{ "a\xef\xbf\xbd", "a\xef\xbf\xbd", " a=\"a\xef\xbf\xbd\"" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct saml_write text, attribute;
		saml_write_begin(&text, &arena);
		saml_write_begin(&attribute, &arena);
		saml_write_text(&text, text_of(ROWS[i].value));
		saml_write_attribute(&attribute, "a", text_of(ROWS[i].value));
		assert_int_equal(saml_write_done(&text).at == NULL, ROWS[i].text == NULL);
		if (ROWS[i].text == NULL)
			continue;
		assert_true(text_equal_str(saml_write_done(&text), ROWS[i].text));
		assert_true(text_equal_str(saml_write_done(&attribute), ROWS[i].attribute));
	}
}

static void times(void **state)
{
	(void)state;
	struct saml_write out;
	saml_write_begin(&out, &arena);
	saml_write_time(&out, "NotBefore", 1795952427999);
	assert_true(text_equal_str(saml_write_done(&out), " NotBefore=\"2026-11-29T11:40:27Z\""));
}

static void what_is_too_large_is_not_cut(void **state)
{
	(void)state;
	struct saml_write out;
	saml_write_begin(&out, &arena);
	for (unsigned i = 0; i < SAML_WRITE_MAX; i++)
		saml_write_raw(&out, "x");
	assert_int_equal(saml_write_done(&out).len, SAML_WRITE_MAX);
	saml_write_raw(&out, "x");
	assert_null(saml_write_done(&out).at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(texts_and_attributes, forget),
		cmocka_unit_test_teardown(times, forget),
		cmocka_unit_test_teardown(what_is_too_large_is_not_cut, forget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
