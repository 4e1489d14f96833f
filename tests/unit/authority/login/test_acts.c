/* Acts that take a proof of their own: from the form on /security to what was done, and everything that must not do it. */
#include "unit.h"
#include <string.h>
#include <time.h>
#include "../authenticator.h"
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../fake_outbox.h"
#include "authority/factor/factor.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "somebody.h"

#define ADA "id-ada"
#define FIRST "AQAAAAAAAAAAAAAAAAAAAA" /* the id of the device 0 */
#define SECOND "AQEAAAAAAAAAAAAAAAAAAA"

static struct arena arena;

static struct wire_any ask_door(struct wire_any ask)
{
	struct link door = house_link(ROLE_DOOR);
	struct wire_any any = house_ask(&door, ask);
	link_close(&door);
	return any;
}

static struct secret csrf_of(const struct browser *browser)
{
	return session_csrf(house_authority(), browser->session, &arena);
}

/* Somebody with the device 0 who is signed in with it; it shows the next code. */
static struct browser signed_in(const char *user, const char *password)
{
	struct browser browser = { 0 };
	(void)HOUSE_IS(ask_code, somebody_at_code(&browser, user, password));
	(void)finish(&browser, step(&browser, user, somebody_code(0, 0)));
	somebody_waits(30);
	return browser;
}

static struct browser ada(void)
{
	somebody_has_device(ADA, 0, 0);
	return signed_in("ada", "lovelace");
}

/* The browser behind GET /login?act=...: its cookie and form are those of the act. */
static struct wire_any go_and_prove(struct browser *browser, struct wire_any prove)
{
	struct msg_login_start start = { .session = browser->session, .act = HOUSE_IS(prove, prove)->act };
	const struct msg_login_started *started =
	    HOUSE_IS(login_started, ask_door(WIRE(login_start, &start)));
	assert_true(started->pending);
	browser->cookie = started->cookie;
	browser->csrf = started->csrf;
	browser->ask = started->id;
	struct link link;
	struct wire_any any = turn(browser, text_str(started->user), NULL, &link);
	link_close(&link);
	return any;
}

static struct wire_any want_rename(const struct browser *browser, const char *name)
{
	const struct msg_factor_rename ask = { browser->session, csrf_of(browser), TEXT_LITERAL(FIRST),
		text_of(name) };
	return ask_door(WIRE(factor_rename, &ask));
}

static struct wire_any want_remove(const struct browser *browser, const char *id)
{
	const struct msg_factor_remove ask = { browser->session, csrf_of(browser), text_of(id) };
	return ask_door(WIRE(factor_remove, &ask));
}

static struct wire_any want_add(const struct browser *browser)
{
	const struct msg_factor_add ask = { browser->session, csrf_of(browser) };
	return ask_door(WIRE(factor_add, &ask));
}

static struct wire_any want_sheet(const struct browser *browser)
{
	const struct msg_recovery_new ask = { browser->session, csrf_of(browser) };
	return ask_door(WIRE(recovery_new, &ask));
}

static struct wire_any want_undo(const struct browser *browser)
{
	char day[16];
	time_t now = (time_t)(clock_now_ms() / 1000);
	struct tm tm;
	assert_non_null(localtime_r(&now, &tm));
	(void)strftime(day, sizeof day, "%Y-%m-%d", &tm);
	const struct msg_undo_since ask = { browser->session, csrf_of(browser), text_of(day) };
	return ask_door(WIRE(undo_since, &ask));
}

static const char *first_name(void)
{
	const struct account *account;
	assert_int_equal(account_load(house_authority(), TEXT_LITERAL(ADA), &arena, &account), OK);
	return account->n_factors > 0 ? text_str(account->factors[0]->name) : "";
}

static void test_a_name(void **state)
{
	(void)state;
	struct browser browser = ada();
	const struct msg_ask_code *ask =
	    HOUSE_IS(ask_code, go_and_prove(&browser, want_rename(&browser, "New")));
	assert_int_equal(ask->act, ACT_FACTOR_RENAME);
	assert_string_equal(text_str(ask->person), "Ada Lovelace");
	assert_string_equal(problem_of(step(&browser, "ada", somebody_wrong(0))), "code_wrong");
	assert_string_equal(first_name(), "Device 0");
	const struct msg_claimed *claimed = finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
	assert_string_equal(text_str(claimed->done), "factor_renamed");
	assert_string_equal(text_str(claimed->next), "/security?done=factor_renamed");
	assert_null(claimed->session.at);
	assert_string_equal(first_name(), "New");
	assert_int_equal(fake_audit_count(AUDIT_FACTOR_RENAMED), 1);
	assert_int_equal(fake_audit_count(AUDIT_SIGNED_IN), 1); /* the sign-in; an act is none */
}

/* The proof stays, for a claim when there is room again; a name needs no mail. */
static void test_what_the_person_could_not_be_told_of(void **state)
{
	(void)state;
	struct browser browser = ada();
	somebody_has_device(ADA, 1, 0);
	(void)go_and_prove(&browser, want_remove(&browser, SECOND));
	struct wire_any any = step(&browser, "ada", somebody_code(0, 0));
	const struct msg_login_done *done = HOUSE_IS(login_done, any);
	(void)HOUSE_IS(done, pass(&done->transaction));
	fake_outbox_pause(true);
	assert_int_equal(HOUSE_IS(refused, claim_as(&browser, &done->transaction))->reason, REFUSAL_MAIL);
	assert_int_equal(somebody_devices(ADA), 2);
	assert_int_equal(fake_audit_count(AUDIT_FACTOR_REMOVED), 0);
	fake_outbox_pause(false);
	(void)HOUSE_IS(claimed, claim_as(&browser, &done->transaction));
	assert_int_equal(somebody_devices(ADA), 1);
	assert_int_equal(fake_outbox_count(MAIL_FACTOR_REMOVED, ADA), 1);
}

static void test_a_session_that_ends_between_proof_and_claim(void **state)
{
	(void)state;
	struct browser browser = ada();
	somebody_has_device(ADA, 1, 0);
	(void)go_and_prove(&browser, want_remove(&browser, SECOND));
	struct wire_any any = step(&browser, "ada", somebody_code(0, 0));
	const struct msg_login_done *done = HOUSE_IS(login_done, any);
	(void)HOUSE_IS(done, pass(&done->transaction));
	assert_int_equal(session_end(house_authority(), browser.session), OK);
	any = claim_as(&browser, &done->transaction);
	assert_true(any.msg != wire_msg_claimed());
	assert_int_equal(somebody_devices(ADA), 2);
	assert_int_equal(fake_audit_count(AUDIT_FACTOR_REMOVED), 0);
}

/* The code that opened the session is used up: the question says so before somebody types it. */
static void test_the_next_code(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	somebody_has_device(ADA, 0, 0);
	(void)somebody_at_code(&browser, "ada", "lovelace");
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
	struct wire_any any = go_and_prove(&browser, want_rename(&browser, "New"));
	assert_in_range(HOUSE_IS(ask_code, any)->wait_s, 15, 21); /* ten seconds of the step had passed */
	assert_string_equal(problem_of(any), "");
	somebody_waits(10);
	assert_in_range(
	    HOUSE_IS(ask_code, go_and_prove(&browser, want_rename(&browser, "New")))->wait_s, 5, 11);
	somebody_has_device(ADA, 1, 0);
	any = go_and_prove(&browser, want_rename(&browser, "New")); /* another device shows one now */
	assert_int_equal(HOUSE_IS(ask_code, any)->wait_s, 0);
}

static void test_another_device(void **state)
{
	(void)state;
	struct browser browser = ada();
	(void)HOUSE_IS(ask_code, go_and_prove(&browser, want_add(&browser)));
	const struct msg_ask_enrol_totp *ask =
	    HOUSE_IS(ask_enrol_totp, step(&browser, "ada", somebody_code(0, 0)));
	assert_int_equal(ask->act, ACT_FACTOR_ADD);
	struct secret bytes;
	assert_int_equal(factor_totp_bytes(ask->secret, &arena, &bytes), OK);
	struct msg_login_answer reply = { .answer = typed(authenticator_code(bytes, authenticator_step())),
		.name = TEXT_LITERAL("Tablet") };
	const struct msg_claimed *claimed = finish(&browser, step_with(&browser, "ada", reply));
	assert_string_equal(text_str(claimed->done), "factor_added");
	assert_int_equal(somebody_devices(ADA), 2);
	assert_int_equal(fake_outbox_count(MAIL_FACTOR_ADDED, ADA), 1);
	(void)HOUSE_IS(home_page, home_of(browser.session));
}

/* Outside of the window a second factor vouches; inside of it the password does, for the first. */
static void test_the_first_device_of_a_session(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	house_conf()->factors.required = false;
	(void)finish(&browser, somebody_at_code(&browser, "ada", "lovelace"));
	struct secret before = browser.session;
	const struct msg_ask_password *password =
	    HOUSE_IS(ask_password, go_and_prove(&browser, want_add(&browser)));
	assert_int_equal(password->act, ACT_FACTOR_ADD);
	house_conf()->factors.roll_out = "";
	assert_denied(step(&browser, "ada", "lovelace"), "enrolment_closed");
	house_conf()->factors.roll_out = "2999-12-31";
	(void)go_and_prove(&browser, want_add(&browser));
	assert_denied(step(&browser, "max", "planck"), "sign_in_failed"); /* an act has its person */
	(void)go_and_prove(&browser, want_add(&browser));
	const struct msg_ask_enrol_totp *ask = HOUSE_IS(ask_enrol_totp, step(&browser, "ada", "lovelace"));
	struct secret bytes;
	assert_int_equal(factor_totp_bytes(ask->secret, &arena, &bytes), OK);
	(void)HOUSE_IS(
	    ask_recovery_sheet, step(&browser, "ada", authenticator_code(bytes, authenticator_step())));
	const struct msg_claimed *claimed = finish(&browser, step(&browser, "ada", ""));
	assert_non_null(claimed->session.at); /* the level rose: a new token */
	assert_int_equal(
	    HOUSE_IS(home_page, home_of(browser.session))->frame->level, SESSION_LEVEL_TWO_FACTORS);
	assert_int_equal(HOUSE_IS(home_page, home_of(before))->frame->level, SESSION_LEVEL_PASSWORD);
	somebody_waits(11);
	assert_refused(home_of(before), REFUSAL_SIGN_IN);
}

static void test_a_device_goes(void **state)
{
	(void)state;
	struct browser browser = ada();
	somebody_has_device(ADA, 1, 0);
	somebody_has_sheet(ADA, 3);
	(void)go_and_prove(&browser, want_remove(&browser, SECOND));
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
	assert_int_equal(somebody_devices(ADA), 1);
	assert_int_equal(somebody_codes_left(ADA), 3);
	assert_int_equal(fake_outbox_count(MAIL_FACTOR_REMOVED, ADA), 1);
	(void)go_and_prove(&browser, want_remove(&browser, FIRST));
	(void)finish(&browser, step(&browser, "ada", somebody_sheet(0)));
	assert_int_equal(somebody_devices(ADA), 0);
	assert_int_equal(somebody_codes_left(ADA), 0); /* they stand beside a device */
}

static void test_a_sheet(void **state)
{
	(void)state;
	struct browser browser = ada();
	somebody_has_sheet(ADA, 3);
	(void)go_and_prove(&browser, want_sheet(&browser));
	(void)HOUSE_IS(ask_recovery_sheet, step(&browser, "ada", somebody_code(0, 0)));
	assert_int_equal(somebody_codes_left(ADA), 3); /* until the new ones are kept */
	assert_string_equal(text_str(finish(&browser, step(&browser, "ada", ""))->done), "recovery_made");
	assert_int_equal(somebody_codes_left(ADA), ACCOUNT_RECOVERY_CODES);
	assert_int_equal(fake_outbox_count(MAIL_RECOVERY_MADE, ADA), 1);
	(void)HOUSE_IS(ask_code, somebody_at_code(&browser, "ada", "lovelace"));
	assert_string_equal(problem_of(step(&browser, "ada", somebody_sheet(0))), "code_wrong");
}

/* What is to be undone cannot undo: a thief's device of today is no proof against today. */
static void test_undo(void **state)
{
	(void)state;
	struct browser browser = ada(), other = { 0 };
	struct id second = { { 1, 1 } };
	somebody_has_device(ADA, 2, 0);
	(void)HOUSE_IS(ask_code, somebody_at_code(&other, "ada", "lovelace"));
	(void)finish(&other, step(&other, "ada", somebody_code(2, 0)));
	const struct account *account;
	assert_int_equal(account_load(house_authority(), TEXT_LITERAL(ADA), &arena, &account), OK);
	struct msg_factor_record thief = *account->factors[0];
	thief.id = second;
	thief.name = TEXT_LITERAL("Thief");
	thief.secret = (struct secret){ (unsigned char *)"another secret of 20", 20 };
	thief.added = clock_now_ms();
	assert_int_equal(account_factor_add(house_authority(), TEXT_LITERAL(ADA), &thief), OK);
	(void)HOUSE_IS(ask_code, go_and_prove(&browser, want_undo(&browser)));
	assert_denied(step(&browser, "ada", somebody_code(1, 0)), "undo_other_proof");
	for (uint8_t i = 2; somebody_devices(ADA) < ACCOUNT_FACTORS_MAX; i++) { /* as many as there can be */
		thief.id = (struct id){ { 99, i } };
		assert_int_equal(account_factor_add(house_authority(), TEXT_LITERAL(ADA), &thief), OK);
	}
	(void)go_and_prove(&browser, want_undo(&browser));
	assert_string_equal(
	    text_str(finish(&browser, step(&browser, "ada", somebody_code(0, 0)))->done), "undone");
	assert_int_equal(somebody_devices(ADA), 2);
	assert_refused(home_of(other.session), REFUSAL_SIGN_IN);
	(void)HOUSE_IS(home_page, home_of(browser.session));
	assert_int_equal(fake_outbox_count(MAIL_UNDONE, ADA), 1);
}

/* Each act takes a proof, and each proof does one act. */
static void test_a_proof_is_spent_on_its_act(void **state)
{
	(void)state;
	struct browser browser = ada(), second;
	struct wire_any one = want_rename(&browser, "One"), two = want_rename(&browser, "Two");
	second = browser;
	(void)go_and_prove(&browser, one);
	(void)go_and_prove(&second, two);
	const struct msg_login_done *done = HOUSE_IS(login_done, step(&browser, "ada", somebody_code(0, 0)));
	(void)HOUSE_IS(done, pass(&done->transaction));
	assert_refused(claim_as(&second, &done->transaction), REFUSAL_FORBIDDEN);
	assert_string_equal(problem_of(step(&second, "ada", somebody_code(0, 0))), "code_used");
	(void)HOUSE_IS(claimed, claim_as(&browser, &done->transaction));
	assert_refused(claim_as(&browser, &done->transaction), REFUSAL_SIGN_IN);
	assert_string_equal(first_name(), "One");
	struct msg_login_start start = { .session = browser.session, .act = HOUSE_IS(prove, one)->act };
	assert_refused(ask_door(WIRE(login_start, &start)), REFUSAL_FORM); /* it was done */
}

/* Of another browser, of a session that is over, too late. */
static void test_whose_act_it_is(void **state)
{
	(void)state;
	struct browser browser = ada(), other = { 0 };
	somebody_has_device("id-max", 0, 0);
	(void)somebody_at_code(&other, "max", "planck");
	(void)HOUSE_IS(ask_code, step(&other, "max", ""));
	(void)finish(&other, step(&other, "max", somebody_code(0, 0)));
	struct wire_any wanted = want_rename(&browser, "Mine");
	struct msg_login_start start = { .session = other.session, .act = HOUSE_IS(prove, wanted)->act };
	assert_refused(ask_door(WIRE(login_start, &start)), REFUSAL_FORM);
	start.session = (struct secret){ NULL, 0 };
	assert_refused(ask_door(WIRE(login_start, &start)), REFUSAL_FORM);
	(void)go_and_prove(&browser, wanted);
	struct browser without = browser, with_other = browser;
	without.session = (struct secret){ NULL, 0 };
	assert_denied(turn_once(&without, "ada", somebody_code(0, 0)), "form_expired");
	with_other.session = other.session;
	assert_denied(turn_once(&with_other, "ada", somebody_code(0, 0)), "form_expired");
	struct msg_logout logout = { .session = browser.session, .csrf = csrf_of(&browser) };
	(void)HOUSE_IS(done, ask_door(WIRE(logout, &logout)));
	assert_denied(turn_once(&browser, "ada", somebody_code(0, 0)), "form_expired");
	browser = signed_in("ada", "lovelace");
	(void)go_and_prove(&browser, want_rename(&browser, "Mine"));
	somebody_waits(601);
	assert_denied(turn_once(&browser, "ada", somebody_code(0, 0)), "form_expired");
	assert_string_equal(first_name(), "Device 0");
}

/* A proof for an act opens no session, and a sign-in's does no act. */
static void test_a_proof_of_the_other_kind(void **state)
{
	(void)state;
	struct browser browser = ada(), fresh = { 0 };
	(void)go_and_prove(&browser, want_rename(&browser, "New"));
	const struct msg_login_done *act = HOUSE_IS(login_done, step(&browser, "ada", somebody_code(0, 0)));
	(void)HOUSE_IS(done, pass(&act->transaction));
	(void)somebody_at_code(&fresh, "ada", "lovelace");
	assert_refused(claim_as(&fresh, &act->transaction), REFUSAL_FORBIDDEN);
	assert_string_equal(first_name(), "Device 0");
	assert_null(HOUSE_IS(claimed, claim_as(&browser, &act->transaction))->session.at);
	assert_string_equal(first_name(), "New");
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
		TEST(test_a_name), TEST(test_the_next_code), TEST(test_another_device), TEST(test_a_name),
		TEST(test_what_the_person_could_not_be_told_of), TEST(test_another_device),
		TEST(test_a_session_that_ends_between_proof_and_claim), TEST(test_another_device),
		TEST(test_the_first_device_of_a_session), TEST(test_a_device_goes), TEST(test_a_sheet),
		TEST(test_a_proof_is_spent_on_its_act), TEST(test_whose_act_it_is),
		TEST(test_a_proof_of_the_other_kind),
		TEST(test_undo), /* the last: her generation has risen, and here it never falls */
	};
	return cmocka_run_group_tests(tests, house_start, done);
}
