#include "unit.h"
#include <string.h>
#include "authority/directory/name.h"

static void every_row(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct text typed;
		const char *name; /* NULL: refused */
	} ROWS[] = {
		{ "plain", TEXT_LITERAL("alice"), "alice" },
		{ "case stays", TEXT_LITERAL("Alice"), "Alice" },
		{ "outer blanks", TEXT_LITERAL(" \t alice \t"), "alice" },
		{ "inner blanks stay", TEXT_LITERAL("alice  liddell"), "alice  liddell" },
		{ "other letters", TEXT_LITERAL("j\xc3\xbcrgen"), "j\xc3\xbcrgen" },
		{ "four bytes", TEXT_LITERAL("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80" },
		{ "filter syntax is a name", TEXT_LITERAL("*)(uid=*"), "*)(uid=*" },
		{ "absent", { NULL, 0 }, NULL },
		{ "empty", TEXT_LITERAL(""), NULL },
		{ "blanks alone", TEXT_LITERAL("  \t "), NULL },
		{ "NUL", TEXT_LITERAL("a\0b"), NULL },
		{ "NUL at the end", TEXT_LITERAL("a\0"), NULL },
		{ "inner tab", TEXT_LITERAL("a\tb"), NULL },
		{ "line end", TEXT_LITERAL("alice\n"), NULL },
		{ "DEL", TEXT_LITERAL("a\x7f"), NULL },
		{ "C1", TEXT_LITERAL("a\xc2\x85"), NULL },
		{ "lone continuation", TEXT_LITERAL("a\x80"), NULL },
		{ "cut short", TEXT_LITERAL("a\xc3"), NULL },
		{ "overlong", TEXT_LITERAL("\xc0\xaf"), NULL },
		{ "surrogate", TEXT_LITERAL("\xed\xa0\x80"), NULL },
		{ "beyond Unicode", TEXT_LITERAL("\xf4\x90\x80\x80"), NULL },
		{ "Latin-1", TEXT_LITERAL("j\xfcrgen"), NULL },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct text name = TEXT_LITERAL("untouched");
		enum err err = name_normalise(ROWS[i].typed, &name);
		ROW(ROWS[i].what, err == (ROWS[i].name != NULL ? OK : ERR_MALFORMED));
		ROW(ROWS[i].what, text_equal_str(name, ROWS[i].name != NULL ? ROWS[i].name : "untouched"));
	}
}

static void every_byte(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		const char typed[] = { 'a', (char)byte, 'b' };
		struct text name;
		bool fits = byte >= 0x20 && byte < 0x7f;
		assert_int_equal(name_normalise((struct text){ typed, 3 }, &name), fits ? OK : ERR_MALFORMED);
	}
}

static void the_bound_counts_bytes_without_blanks(void **state)
{
	(void)state;
	char typed[NAME_MAX_BYTES + 3];
	struct text name;
	memset(typed, 'a', sizeof typed);
	assert_int_equal(name_normalise((struct text){ typed, NAME_MAX_BYTES }, &name), OK);
	assert_int_equal(name.len, NAME_MAX_BYTES);
	assert_int_equal(name_normalise((struct text){ typed, NAME_MAX_BYTES + 1 }, &name), ERR_MALFORMED);
	typed[0] = typed[NAME_MAX_BYTES + 1] = ' ';
	assert_int_equal(name_normalise((struct text){ typed, NAME_MAX_BYTES + 2 }, &name), OK);
	assert_int_equal(name.len, NAME_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(the_bound_counts_bytes_without_blanks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
