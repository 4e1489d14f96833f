#include "unit.h"
#include <string.h>
#include "base/arena.h"
#include "wire/kinds.h"
#include "wire/sample.h"

static void all_kinds_show(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = kinds_valid();
	assert_string_equal(wire_print(WIRE(kinds, &kinds), &arena),
	    "kinds{yes=1 small=1000 wide=18446744073709551615 when=1700000000123 role=pam "
	    "text=\"h\xc3\xbcllo \"x\"\" "
	    "bytes=<3 bytes> hidden=<secret> id=AQIDAAAAAAAAAAAAAAAAAA one=leaf{name=\"one\" count=1} "
	    "list=[leaf{name=\"a\"} leaf{name=\"b\" count=9}]}");
}

/* A full sample's secrets all read SECRET. */
static void no_secret_shows(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = kinds_all(&count);
	for (unsigned i = 0; i < count; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		uint8_t *body;
		size_t len;
		const void *at;
		ROW(all[i]->name,
		    sample_body(all[i], SAMPLE_FULL, SAMPLE_NONE, 0, &arena, &body, &len) == OK);
		ROW(all[i]->name, wire_decode(all[i], body, len, &arena, &at) == OK);
		const char *line = wire_print((struct wire_any){ all[i], at }, &arena);
		ROW(all[i]->name, line != NULL);
		ROW(all[i]->name, strstr(line, "SECRET") == NULL);
	}
}

static void a_long_message_is_cut(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	uint8_t *body;
	size_t len;
	const void *at;
	const struct wire_msg *msg = wire_msg_home_page();
	assert_int_equal(sample_body(msg, SAMPLE_MAX, SAMPLE_NONE, 0, &arena, &body, &len), OK);
	assert_int_equal(wire_decode(msg, body, len, &arena, &at), OK);
	const char *line = wire_print((struct wire_any){ msg, at }, &arena);
	assert_non_null(line);
	assert_in_range(strlen(line), 1000, 2000);
}

static void no_memory_is_null(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { .limit = 16 };
	struct msg_kinds kinds = kinds_valid();
	assert_null(wire_print(WIRE(kinds, &kinds), &arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_show),
		cmocka_unit_test(no_secret_shows),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(no_memory_is_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
