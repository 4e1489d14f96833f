#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "front/decode.h"

static const struct {
	const char *from;
	bool plus;
	const char *decoded; /* NULL: refused */
} PERCENT[] = {
	{ "", true, "" }, { "abc", true, "abc" }, { "a+b", true, "a b" }, { "a+b", false, "a+b" },
	{ "%41%7a%2F%2f", true, "Az//" }, { "%C3%9f", true, "ß" }, { "%", true, NULL }, { "%4", true, NULL },
	{ "%4g", true, NULL }, { "%%41", true, NULL }, { "%00", true, NULL }, { "a%00b", true, NULL },
	{ "%+1", true, NULL }, { "%ff", true, "\xff" }, /* whether it is UTF-8 is the field's matter */
};

static void percent(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	for (size_t i = 0; i < COUNT(PERCENT); i++) {
		struct text decoded = { NULL, 0 };
		enum err err = decode_percent(text_of(PERCENT[i].from), PERCENT[i].plus, &arena, &decoded);
		ROW(PERCENT[i].from, (err == OK) == (PERCENT[i].decoded != NULL));
		ROW(PERCENT[i].from, err != OK || text_equal_str(decoded, PERCENT[i].decoded));
	}
	struct text decoded, nul = { "a\0b", 3 };
	assert_int_equal(decode_percent(nul, true, &arena, &decoded), ERR_MALFORMED);
	arena_done(&arena);
}

static const struct {
	const char *query, *name;
	const char *value; /* NULL: absent */
	bool refused;
} QUERIES[] = {
	{ "next=/a", "next", "/a", false },
	{ "a=b&next=%2Fx%3Fy%3D1&c", "next", "/x?y=1", false },
	{ "next", "next", "", false },
	{ "next=", "next", "", false },
	{ "", "next", NULL, false },
	{ "nexts=1&nex=2", "next", NULL, false },
	{ "n%65xt=1", "next", "1", false },
	{ "next=a=b", "next", "a=b", false },
	{ "&&next=1&&", "next", "1", false },
	{ "next=1&next=1", "next", NULL, true },
	{ "next=1&a=%zz", "next", NULL, true },
};

static void queries(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	for (size_t i = 0; i < COUNT(QUERIES); i++) {
		struct text value = { NULL, 0 };
		enum err err = decode_query(text_of(QUERIES[i].query), QUERIES[i].name, &arena, &value);
		ROW(QUERIES[i].query, (err == OK) == !QUERIES[i].refused);
		ROW(QUERIES[i].query, err != OK || (value.at != NULL) == (QUERIES[i].value != NULL));
		ROW(QUERIES[i].query, value.at == NULL || text_equal_str(value, QUERIES[i].value));
	}
	arena_done(&arena);
}

static void texts(void **state)
{
	static const struct {
		const char *query;
		enum err err;
	} ROWS[] = { { "a=%C3%BC", OK }, { "a=ABCD", OK }, { "a=", OK }, { "", OK },
		{ "a=ABCDE", ERR_TOO_LARGE }, { "a=%FF", ERR_MALFORMED }, { "a=%0A", ERR_MALFORMED },
		{ "a=b&a=b", ERR_MALFORMED } };
	(void)state;
	struct arena arena = { 0 };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct text value;
		ROW(ROWS[i].query,
		    decode_text(text_of(ROWS[i].query), "a", 4, &arena, &value) == ROWS[i].err);
	}
	arena_done(&arena);
}

static const struct {
	const char *header;
	const char *value; /* NULL: none */
} COOKIES[] = {
	{ "spom=abc", "abc" },
	{ "a=b; spom=abc; c=d", "abc" },
	{ "a=b;spom=abc", "abc" },
	{ "spom=abc; spom=abc", NULL },
	{ "spom=abc; spom=evil", NULL },
	{ "spom=", NULL },
	{ "spom", NULL },
	{ "xspom=abc", NULL },
	{ "spomx=abc", NULL },
	{ "__Host-spom=abc", NULL },
	{ "SPOM=abc", NULL },
	{ "a=spom=abc", NULL },
	{ "spom=\"abc\"", NULL },
	{ "spom=a b", NULL },
	{ "spom=a,b", NULL },
	{ "spom=\xc3\x9f", NULL },
	{ "spom=a=b", "a=b" },
	{ "", NULL },
	{ ";;;", NULL },
};

static void cookies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(COOKIES); i++) {
		struct secret header = { (unsigned char *)(uintptr_t)COOKIES[i].header,
			strlen(COOKIES[i].header) };
		struct secret value = decode_cookie(header, "spom");
		ROW(COOKIES[i].header, (value.at != NULL) == (COOKIES[i].value != NULL));
		ROW(COOKIES[i].header,
		    value.at == NULL || (value.len == strlen(COOKIES[i].value) &&
					    memcmp(value.at, COOKIES[i].value, value.len) == 0));
	}
	assert_null(decode_cookie((struct secret){ NULL, 0 }, "spom").at);
}

static const struct {
	const char *accept;
	unsigned html, json;
} ACCEPTS[] = {
	{ NULL, 1000, 1000 },
	{ "", 1000, 1000 },
	{ "*/*", 1000, 1000 },
	{ "application/json", 0, 1000 },
	{ "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", 1000, 800 },
	{ "application/json, text/html;q=0.5", 500, 1000 },
	{ "application/*;q=0.3, */*;q=0.1", 100, 300 },
	{ "Application/JSON ; q=0.25", 0, 250 },
	{ "text/html;level=1;q=0.4", 400, 0 },
	{ "application/json;q=0, */*", 1000, 0 },
	{ "application/jsonx", 0, 0 },
	{ "text/html;q=1.001, application/json;q=x", 0, 0 },
	{ "nonsense", 0, 0 },
};

static void accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ACCEPTS); i++) {
		const char *name = ACCEPTS[i].accept != NULL ? ACCEPTS[i].accept : "absent";
		ROW(name, decode_accept(text_of(ACCEPTS[i].accept), "text/html") == ACCEPTS[i].html);
		ROW(name, decode_accept(text_of(ACCEPTS[i].accept), "application/json") == ACCEPTS[i].json);
	}
}

static const struct {
	const char *address;
	bool good;
} ADDRESSES[] = {
	{ "127.0.0.1", true },
	{ "2001:db8::1", true },
	{ "::ffff:1.2.3.4", true },
	{ "", false },
	{ "1.2.3.4, 5.6.7.8", false },
	{ "localhost", false },
	{ "1.2.3.4:80", false },
	{ "[::1]", false },
	{ "1.2.3", false },
	{ "unix:", false },
	{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", false },
};

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ADDRESSES); i++)
		ROW(ADDRESSES[i].address,
		    decode_is_address(text_of(ADDRESSES[i].address)) == ADDRESSES[i].good);
	assert_false(decode_is_address((struct text){ NULL, 0 }));
}

static void media_types(void **state)
{
	(void)state;
	assert_true(decode_is_type(text_of("application/json"), "application/json"));
	assert_true(decode_is_type(text_of("Application/JSON; charset=utf-8"), "application/json"));
	assert_false(decode_is_type(text_of("application/jsonp"), "application/json"));
	assert_false(decode_is_type(text_of("application/json+x"), "application/json"));
	assert_false(decode_is_type((struct text){ NULL, 0 }, "application/json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percent),
		cmocka_unit_test(queries),
		cmocka_unit_test(texts),
		cmocka_unit_test(cookies),
		cmocka_unit_test(accepts),
		cmocka_unit_test(addresses),
		cmocka_unit_test(media_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
