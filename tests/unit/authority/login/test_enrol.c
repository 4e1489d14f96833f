/* The first authenticator: who has to have one, who may enrol it with the password alone and until when, and what comes of it. */
#include "unit.h"
#include <string.h>
#include "../authenticator.h"
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../fake_directory.h"
#include "../fake_outbox.h"
#include "authority/factor/factor.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "somebody.h"

#define ADA "id-ada"
#define DAY_MS 86400000LL

static struct arena arena; /* of secrets, for the whole program */

static struct wire_any ada_at_door(struct browser *browser)
{
	return somebody_at_code(browser, "ada", "lovelace");
}

/* What an authenticator shows that has scanned this question. */
static const char *code_of(const struct msg_ask_enrol_totp *ask)
{
	struct secret bytes;
	assert_int_equal(factor_totp_bytes(ask->secret, &arena, &bytes), OK);
	return authenticator_code(bytes, authenticator_step());
}

static enum session_level level_of(const struct browser *browser)
{
	return HOUSE_IS(home_page, home_of(browser->session))->frame->level;
}

static void test_who_may_enrol(void **state)
{
	static const struct {
		const char *name;
		int64_t activated, opened; /* how long ago, and for how long; 0: not at all */
		const char *roll_out, *not_for;
		const char *browser,
		    *terminal; /* denied so; NULL browser: asked to enrol; "": goes on without */
	} ROWS[] = {
		{ "nothing is open", 0, 0, "", "", "enrolment_closed", "enrolment_closed" },
		{ "just activated", DAY_MS, 0, "", "", NULL, "enrol_in_portal" },
		{ "activated long ago", 15 * DAY_MS, 0, "", "", "enrolment_closed", "enrolment_closed" },
		{ "on the last day", 14 * DAY_MS - 1000, 0, "", "", NULL, "enrol_in_portal" },
		{ "an operator opened it", 0, DAY_MS, "", "", NULL, "enrol_in_portal" },
		{ "and that is over", 0, -1000, "", "", "enrolment_closed", "enrolment_closed" },
		{ "before the roll-out", 0, 0, "2999-01-01", "", NULL, "enrol_in_portal" },
		{ "behind the roll-out", 0, 0, "2001-01-01", "", "enrolment_closed", "enrolment_closed" },
		{ "a roll-out that is no day", 0, 0, "2999-1-x", "", "enrolment_closed", "enrolment_closed" },
		{ "of the group that needs none", 0, 0, "", "staff", "", "" },
		{ "of another group", 0, 0, "", "guests", "enrolment_closed", "enrolment_closed" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct browser browser = { 0 };
		struct link link;
		int64_t now_ms = clock_now_ms();
		house_conf()->factors.roll_out = ROWS[i].roll_out;
		house_conf()->factors.not_for = ROWS[i].not_for;
		house_conf()->factors.window_days = 14;
		fake_directory_activated("ada", ROWS[i].activated != 0 ? now_ms - ROWS[i].activated : 0);
		assert_int_equal(account_enrol_until(house_authority(), TEXT_LITERAL(ADA),
				     ROWS[i].opened != 0 ? now_ms + ROWS[i].opened : 0),
		    OK);
		struct wire_any web = ada_at_door(&browser);
		struct wire_any pam = pam_begin(&link, "sshd", "ada", "lovelace");
		link_close(&link);
		if (ROWS[i].browser == NULL)
			ROW(ROWS[i].name, web.msg == wire_msg_ask_enrol_totp());
		else if (*ROWS[i].browser == '\0')
			ROW(ROWS[i].name,
			    web.msg == wire_msg_login_done() && pam.msg == wire_msg_login_done());
		else
			assert_denied(web, ROWS[i].browser);
		if (*ROWS[i].terminal == '\0')
			continue;
		assert_denied(pam, ROWS[i].terminal);
		struct text name = HOUSE_IS(login_denied, pam)->name;
		bool is_named = strcmp(ROWS[i].terminal, "enrol_in_portal") == 0;
		ROW(ROWS[i].name, text_equal_str(name, is_named ? "http://localhost:8080" : ""));
	}
}

/* Made anew under the old name, or without the account of before: who has enrolled once is not new. */
static void test_who_is_not_new(void **state)
{
	static const struct {
		const char *name;
		const char *person, *user; /* who has enrolled before */
		bool in_directory, in_audit, is_opened;
		bool may;
	} ROWS[] = {
		{ "nobody", "id-max", "max", true, true, false, true },
		{ "another id of the name", "id-old-ada", "ADA", true, false, false, false },
		{ "and the audit alone knows", "id-old-ada", "ada", false, true, false, false },
		{ "the id, and the audit alone knows", ADA, "countess", false, true, false, false },
		{ "an operator opened it", "id-old-ada", "ada", true, true, true, true },
		{ "the account says that none is left", ADA, "ada", true, true, false, true },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct browser browser = { 0 };
		struct text person = text_of(ROWS[i].person), user = text_of(ROWS[i].user);
		const struct audit_entry entry = {
			.event = AUDIT_FACTOR_ADDED, .person = person, .user = user
		};
		fake_account_reset();
		fake_audit_reset();
		fake_directory_activated("ada", clock_now_ms() - DAY_MS);
		if (ROWS[i].in_directory)
			assert_int_equal(account_user_note(house_authority(), person, user), OK);
		if (ROWS[i].in_audit)
			assert_int_equal(audit_record(house_authority(), &entry), OK);
		int64_t until = ROWS[i].is_opened ? clock_now_ms() + DAY_MS : 0;
		assert_int_equal(account_enrol_until(house_authority(), TEXT_LITERAL(ADA), until), OK);
		struct wire_any web = ada_at_door(&browser);
		if (ROWS[i].may)
			ROW(ROWS[i].name, web.msg == wire_msg_ask_enrol_totp());
		else
			assert_denied(web, "enrolment_closed");
	}
}

static void test_the_whole_way(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	const struct msg_ask_enrol_totp *ask = HOUSE_IS(ask_enrol_totp, ada_at_door(&browser));
	const char *right = code_of(ask);
	assert_non_null(strstr((const char *)ask->uri.at, "otpauth://totp/Test:ada?secret="));
	const struct msg_ask_enrol_totp *again = HOUSE_IS(ask_enrol_totp, step(&browser, "ada", "000000"));
	assert_string_equal(text_str(again->problem), "enrol_code_wrong");
	assert_true(secret_equal(ask->secret, again->secret));
	assert_int_equal(somebody_devices(ADA), 0);
	struct msg_login_answer reply = { .answer = typed(right), .name = TEXT_LITERAL("Tele\u202ephone") };
	assert_string_equal(problem_of(step_with(&browser, "ada", reply)), "value_control");
	assert_int_equal(somebody_devices(ADA), 0);
	reply.name = TEXT_LITERAL("Telephone");
	const struct msg_ask_recovery_sheet *sheet =
	    HOUSE_IS(ask_recovery_sheet, step_with(&browser, "ada", reply));
	assert_int_equal(sheet->codes.n, ACCOUNT_RECOVERY_CODES);
	assert_int_equal(somebody_devices(ADA), 1);
	assert_int_equal(somebody_codes_left(ADA), 0); /* not kept yet */
	(void)finish(&browser, step(&browser, "ada", ""));
	assert_int_equal(level_of(&browser), SESSION_LEVEL_TWO_FACTORS);
	assert_int_equal(somebody_codes_left(ADA), ACCOUNT_RECOVERY_CODES);
	assert_int_equal(fake_audit_count(AUDIT_FACTOR_ADDED), 1);
	assert_int_equal(fake_audit_count(AUDIT_RECOVERY_MADE), 1);
	assert_int_equal(fake_outbox_count(MAIL_FACTOR_ADDED, ADA), 1);
	const struct msg_ask_code *code = HOUSE_IS(ask_code, ada_at_door(&browser));
	assert_string_equal(text_str(code->devices.at[0].name), "Telephone");
	assert_string_equal(problem_of(step(&browser, "ada", right)), "code_used"); /* it enrolled */
	somebody_waits(30);
	(void)finish(&browser, step(&browser, "ada", code_of(ask)));
}

static void test_it_counts_later(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	house_conf()->factors.wait_s = 3600;
	const struct msg_ask_enrol_totp *ask = HOUSE_IS(ask_enrol_totp, ada_at_door(&browser));
	(void)HOUSE_IS(ask_recovery_sheet, step(&browser, "ada", code_of(ask)));
	(void)finish(&browser, step(&browser, "ada", ""));
	assert_int_equal(level_of(&browser), SESSION_LEVEL_PASSWORD);
	somebody_waits(3600);
	(void)HOUSE_IS(ask_code, ada_at_door(&browser));
	(void)finish(&browser, step(&browser, "ada", code_of(ask)));
	assert_int_equal(level_of(&browser), SESSION_LEVEL_TWO_FACTORS);
}

/* A thief of the password who was asked to enrol, and waits until the person has: adds nothing. */
static void test_of_two_windows_one_enrols(void **state)
{
	(void)state;
	struct browser browser = { 0 }, thief = { 0 };
	const struct msg_ask_enrol_totp *theirs = HOUSE_IS(ask_enrol_totp, ada_at_door(&thief));
	const struct msg_ask_enrol_totp *ask = HOUSE_IS(ask_enrol_totp, ada_at_door(&browser));
	(void)HOUSE_IS(ask_recovery_sheet, step(&browser, "ada", code_of(ask)));
	assert_denied(step(&thief, "ada", code_of(theirs)), "form_expired");
	assert_int_equal(somebody_devices(ADA), 1);
	(void)finish(&browser, step(&browser, "ada", ""));
}

/* What was open when it was asked may not be when it is answered. */
static void test_a_window_that_closes(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	const struct msg_ask_enrol_totp *ask = HOUSE_IS(ask_enrol_totp, ada_at_door(&browser));
	house_conf()->factors.roll_out = "";
	assert_denied(step(&browser, "ada", code_of(ask)), "form_expired");
	fake_account_breaks(TEXT_LITERAL(ADA), 1);
	house_conf()->factors.roll_out = "2999-12-31";
	(void)HOUSE_IS(ask_code, ada_at_door(&browser)); /* a factor that cannot be opened is not none */
	assert_int_equal(somebody_devices(ADA), 0);
}

static void test_neighbours_that_fail(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	fake_account_fails(ERR_TIMEOUT);
	assert_refused(ada_at_door(&browser), REFUSAL_DIRECTORY); /* "not found" it is not */
	fake_account_fails(OK);
	const struct msg_ask_enrol_totp *ask = HOUSE_IS(ask_enrol_totp, ada_at_door(&browser));
	fake_audit_fails(ERR_BUSY);
	assert_refused(turn_once(&browser, "ada", code_of(ask)), REFUSAL_AUDIT);
	fake_audit_fails(OK);
	fake_account_fails(ERR_UNREACHABLE);
	assert_refused(turn_once(&browser, "ada", code_of(ask)), REFUSAL_DIRECTORY);
	fake_account_fails(OK);
	assert_int_equal(somebody_devices(ADA), 0);
	(void)HOUSE_IS(ask_recovery_sheet, step(&browser, "ada", code_of(ask)));
}

static void test_nobody_has_to(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	struct link link;
	house_conf()->factors.required = false;
	(void)finish(&browser, ada_at_door(&browser));
	assert_int_equal(level_of(&browser), SESSION_LEVEL_PASSWORD);
	assert_string_equal(text_str(fake_audit_find(AUDIT_SIGNED_IN)->reason), "pwd");
	(void)HOUSE_IS(login_done, pam_begin(&link, "sshd", "ada", "lovelace"));
	link_close(&link);
	somebody_has_device(ADA, 0, 0);
	(void)HOUSE_IS(ask_code, ada_at_door(&browser)); /* who has one is asked */
}

static int done(void **state)
{
	arena_done(&arena);
	return house_stop(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, somebody_fresh)
	const struct CMUnitTest tests[] = {
		TEST(test_who_may_enrol),
		TEST(test_who_is_not_new),
		TEST(test_the_whole_way),
		TEST(test_it_counts_later),
		TEST(test_of_two_windows_one_enrols),
		TEST(test_a_window_that_closes),
		TEST(test_neighbours_that_fail),
		TEST(test_nobody_has_to),
	};
	return cmocka_run_group_tests(tests, house_start, done);
}
