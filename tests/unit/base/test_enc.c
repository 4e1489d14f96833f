#include "unit.h"
#include <string.h>
#include "base/enc.h"

/* RFC 4648 section 10 without its padding, and what tells the URL alphabet from the other. */
static const struct {
	const char *name;
	const char *bytes;
	size_t len;
	const char *base64url;
	const char *hex;
} GOOD[] = {
	{ "nothing", "", 0, "", "" },
	{ "f", "f", 1, "Zg", "66" },
	{ "fo", "fo", 2, "Zm8", "666f" },
	{ "foo", "foo", 3, "Zm9v", "666f6f" },
	{ "foob", "foob", 4, "Zm9vYg", "666f6f62" },
	{ "fooba", "fooba", 5, "Zm9vYmE", "666f6f6261" },
	{ "foobar", "foobar", 6, "Zm9vYmFy", "666f6f626172" },
	{ "zeros", "\0\0\0", 3, "AAAA", "000000" },
	{ "ones", "\xff\xff\xff", 3, "____", "ffffff" },
	{ "minus and underscore", "\xfb\xef\xff", 3, "--__", "fbefff" },
	{ "one byte of ones", "\xff", 1, "_w", "ff" },
};

static void known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(GOOD); i++) {
		char text[32];
		unsigned char bytes[32];
		enc_base64url(GOOD[i].bytes, GOOD[i].len, text);
		ROW(GOOD[i].name, strcmp(text, GOOD[i].base64url) == 0);
		ROW(GOOD[i].name, strlen(text) + 1 == ENC_BASE64URL_SIZE(GOOD[i].len));
		ROW(GOOD[i].name, enc_from_base64url(text, strlen(text), bytes, GOOD[i].len) == OK);
		ROW(GOOD[i].name, memcmp(bytes, GOOD[i].bytes, GOOD[i].len) == 0);
		enc_hex(GOOD[i].bytes, GOOD[i].len, text);
		ROW(GOOD[i].name, strcmp(text, GOOD[i].hex) == 0);
		ROW(GOOD[i].name, strlen(text) + 1 == ENC_HEX_SIZE(GOOD[i].len));
	}
}

/* RFC 4648 section 10, and what is none of it. */
static const struct {
	const char *text, *bytes;
	size_t room;
	enum err err;
} PADDED[] = {
	{ "", "", 0, OK },
	{ "Zg==", "f", 1, OK },
	{ "Zm8=", "fo", 2, OK },
	{ "Zm9v", "foo", 3, OK },
	{ "Zm9vYg==", "foob", 8, OK },
	{ "Zm9vYmE=", "fooba", 8, OK },
	{ "Zm9vYmFy", "foobar", 8, OK },
	{ "+/+/", "\xfb\xff\xbf", 3, OK },
	{ "Zm9v", "", 2, ERR_TOO_LARGE },
	{ "Zg", "", 8, ERR_MALFORMED },
	{ "Zg=", "", 8, ERR_MALFORMED },
	{ "Zh==", "", 8, ERR_MALFORMED },
	{ "Z===", "", 8, ERR_MALFORMED },
	{ "====", "", 8, ERR_MALFORMED },
	{ "Zg==Zg==", "", 8, ERR_MALFORMED },
	{ "-_-_", "", 8, ERR_MALFORMED },
	{ "Zm 9", "", 8, ERR_MALFORMED },
};

static void as_http_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(PADDED); i++) {
		unsigned char bytes[8];
		size_t len = 0;
		enum err err =
		    enc_from_base64(PADDED[i].text, strlen(PADDED[i].text), bytes, PADDED[i].room, &len);
		ROW(PADDED[i].text, err == PADDED[i].err);
		ROW(PADDED[i].text, err != OK || (len == strlen(PADDED[i].bytes) &&
						     memcmp(bytes, PADDED[i].bytes, len) == 0));
		if (err != OK)
			continue;
		char again[32];
		enc_base64(bytes, len, again);
		ROW(PADDED[i].text, strcmp(again, PADDED[i].text) == 0);
		ROW(PADDED[i].text, strlen(again) + 1 == ENC_BASE64_SIZE(len));
	}
}

static void refuses_a_second_spelling(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *text;
		size_t text_len;
		size_t len;
	} ROWS[] = {
		{ "padding", "Zg==", 4, 1 },
		{ "padding as its byte", "Zg==", 4, 3 },
		{ "half the padding", "Zg=", 3, 2 },
		{ "stray bits after one byte", "Zh", 2, 1 },
		{ "highest stray bit after one byte", "Zo", 2, 1 },
		{ "stray bit after two bytes", "Zm9", 3, 2 },
		{ "plus of the other alphabet", "+A", 2, 1 },
		{ "slash of the other alphabet", "/w", 2, 1 },
		{ "blank within", "Zm 9", 4, 3 },
		{ "blank before", " Zg", 3, 2 },
		{ "line feed behind", "Zm9v\n", 5, 3 },
		{ "NUL within", "Zm\0v", 4, 3 },
		{ "NUL behind", "Zm9v", 5, 3 },
		{ "byte over 127", "Zm9\xc3", 4, 3 },
		{ "too short", "Zm9", 3, 3 },
		{ "too long", "Zm9vYg", 6, 3 },
		{ "one character", "Z", 1, 1 },
		{ "one character for nothing", "Z", 1, 0 },
		{ "nothing for one byte", "", 0, 1 },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		unsigned char bytes[8];
		ROW(ROWS[i].name,
		    enc_from_base64url(ROWS[i].text, ROWS[i].text_len, bytes, ROWS[i].len) == ERR_MALFORMED);
	}
}

static void every_character_decodes_or_is_refused(void **state)
{
	(void)state;
	int accepted = 0;
	for (int c = 0; c < 256; c++) {
		const char text[] = { (char)c, 'A' };
		unsigned char byte;
		char again[ENC_BASE64URL_SIZE(1)];
		if (enc_from_base64url(text, 2, &byte, 1) != OK)
			continue;
		accepted++;
		enc_base64url(&byte, 1, again);
		assert_memory_equal(again, text, 2);
	}
	assert_int_equal(accepted, 64);
}

static void every_length_goes_there_and_back(void **state)
{
	(void)state;
	unsigned char bytes[100], back[100];
	char text[ENC_BASE64URL_SIZE(sizeof bytes)];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 151 + 7);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		enc_base64url(bytes, len, text);
		assert_int_equal(strlen(text), ENC_BASE64URL_SIZE(len) - 1);
		assert_int_equal(enc_from_base64url(text, strlen(text), back, len), OK);
		assert_memory_equal(back, bytes, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(as_http_has_it),
		cmocka_unit_test(refuses_a_second_spelling),
		cmocka_unit_test(every_character_decodes_or_is_refused),
		cmocka_unit_test(every_length_goes_there_and_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
