/* A password that has to change, or may, inside of a sign-in. */
#include "unit.h"
#include <string.h>
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../fake_directory.h"
#include "../fake_outbox.h"
#include "conf/conf.h"
#include "somebody.h"

#define FRESH "a new one for autumn"

static int fresh(void **state)
{
	int result = somebody_fresh(state);
	house_conf()->factors.required = false;
	return result;
}

static struct msg_login_answer change(const char *old, const char *new)
{
	return (struct msg_login_answer){ .answer = typed(new), .old = typed(old) };
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *name, *old, *new, *problem;
	} ROWS[] = {
		{ "nothing", "", "", "password_too_short" },
		{ "no old one", "", FRESH, "password_old_wrong" },
		{ "another old one", "wrong", FRESH, "password_old_wrong" },
		{ "too short", "initial", "short", "password_too_short" },
		{ "it cannot be skipped", "initial", "", "password_too_short" },
	};
	(void)state;
	struct browser browser = { 0 };
	const struct msg_ask_new_password *ask =
	    HOUSE_IS(ask_new_password, somebody_at_code(&browser, "eve", "initial"));
	assert_string_equal(text_str(ask->reason), "password_must_change");
	assert_false(ask->may_skip);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct wire_any any = step_with(&browser, "eve", change(ROWS[i].old, ROWS[i].new));
		ROW(ROWS[i].name, any.msg == wire_msg_ask_new_password());
		ROW(ROWS[i].name, strcmp(problem_of(any), ROWS[i].problem) == 0);
	}
	assert_int_equal(fake_audit_count(AUDIT_PASSWORD_CHANGED), 0);
	(void)finish(&browser, step_with(&browser, "eve", change("initial", FRESH)));
	assert_int_equal(fake_audit_count(AUDIT_PASSWORD_CHANGED), 1);
	assert_int_equal(fake_outbox_count(MAIL_PASSWORD_CHANGED, "id-eve"), 1);
	assert_denied(somebody_at_code(&browser, "eve", "initial"), "sign_in_failed");
	(void)finish(&browser, somebody_at_code(&browser, "eve", FRESH));
}

/* Behind an expired one nothing is known but that it was right: no name is shown before it is changed, and sessions end with it. */
static void test_expired(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	assert_denied(somebody_at_code(&browser, "ivy", "wrong"), "sign_in_failed");
	const struct msg_ask_new_password *ask =
	    HOUSE_IS(ask_new_password, somebody_at_code(&browser, "ivy", "withered"));
	assert_null(ask->person.at);
	somebody_has_device("id-ivy", 0, 0);
	(void)HOUSE_IS(ask_code, step_with(&browser, "ivy", change("withered", FRESH)));
	(void)finish(&browser, step(&browser, "ivy", somebody_code(0, 0)));
	(void)HOUSE_IS(home_page, home_of(browser.session));
	struct secret before = browser.session;
	assert_int_equal(account_distrust(house_authority(), TEXT_LITERAL("id-ivy"), true), OK);
	somebody_waits(30);
	(void)HOUSE_IS(ask_code, somebody_at_code(&browser, "ivy",
				     FRESH)); /* the password is not trusted: it alone changes nothing */
	(void)HOUSE_IS(ask_code, step_with(&browser, "ivy", change(FRESH, FRESH " and winter")));
	(void)HOUSE_IS(home_page, home_of(before));
	(void)HOUSE_IS(ask_new_password, step(&browser, "ivy", somebody_code(0, 0)));
	(void)finish(&browser, step_with(&browser, "ivy", change(FRESH, FRESH " and winter")));
	assert_refused(home_of(before), REFUSAL_SIGN_IN); /* ended by the change */
	(void)HOUSE_IS(home_page, home_of(browser.session));
}

static void test_grace(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	struct link link;
	const struct msg_ask_new_password *ask =
	    HOUSE_IS(ask_new_password, somebody_at_code(&browser, "uma", "graceful"));
	assert_string_equal(text_str(ask->reason), "password_grace");
	assert_int_equal(ask->count, 2);
	assert_true(ask->may_skip);
	(void)finish(&browser, step(&browser, "uma", ""));
	struct wire_any any = pam_begin(&link, "sshd", "uma", "graceful");
	assert_string_equal(text_str(HOUSE_IS(ask_notice, any)->text), "password_grace");
	(void)HOUSE_IS(login_done, pam_reply(&link, any, ""));
	link_close(&link);
	assert_int_equal(account_distrust(house_authority(), TEXT_LITERAL("id-uma"), true), OK);
	ask = HOUSE_IS(ask_new_password, somebody_at_code(&browser, "uma", "graceful"));
	assert_string_equal(text_str(ask->reason), "password_must_change");
	assert_false(ask->may_skip);
}

static struct wire_any pam_change(struct link *link, struct wire_any ask, const char *old, const char *new)
{
	struct msg_login_answer answer = change(old, new);
	answer.id = *(const struct text *)ask.at;
	return house_ask(link, WIRE(login_answer, &answer));
}

static void test_a_terminal(void **state)
{
	(void)state;
	struct link link;
	struct wire_any any = pam_begin(&link, "sshd", "eve", "initial");
	(void)HOUSE_IS(ask_new_password, any);
	any = pam_change(&link, any, "wrong", FRESH);
	assert_string_equal(problem_of(any), "password_old_wrong");
	any = pam_change(&link, any, "initial", "short");
	assert_string_equal(problem_of(any), "password_too_short");
	assert_denied(pam_change(&link, any, "initial", "brief"), "password_too_short");
	link_close(&link);
	any = pam_begin(&link, "sshd", "eve", "initial");
	(void)HOUSE_IS(login_done, pam_change(&link, any, "initial", FRESH));
	link_close(&link);
}

/* The old password is asked again, and each try of it counts as one. */
static void test_old_ones_are_counted(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	house_conf()->limits.free = 3;
	(void)HOUSE_IS(ask_new_password, somebody_at_code(&browser, "eve", "initial"));
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(
		    problem_of(step_with(&browser, "eve", change("wrong", FRESH))), "password_old_wrong");
	assert_denied(step_with(&browser, "eve", change("initial", FRESH)), "try_later");
}

static void test_neighbours_that_fail(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	(void)HOUSE_IS(ask_new_password, somebody_at_code(&browser, "ivy", "withered"));
	fake_audit_fails(ERR_BUSY);
	assert_refused(step_with(&browser, "ivy", change("withered", FRESH)), REFUSAL_AUDIT);
	fake_audit_fails(OK);
	fake_directory_fails(ERR_TIMEOUT);
	assert_refused(step_with(&browser, "ivy", change("withered", FRESH)), REFUSAL_DIRECTORY);
	fake_directory_fails(OK);
	(void)finish(&browser, step_with(&browser, "ivy", change("withered", FRESH)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_refused),
		TEST(test_grace),
		TEST(test_a_terminal),
		TEST(test_neighbours_that_fail),
		TEST(test_expired),
		TEST(test_old_ones_are_counted),
	};
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
