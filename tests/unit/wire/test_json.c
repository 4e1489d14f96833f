#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "wire/json.h"
#include "wire/kinds.h"
#include "wire/sample.h"

#define VALID \
	"{\"yes\":true,\"small\":1000,\"wide\":\"18446744073709551615\",\"when\":\"2023-11-14T22:13:20." \
	"123Z\"," \
	"\"role\":\"pam\",\"text\":\"h\xc3\xbcllo " \
	"\\\"x\\\"\",\"bytes\":\"-_8A\",\"id\":\"AQIDAAAAAAAAAAAAAAAAAA\"," \
	"\"one\":{\"name\":\"one\",\"count\":1},\"list\":[{\"name\":\"a\"},{\"name\":\"b\",\"count\":9}]}"

static void all_kinds_are_written(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = kinds_valid();
	struct text json;
	assert_int_equal(wire_json_write(WIRE(kinds, &kinds), &arena, &json), OK);
	assert_string_equal(json.at, VALID);
	assert_int_equal(json.len, strlen(VALID));
}

static void big_numbers_are_strings(void **state)
{
	(void)state;
	static const struct {
		uint64_t number;
		const char *text;
	} ROWS[] = { { 0, "\"wide\":0," }, { JSON_EXACT, "\"wide\":9007199254740992," },
		{ JSON_EXACT + 1, "\"wide\":\"9007199254740993\"," } };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct msg_kinds kinds = kinds_valid();
		struct text json;
		kinds.wide = ROWS[i].number;
		ROW(ROWS[i].text, wire_json_write(WIRE(kinds, &kinds), &arena, &json) == OK);
		ROW(ROWS[i].text, strstr(json.at, ROWS[i].text) != NULL);
	}
}

static void absent_ones_are_left_out_and_lists_stay(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = kinds_valid();
	struct text json;
	kinds.list.n = 0;
	assert_int_equal(wire_json_write(WIRE(kinds, &kinds), &arena, &json), OK);
	assert_non_null(strstr(json.at, "\"list\":[]"));
	assert_null(strstr(json.at, "lines"));
	assert_null(strstr(json.at, "seldom"));
	assert_null(strstr(json.at, "maybe"));
	assert_null(strstr(json.at, "more"));
}

static void a_secret_is_written_when_it_may_be_shown(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = kinds_valid();
	struct text json;
	kinds.shown = secret_copy(&arena, "seen", 4);
	assert_int_equal(wire_json_write(WIRE(kinds, &kinds), &arena, &json), OK);
	assert_non_null(strstr(json.at, "\"shown\":\"seen\""));
	assert_null(strstr(json.at, "hidden"));
	assert_null(strstr(json.at, "hush"));
	kinds.shown = secret_copy(&arena, "\xff", 1);
	assert_int_equal(wire_json_write(WIRE(kinds, &kinds), &arena, &json), ERR_MALFORMED);
}

static bool has_shown_secret(const struct wire_msg *msg)
{
	for (unsigned i = 0; i < msg->n_fields; i++)
		if ((msg->fields[i].flags & SHOW_ONCE) != 0 ||
		    (msg->fields[i].sub != NULL && has_shown_secret(msg->fields[i].sub())))
			return true;
	return false;
}

static bool needs_hidden_secret(const struct wire_msg *msg)
{
	for (unsigned i = 0; i < msg->n_fields; i++) {
		const struct wire_field *field = &msg->fields[i];
		if (field->kind == WIRE_SECRET && (field->flags & (SHOW_ONCE | OPTIONAL)) == 0)
			return true;
		if (field->sub != NULL && needs_hidden_secret(field->sub()))
			return true;
	}
	return false;
}

/* Writes every message of the tables and reads it again; one that needs a hidden secret is refused for that field. */
static void every_message_is_written_and_read(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = kinds_all(&count);
	for (unsigned i = 0; i < count; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		uint8_t *body;
		size_t len;
		const void *at, *again;
		const char *field = NULL, *name = all[i]->name;
		struct text json, json_again;
		ROW(name, sample_body(all[i], SAMPLE_FULL, SAMPLE_NONE, 0, &arena, &body, &len) == OK);
		ROW(name, wire_decode(all[i], body, len, &arena, &at) == OK);
		ROW(name, wire_json_write((struct wire_any){ all[i], at }, &arena, &json) == OK);
		ROW(name, (strstr(json.at, "SECRET") != NULL) == has_shown_secret(all[i]));
		enum err err = wire_json_read(all[i], json, &arena, &again, &field);
		if (needs_hidden_secret(all[i])) {
			ROW(name, err == ERR_MALFORMED && field != NULL);
			continue;
		}
		ROW(name, err == OK);
		ROW(name, wire_json_write((struct wire_any){ all[i], again }, &arena, &json_again) == OK);
		ROW(name, text_equal(json, json_again));
	}
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		const char *field; /* NULL: none is named */
		enum err expected;
	} ROWS[] = {
		{ "{}", NULL, OK },
		{ " {\"small\": 5}\n", NULL, OK },
		{ "", NULL, ERR_MALFORMED },
		{ "{", NULL, ERR_MALFORMED },
		{ "[]", NULL, ERR_MALFORMED },
		{ "null", NULL, ERR_MALFORMED },
		{ "\"x\"", NULL, ERR_MALFORMED },
		{ "{} {}", NULL, ERR_MALFORMED },
		{ "{},", NULL, ERR_MALFORMED },
		{ "{\"small\":1,}", NULL, ERR_MALFORMED },
		{ "{'small':1}", NULL, ERR_MALFORMED },
		{ "{\"small\":1,\"small\":1}", NULL, ERR_MALFORMED },
		{ "{\"small\":1,\"sm\\u0061ll\":1}", NULL, ERR_MALFORMED },
		{ "{\"text\":\"\xff\"}", NULL, ERR_MALFORMED },
		{ "{\"text\":\"\\ud800\"}", NULL, ERR_MALFORMED },
		{ "{\"text\":\"\\u0000\"}", NULL, ERR_MALFORMED },
		{ "{\"hidden\":\"a\\u0000b\"}", NULL, ERR_MALFORMED },
		{ "{\"else\":1}", "else", ERR_MALFORMED },
		{ "{\"Small\":1}", "Small", ERR_MALFORMED },
		{ "{\"\":1}", "", ERR_MALFORMED },
		{ "{\"small\":null}", "small", ERR_MALFORMED },
		{ "{\"small\":true}", "small", ERR_MALFORMED },
		{ "{\"small\":1.0}", "small", ERR_MALFORMED },
		{ "{\"small\":1e2}", "small", ERR_MALFORMED },
		{ "{\"small\":-1}", "small", ERR_MALFORMED },
		{ "{\"small\":1001}", "small", ERR_TOO_LARGE },
		{ "{\"small\":\"1000\"}", NULL, OK },
		{ "{\"small\":\"1001\"}", "small", ERR_TOO_LARGE },
		{ "{\"wide\":9007199254740992}", NULL, OK },
		{ "{\"wide\":9007199254740993}", "wide", ERR_MALFORMED },
		{ "{\"wide\":\"9007199254740993\"}", NULL, OK },
		{ "{\"wide\":99999999999999999999}", NULL, ERR_MALFORMED },
		{ "{\"yes\":1}", "yes", ERR_MALFORMED },
		{ "{\"yes\":\"true\"}", "yes", ERR_MALFORMED },
		{ "{\"role\":\"door\"}", NULL, OK },
		{ "{\"role\":\"king\"}", "role", ERR_MALFORMED },
		{ "{\"role\":1}", "role", ERR_MALFORMED },
		{ "{\"when\":\"2023-11-14T22:13:20Z\"}", NULL, OK },
		{ "{\"when\":1700000000123}", "when", ERR_MALFORMED },
		{ "{\"when\":\"yesterday\"}", "when", ERR_MALFORMED },
		{ "{\"text\":7}", "text", ERR_MALFORMED },
		{ "{\"text\":\"123456789012345678901\"}", "text", ERR_TOO_LARGE },
		{ "{\"text\":\"a\\nb\"}", "text", ERR_MALFORMED },
		{ "{\"lines\":\"a\\nb\"}", NULL, OK },
		{ "{\"hidden\":\"p\xc3\xa4ss\"}", NULL, OK },
		{ "{\"hidden\":{\"a\":1}}", "hidden", ERR_MALFORMED },
		{ "{\"bytes\":\"-_8A\"}", NULL, OK },
		{ "{\"bytes\":\"\"}", NULL, OK },
		{ "{\"bytes\":\"+/8A\"}", "bytes", ERR_MALFORMED },
		{ "{\"bytes\":\"-_8A=\"}", "bytes", ERR_MALFORMED },
		{ "{\"bytes\":\"A\"}", "bytes", ERR_MALFORMED },
		{ "{\"bytes\":\"AB\"}", "bytes", ERR_MALFORMED },
		{ "{\"bytes\":\"AAAAAAAAAAAA\"}", "bytes", ERR_TOO_LARGE },
		{ "{\"id\":\"AQ\"}", "id", ERR_MALFORMED },
		{ "{\"one\":null}", "one", ERR_MALFORMED },
		{ "{\"one\":[]}", "one", ERR_MALFORMED },
		{ "{\"one\":{}}", "name", ERR_MALFORMED },
		{ "{\"one\":{\"name\":\"a\",\"else\":1}}", "else", ERR_MALFORMED },
		{ "{\"one\":{\"name\":\"a\",\"count\":10}}", "count", ERR_TOO_LARGE },
		{ "{\"list\":{}}", "list", ERR_MALFORMED },
		{ "{\"list\":[]}", NULL, OK },
		{ "{\"list\":[1]}", "list", ERR_MALFORMED },
		{ "{\"list\":[{}]}", "name", ERR_MALFORMED },
		{ "{\"list\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}", NULL, OK },
		{ "{\"list\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"d\"}]}", "list",
		    ERR_TOO_LARGE },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct msg_kinds kinds = { 0 };
		const char *field = NULL, *row = ROWS[i].json;
		enum err err = wire_json_put(wire_msg_kinds(), &kinds, text_of(row), &arena, &field);
		ROW(row, err == ROWS[i].expected);
		ROW(row, (field == NULL) == (ROWS[i].field == NULL));
		ROW(row, field == NULL || strcmp(field, ROWS[i].field) == 0);
	}
}

static void nesting_is_bounded(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	char json[5000] = "{\"list\":";
	size_t head = strlen(json);
	memset(json + head, '[', sizeof json - head - 1);
	struct msg_kinds kinds = { 0 };
	const char *field = NULL;
	assert_int_equal(
	    wire_json_put(wire_msg_kinds(), &kinds, text_of(json), &arena, &field), ERR_MALFORMED);
	struct text braces = TEXT_LITERAL("{\"text\":\"[[[[[[[[{{{{\\\"[[[[[[\"}");
	assert_int_equal(wire_json_put(wire_msg_kinds(), &kinds, braces, &arena, &field), OK);
}

/* Each element again and again, and a text as long as they: it is wrong, and there was memory to see that. */
static void any_document_has_room(void **state)
{
	(void)state;
	static const char *const ELEMENTS[] = { "{}", "[]", "{\"\":{}}", "[[[[[[[[[[[[[[]]]]]]]]]]]]]]", "0",
		"1.5", "9223372036854775807", "\"\"", "\"a\"", "\"\\u00e4\"", "null",
		"{\"a\":0,\"b\":0,\"c\":0}" };
	enum { ROOM = 100000 };
	static char json[ROOM];
	for (size_t i = 0; i < COUNT(ELEMENTS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct msg_kinds kinds = { 0 };
		const char *field = NULL;
		for (int letters = 0; letters < ROOM / 2; letters += ROOM / 2 - 1) {
			int len = snprintf(json, ROOM, "[\"%*s\"", letters, "");
			while (len < ROOM - 40)
				len += snprintf(json + len, ROOM - (size_t)len, ",%s", ELEMENTS[i]);
			(void)snprintf(json + len, ROOM - (size_t)len, "]");
			enum err err = wire_json_put(wire_msg_kinds(), &kinds, text_of(json), &arena, &field);
			ROW(ELEMENTS[i], err == ERR_MALFORMED);
		}
	}
}

static void reading_needs_a_complete_message(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	const void *at = NULL;
	const char *field = NULL;
	assert_int_equal(
	    wire_json_read(wire_msg_kinds(), TEXT_LITERAL(VALID), &arena, &at, &field), ERR_MALFORMED);
	assert_string_equal(field, "hidden");
	struct text leaf = TEXT_LITERAL("{\"name\":\"x\"}");
	assert_int_equal(wire_json_read(wire_msg_leaf(), leaf, &arena, &at, &field), OK);
	assert_string_equal(((const struct msg_leaf *)at)->name.at, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_are_written),
		cmocka_unit_test(big_numbers_are_strings),
		cmocka_unit_test(absent_ones_are_left_out_and_lists_stay),
		cmocka_unit_test(a_secret_is_written_when_it_may_be_shown),
		cmocka_unit_test(every_message_is_written_and_read),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(any_document_has_room),
		cmocka_unit_test(reading_needs_a_complete_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
