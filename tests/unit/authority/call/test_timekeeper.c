/* What speaks against a clock, and what is refused while one is doubted. */
#include "unit.h"
#include <string.h>
#include "authority/call/handler.h"
#include "authority/timekeeper.h"

#define NOW 1800000000000

static void judged(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct timekeeper_facts facts;
		const char *why;
	} ROWS[] = {
		{ "nothing known", { .now_ms = NOW }, NULL },
		{ "all agree", { NOW, NOW - 9, NOW, NOW, NOW }, NULL },
		{ "before its build", { NOW, NOW + 1, 0, NOW, NOW }, "before_build" },
		{ "a small step back", { NOW, 0, NOW + 1000, NOW, NOW }, NULL },
		{ "before its last record", { NOW, 0, NOW + 1001, NOW, NOW }, "before_last_record" },
		{ "five seconds off both", { NOW, 0, 0, NOW + 5000, NOW + 5000 }, NULL },
		{ "behind both", { NOW, 0, 0, NOW + 5001, NOW + 5001 }, "off_store_and_directory" },
		{ "ahead of both", { NOW, 0, 0, NOW - 5001, NOW - 5001 }, "off_store_and_directory" },
		{ "off the store alone", { NOW, 0, 0, NOW + 60000, NOW + 5000 }, NULL },
		{ "off the directory alone", { NOW, 0, 0, NOW, NOW + 60000 }, NULL },
		{ "off the store, and the directory says nothing", { NOW, 0, 0, NOW + 60000, 0 },
		    "off_store_and_directory" },
		{ "a store that says nothing", { NOW, 0, 0, 0, NOW - 60000 }, NULL },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const char *why = timekeeper_judge(&ROWS[i].facts);
		ROW(ROWS[i].what,
		    (why == NULL) == (ROWS[i].why == NULL) && (why == NULL || strcmp(why, ROWS[i].why) == 0));
	}
}

static void doubt_is_remembered(void **state)
{
	(void)state;
	assert_true(timekeeper_trusts());
	assert_false(timekeeper_doubt(true));
	assert_false(timekeeper_trusts());
	assert_true(timekeeper_doubt(true));
	assert_true(timekeeper_doubt(false));
	assert_true(timekeeper_trusts());
}

/* People's doors and no other. */
static void who_needs_a_clock(void **state)
{
	(void)state;
	static const unsigned NEED[] = { TAG_login_start, TAG_login_open, TAG_login_answer, TAG_login_account,
		TAG_passed, TAG_claim, TAG_home, TAG_check, TAG_hand_over, TAG_profile_save, TAG_mail_next };
	static const unsigned GO_ON[] = { TAG_health, TAG_metrics, TAG_front_settings, TAG_gate_settings,
		TAG_courier_settings, TAG_who_am_i, TAG_config_reload, TAG_audit_read, TAG_directory_test };
	for (size_t i = 0; i < COUNT(NEED); i++)
		ROW("needs it", handler_needs_clock(handler_find(NEED[i])));
	for (size_t i = 0; i < COUNT(GO_ON); i++)
		ROW("goes on", !handler_needs_clock(handler_find(GO_ON[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged),
		cmocka_unit_test(doubt_is_remembered),
		cmocka_unit_test(who_needs_a_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
