#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/text.h"

/* A literal and its length, with NULs in it counted. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void names(void **state)
{
	(void)state;
	static const char *const GOOD[] = { "a", "Z", "_", "displayName", "a-b.c_9" };
	static const char *const BAD[] = { "", "9a", "-a", ".a", "a b", "a:b", "a=b", "a\n", "m\xc3\xa4il" };
	for (size_t i = 0; i < COUNT(GOOD); i++)
		ROW(GOOD[i], text_is_name(text_of(GOOD[i])));
	for (size_t i = 0; i < COUNT(BAD); i++)
		ROW(BAD[i], !text_is_name(text_of(BAD[i])));
	assert_false(text_is_name((struct text){ "a\0", 2 }));
	assert_false(text_is_name((struct text){ NULL, 0 }));
}

static void utf8(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *bytes;
		size_t len;
		bool good;
	} ROWS[] = {
		{ "nothing", BYTES(""), true },
		{ "ASCII", BYTES("plain"), true },
		{ "NUL is a code point", BYTES("a\0b"), true },
		{ "sharp s", BYTES("Gro\xc3\x9f"), true },
		{ "Devanagari", BYTES("\xe0\xa4\xaa"), true },
		{ "U+007F", BYTES("\x7f"), true },
		{ "U+0080, least of two", BYTES("\xc2\x80"), true },
		{ "U+07FF, greatest of two", BYTES("\xdf\xbf"), true },
		{ "U+0800, least of three", BYTES("\xe0\xa0\x80"), true },
		{ "U+D7FF, before the surrogates", BYTES("\xed\x9f\xbf"), true },
		{ "U+E000, after the surrogates", BYTES("\xee\x80\x80"), true },
		{ "U+FFFF", BYTES("\xef\xbf\xbf"), true },
		{ "U+10000, least of four", BYTES("\xf0\x90\x80\x80"), true },
		{ "U+10FFFF", BYTES("\xf4\x8f\xbf\xbf"), true },
		{ "lone continuation", BYTES("\x80"), false },
		{ "lone continuation, greatest", BYTES("\xbf"), false },
		{ "overlong slash in two", BYTES("\xc0\xaf"), false },
		{ "overlong NUL in two", BYTES("\xc0\x80"), false },
		{ "overlong U+007F", BYTES("\xc1\xbf"), false },
		{ "overlong in three", BYTES("\xe0\x9f\xbf"), false },
		{ "overlong in four", BYTES("\xf0\x8f\xbf\xbf"), false },
		{ "first surrogate", BYTES("\xed\xa0\x80"), false },
		{ "last surrogate", BYTES("\xed\xbf\xbf"), false },
		{ "a pair of surrogates", BYTES("\xed\xa0\xbd\xed\xb8\x80"), false },
		{ "U+110000", BYTES("\xf4\x90\x80\x80"), false },
		{ "lead F5", BYTES("\xf5\x80\x80\x80"), false },
		{ "five bytes", BYTES("\xf8\x88\x80\x80\x80"), false },
		{ "six bytes", BYTES("\xfc\x84\x80\x80\x80\x80"), false },
		{ "FE", BYTES("\xfe"), false },
		{ "FF", BYTES("\xff"), false },
		{ "two, cut", BYTES("a\xc3"), false },
		{ "three, cut", BYTES("a\xe0\xa4"), false },
		{ "four, cut", BYTES("a\xf0\x90\x80"), false },
		{ "lead then ASCII", BYTES("\xc3q"), false },
		{ "lead then lead", BYTES("\xc3\xc3"), false },
		{ "Latin-1", BYTES("Stra\xdf\x65"), false },
		{ "good, then bad", BYTES("\xc3\x9f\xc3"), false },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++)
		ROW(ROWS[i].name, text_is_utf8(ROWS[i].bytes, ROWS[i].len) == ROWS[i].good);
}

/* Encodes without checking anything: the judge of the next test. */
static size_t encode(uint32_t point, char *to)
{
	if (point < 0x80) {
		to[0] = (char)point;
		return 1;
	}
	size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const uint32_t LEAD[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = len - 1; i > 0; i--, point >>= 6)
		to[i] = (char)(0x80 | (point & 0x3f));
	to[0] = (char)(LEAD[len] | point);
	return len;
}

static void every_code_point(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		char bytes[4];
		size_t len = encode(point, bytes);
		bool surrogate = point >= 0xd800 && point <= 0xdfff;
		if (text_is_utf8(bytes, len) == surrogate)
			fail_msg("U+%04X", point);
		bool control = point < 0x20 || (point >= 0x7f && point <= 0x9f);
		if (!surrogate && text_has_control(bytes, len, false) != control)
			fail_msg("control U+%04X", point);
	}
}

/* Heap blocks of exactly the text's size: under ASan a read behind the end is an error. */
static void nothing_is_read_behind_the_end(void **state)
{
	(void)state;
	for (int lead = 0x80; lead < 0x100; lead++) {
		for (size_t len = 1; len < 4; len++) {
			char *bytes = malloc(len);
			assert_non_null(bytes);
			memset(bytes, 0x80, len);
			bytes[0] = (char)lead;
			(void)text_is_utf8(bytes, len);
			(void)text_has_control(bytes, len, true);
			free(bytes);
		}
	}
}

static void controls(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *bytes;
		size_t len;
		bool plain, lines;
	} ROWS[] = {
		{ "nothing", BYTES(""), false, false },
		{ "words", BYTES("two words"), false, false },
		{ "line feed", BYTES("a\nb"), true, false },
		{ "tab", BYTES("a\tb"), true, false },
		{ "carriage return", BYTES("a\r\nb"), true, true },
		{ "NUL", BYTES("a\0b"), true, true },
		{ "escape", BYTES("\x1b[2J"), true, true },
		{ "DEL", BYTES("a\x7f"), true, true },
		{ "C1 as a character", BYTES("\xc2\x9b"), true, true },
		{ "C1's greatest", BYTES("\xc2\x9f"), true, true },
		{ "no-break space is none", BYTES("\xc2\xa0"), false, false },
		{ "9B as a continuation is none", BYTES("\xe2\x82\x9b"), false, false },
		{ "C1 as a bare byte", BYTES("\x9b"), true, true },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		ROW(ROWS[i].name, text_has_control(ROWS[i].bytes, ROWS[i].len, false) == ROWS[i].plain);
		ROW(ROWS[i].name, text_has_control(ROWS[i].bytes, ROWS[i].len, true) == ROWS[i].lines);
	}
}

static void numbers(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *bytes;
		size_t len;
		unsigned long long max;
		bool good;
		unsigned long long number;
	} ROWS[] = {
		{ "zero", BYTES("0"), 10, true, 0 },
		{ "zero, none greater allowed", BYTES("0"), 0, true, 0 },
		{ "one, none greater than zero allowed", BYTES("1"), 0, false, 0 },
		{ "at the bound", BYTES("10"), 10, true, 10 },
		{ "over the bound", BYTES("11"), 10, false, 0 },
		{ "a digit over the bound", BYTES("9"), 8, false, 0 },
		{ "first digits below, last over", BYTES("65536"), 65535, false, 0 },
		{ "port", BYTES("65535"), 65535, true, 65535 },
		{ "greatest", BYTES("18446744073709551615"), UINT64_MAX, true, UINT64_MAX },
		{ "one over the greatest", BYTES("18446744073709551616"), UINT64_MAX, false, 0 },
		{ "twenty-one digits", BYTES("100000000000000000000"), UINT64_MAX, false, 0 },
		{ "nothing", BYTES(""), 10, false, 0 },
		{ "leading zero", BYTES("01"), 10, false, 0 },
		{ "two zeros", BYTES("00"), 10, false, 0 },
		{ "plus", BYTES("+1"), 10, false, 0 },
		{ "minus", BYTES("-1"), 10, false, 0 },
		{ "blank before", BYTES(" 1"), 10, false, 0 },
		{ "blank behind", BYTES("1 "), 10, false, 0 },
		{ "hexadecimal", BYTES("0x5"), 10, false, 0 },
		{ "a letter behind", BYTES("5x"), 10, false, 0 },
		{ "a NUL behind", BYTES("5\0"), 10, false, 0 },
		{ "decimal point", BYTES("1.0"), 10, false, 0 },
		{ "Arabic digit", BYTES("\xd9\xa1"), 10, false, 0 },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		unsigned long long number = 4711;
		bool good = text_to_number((struct text){ ROWS[i].bytes, ROWS[i].len }, ROWS[i].max, &number);
		ROW(ROWS[i].name, good == ROWS[i].good);
		ROW(ROWS[i].name, number == (good ? ROWS[i].number : 4711));
	}
}

static void comparing(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *a, *b;
		bool equal, starts;
	} ROWS[] = {
		{ "same", "uid", "uid", true, true },
		{ "case counts", "uid", "UID", false, false },
		{ "prefix", "uidNumber", "uid", false, true },
		{ "longer prefix", "uid", "uidNumber", false, false },
		{ "empty prefix", "uid", "", false, true },
		{ "both empty", "", "", true, true },
		{ "absent has no prefix", NULL, "uid", false, false },
		{ "absent begins with nothing", NULL, "", true, true },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct text a = text_of(ROWS[i].a), b = text_of(ROWS[i].b);
		ROW(ROWS[i].name, text_equal(a, b) == ROWS[i].equal);
		ROW(ROWS[i].name, text_equal(b, a) == ROWS[i].equal);
		ROW(ROWS[i].name, text_equal_str(a, ROWS[i].b) == ROWS[i].equal);
		ROW(ROWS[i].name, text_starts_with(a, ROWS[i].b) == ROWS[i].starts);
	}
	assert_false(text_equal((struct text){ "a\0b", 3 }, (struct text){ "a\0c", 3 }));
	assert_false(text_equal_str((struct text){ "a\0b", 3 }, "a"));
}

static void absent_and_empty(void **state)
{
	(void)state;
	assert_null(text_of(NULL).at);
	assert_non_null(text_of("").at);
	assert_true(text_is_empty(text_of(NULL)));
	assert_true(text_is_empty(text_of("")));
	assert_false(text_is_empty(text_of("x")));
	assert_string_equal(text_str(text_of(NULL)), "");
	assert_int_equal(TEXT_LITERAL("four").len, 4);
	char shown[16];
	(void)snprintf(
	    shown, sizeof shown, "[%.*s][%.*s]", TEXT_ARGS(text_of(NULL)), TEXT_ARGS(text_of("x")));
	assert_string_equal(shown, "[][x]");
}

static void copies(void **state)
{
	(void)state;
	struct arena arena = { .limit = 32 };
	struct text copy = { 0 };
	char from[] = "abcdef";
	assert_true(text_copy(&arena, (struct text){ from, 3 }, &copy));
	from[0] = 'x';
	assert_int_equal(copy.len, 3);
	assert_string_equal(copy.at, "abc");
	assert_true(text_copy(&arena, text_of(""), &copy));
	assert_non_null(copy.at);
	assert_true(text_copy(&arena, text_of(NULL), &copy));
	assert_null(copy.at);
	copy = text_of("kept");
	assert_false(text_copy(&arena, text_of("more than the arena has left"), &copy));
	assert_string_equal(copy.at, "kept");
	arena_done(&arena);
}

static void words(void **state)
{
	(void)state;
	struct text rest = TEXT_LITERAL("  one two\tthree "), word = TEXT_LITERAL("kept");
	assert_true(text_next_word(&rest, " ", &word) && text_equal_str(word, "one"));
	assert_true(text_next_word(&rest, " ", &word) && text_equal_str(word, "two\tthree"));
	assert_false(text_next_word(&rest, " ", &word));
	assert_true(text_equal_str(word, "two\tthree"));
	rest = TEXT_LITERAL("\ta\n\nb");
	assert_true(text_next_word(&rest, " \t\n", &word) && text_equal_str(word, "a"));
	assert_true(text_next_word(&rest, " \t\n", &word) && text_equal_str(word, "b"));
	assert_false(text_next_word(&rest, " \t\n", &word));
	rest = (struct text){ "a\0b", 3 };
	assert_true(text_next_word(&rest, " ", &word) && word.len == 3); /* a NUL is no blank */
	rest = text_of(NULL);
	assert_false(text_next_word(&rest, " ", &word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8),
		cmocka_unit_test(names),
		cmocka_unit_test(every_code_point),
		cmocka_unit_test(nothing_is_read_behind_the_end),
		cmocka_unit_test(controls),
		cmocka_unit_test(numbers),
		cmocka_unit_test(comparing),
		cmocka_unit_test(absent_and_empty),
		cmocka_unit_test(copies),
		cmocka_unit_test(words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
