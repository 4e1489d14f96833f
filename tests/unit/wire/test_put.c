#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "wire/kinds.h"

static void every_kind_is_put_or_refused(void **state)
{
	(void)state;
	static const struct {
		const char *field, *value;
		enum err expected;
	} ROWS[] = {
		{ "yes", "true", OK },
		{ "yes", "on", OK },
		{ "yes", "false", OK },
		{ "yes", "1", ERR_MALFORMED },
		{ "yes", "", ERR_MALFORMED },
		{ "small", "0", OK },
		{ "small", "1000", OK },
		{ "small", "1001", ERR_TOO_LARGE },
		{ "small", "", ERR_MALFORMED },
		{ "small", "-1", ERR_MALFORMED },
		{ "small", "+1", ERR_MALFORMED },
		{ "small", " 1", ERR_MALFORMED },
		{ "small", "01", ERR_MALFORMED },
		{ "small", "0x10", ERR_MALFORMED },
		{ "wide", "18446744073709551615", OK },
		{ "wide", "18446744073709551616", ERR_MALFORMED },
		{ "when", "1700000000123", OK },
		{ "when", "253402300800000", ERR_TOO_LARGE },
		{ "role", "door", OK },
		{ "role", "Door", ERR_MALFORMED },
		{ "role", "1", ERR_MALFORMED },
		{ "role", "", ERR_MALFORMED },
		{ "text", "", OK },
		{ "text", "12345678901234567890", OK },
		{ "text", "123456789012345678901", ERR_TOO_LARGE },
		{ "text", "a\nb", ERR_MALFORMED },
		{ "text", "\xff", ERR_MALFORMED },
		{ "lines", "a\nb\tc", OK },
		{ "lines", "a\x1b[0m", ERR_MALFORMED },
		{ "hidden", "\xff\x01", OK },
		{ "hidden", "1234567890123", ERR_TOO_LARGE },
		{ "id", "AQIDAAAAAAAAAAAAAAAAAA", OK },
		{ "id", "AQIDAAAAAAAAAAAAAAAAA", ERR_MALFORMED },
		{ "id", "AQIDAAAAAAAAAAAAAAAAAB", ERR_MALFORMED },
		{ "id", "AQIDAAAAAAAAAAAAAAAAA=", ERR_MALFORMED },
		{ "bytes", "AAAA", ERR_NOT_FOUND },
		{ "one", "x", ERR_NOT_FOUND },
		{ "list", "x", ERR_NOT_FOUND },
		{ "", "x", ERR_NOT_FOUND },
		{ "Text", "x", ERR_NOT_FOUND },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct msg_kinds kinds = kinds_valid(), before = kinds;
		char row[100];
		(void)snprintf(row, sizeof row, "%s=%s", ROWS[i].field, ROWS[i].value);
		enum err err = wire_put(
		    wire_msg_kinds(), &kinds, text_of(ROWS[i].field), text_of(ROWS[i].value), &arena);
		ROW(row, err == ROWS[i].expected);
		ROW(row, err == OK || memcmp(&kinds, &before, sizeof kinds) == 0);
	}
}

static void what_was_put_is_there(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = { 0 };
	char typed[] = "name";
	const struct wire_msg *msg = wire_msg_kinds();
	assert_int_equal(wire_put(msg, &kinds, TEXT_LITERAL("text"), text_of(typed), &arena), OK);
	assert_int_equal(wire_put(msg, &kinds, TEXT_LITERAL("role"), TEXT_LITERAL("check"), &arena), OK);
	assert_int_equal(wire_put(msg, &kinds, TEXT_LITERAL("hidden"), TEXT_LITERAL("s3c"), &arena), OK);
	typed[0] = 'X';
	assert_string_equal(kinds.text.at, "name");
	assert_int_equal(kinds.role, ROLE_CHECK);
	assert_int_equal(kinds.hidden.len, 3);
	assert_int_equal(kinds.hidden.at[3], 0);
}

static void check_names_the_first_field_that_lacks(void **state)
{
	(void)state;
	struct msg_kinds kinds = kinds_valid();
	const char *field = NULL;
	assert_int_equal(wire_check(WIRE(kinds, &kinds), &field), OK);
	assert_null(field);
#define LACKS(name, change) \
	do { \
		kinds = kinds_valid(); \
		kinds.change; \
		assert_int_not_equal(wire_check(WIRE(kinds, &kinds), &field), OK); \
		assert_string_equal(field, name); \
	} while (0)
	LACKS("text", text.at = NULL);
	LACKS("hidden", hidden.at = NULL);
	LACKS("bytes", bytes.at = NULL);
	LACKS("one", one = NULL);
	LACKS("id", id = (struct id){ { 0 } });
	LACKS("small", small = 1001);
	LACKS("list", list.n = 4);
#undef LACKS
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_put_or_refused),
		cmocka_unit_test(what_was_put_is_there),
		cmocka_unit_test(check_names_the_first_field_that_lacks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
