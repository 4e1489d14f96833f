#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "authority/directory/filter.h"

static const char *filter_of(struct arena *arena, const void *bytes, size_t len)
{
	struct filter filter;
	filter_init(&filter, arena);
	filter_equal(&filter, "uid", bytes, len);
	return filter_str(&filter);
}

/* What an LDAP library reads back: the number of values in (uid=...), by the syntax of RFC 4515 alone. */
static size_t unescape(const char *filter, unsigned char *bytes)
{
	size_t n = 0;
	const char *at = filter + strlen("(uid=");
	assert_memory_equal(filter, "(uid=", 5);
	while (*at != ')') {
		unsigned value = (unsigned char)*at;
		assert_null(strchr("(*", *at));
		if (*at == '\\') {
			assert_int_equal(sscanf(at + 1, "%2x", &value), 1);
			at += 2;
		}
		bytes[n++] = (unsigned char)value;
		at++;
	}
	assert_string_equal(at, ")");
	return n;
}

static void every_byte_stays_a_value(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	for (unsigned byte = 0; byte < 256; byte++) {
		const unsigned char value[] = { 'a', (unsigned char)byte, 'b' };
		unsigned char back[8];
		const char *filter = filter_of(&arena, value, sizeof value);
		assert_non_null(filter);
		assert_int_equal(unescape(filter, back), sizeof value);
		assert_memory_equal(back, value, sizeof value);
		for (const char *c = filter; *c != '\0'; c++)
			assert_true(*c > 0x20 && *c < 0x7f);
	}
}

static void all_bytes_at_once(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	unsigned char value[4096], back[4096];
	for (size_t i = 0; i < sizeof value; i++)
		value[i] = (unsigned char)(i * 7);
	assert_int_equal(unescape(filter_of(&arena, value, sizeof value), back), sizeof value);
	assert_memory_equal(back, value, sizeof value);
}

static void known_values(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const struct {
		const char *value;
		const char *filter;
	} ROWS[] = {
		{ "alice", "(uid=alice)" },
		{ "a.l-i_c@e,d=t", "(uid=a.l-i_c@e,d=t)" },
		{ "*", "(uid=\\2a)" },
		{ "a)(uid=*", "(uid=a\\29\\28uid=\\2a)" },
		{ "\\2a", "(uid=\\5c2a)" },
		{ " a ", "(uid=\\20a\\20)" },
		{ "\xc3\xbc", "(uid=\\c3\\bc)" },
		{ "", "(uid=)" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++)
		assert_string_equal(filter_of(&arena, ROWS[i].value, strlen(ROWS[i].value)), ROWS[i].filter);
}

static void a_setting_gets_its_parentheses(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct filter filter;
	filter_init(&filter, &arena);
	filter_syntax(&filter, "(&");
	filter_setting(&filter, "objectClass=person");
	filter_setting(&filter, "(cn=*)");
	filter_syntax(&filter, ")");
	assert_string_equal(filter_str(&filter), "(&(objectClass=person)(cn=*))");
}

static void a_want_of_memory_shows_at_the_end(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { .limit = 256 };
	unsigned char value[200];
	memset(value, '*', sizeof value);
	assert_null(filter_of(&arena, value, sizeof value));
	struct filter empty;
	filter_init(&empty, &arena);
	assert_string_equal(filter_str(&empty), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_stays_a_value),
		cmocka_unit_test(all_bytes_at_once),
		cmocka_unit_test(known_values),
		cmocka_unit_test(a_setting_gets_its_parentheses),
		cmocka_unit_test(a_want_of_memory_shows_at_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
