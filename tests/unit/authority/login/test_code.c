/* The question for a code, walked by every way that people and guessers take, against the real sockets and the real check. */
#include "unit.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../fake_outbox.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "somebody.h"

#define ADA "id-ada"
#define COUNTED 0

static struct wire_any ada_at_code(struct browser *browser)
{
	struct wire_any any = somebody_at_code(browser, "ada", "lovelace");
	(void)HOUSE_IS(ask_code, any);
	return any;
}

static enum session_level level_of(const struct browser *browser)
{
	return HOUSE_IS(home_page, home_of(browser->session))->frame->level;
}

static void test_the_right_one(void **state)
{
	(void)state;
	somebody_has_device(ADA, 0, COUNTED);
	struct browser browser = { 0 };
	const struct msg_ask_code *ask = ada_at_code(&browser).at;
	assert_int_equal(ask->devices.n, 1);
	assert_string_equal(text_str(ask->devices.at[0].name), "Device 0");
	assert_string_equal(text_str(ask->person), "Ada Lovelace");
	assert_false(ask->others);
	assert_int_equal(ask->wait_s, 0);
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
	assert_int_equal(level_of(&browser), SESSION_LEVEL_TWO_FACTORS);
	assert_string_equal(text_str(fake_audit_find(AUDIT_SIGNED_IN)->reason), "pwd otp");
}

/* Each leads to the same question again, under another id, and only then to what the right one gives. */
static void test_what_is_refused(void **state)
{
	(void)state;
	somebody_has_device(ADA, 0, COUNTED);
	const char *const ROWS[][2] = {
		{ "wrong", somebody_wrong(0) },
		{ "two steps old", somebody_code(0, -2) },
		{ "two steps early", somebody_code(0, 2) },
		{ "of another device", somebody_code(1, 0) },
		{ "empty", "" },
		{ "letters", "abcdef" },
		{ "the password", "lovelace" },
		{ "a recovery code that is none", "aaaa-bbbb-cccc-dddd" },
	};
	house_conf()->limits.free = 100;
	struct browser browser = { 0 };
	(void)ada_at_code(&browser);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct text before = browser.ask;
		struct wire_any any = step(&browser, "ada", ROWS[i][1]);
		ROW(ROWS[i][0], any.msg == wire_msg_ask_code());
		ROW(ROWS[i][0], strcmp(problem_of(any), "code_wrong") == 0);
		ROW(ROWS[i][0], !text_equal(before, browser.ask));
	}
	assert_int_equal(fake_audit_count(AUDIT_CODE_REFUSED), COUNT(ROWS));
	assert_int_equal(fake_audit_count(AUDIT_SIGNED_IN), 0);
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
}

/* Late, foreign, and to a question that is not pending any more. */
static void test_answers_to_another_question(void **state)
{
	(void)state;
	somebody_has_device(ADA, 0, COUNTED);
	struct browser browser = { 0 }, thief = browser_get(typed(""), NULL);
	(void)ada_at_code(&browser);
	thief.ask = browser.ask;
	assert_denied(turn_once(&thief, "ada", somebody_code(0, 0)), "form_expired");
	struct browser mixed = browser;
	mixed.csrf = thief.csrf;
	assert_denied(turn_once(&mixed, "ada", somebody_code(0, 0)), "form_expired");
	mixed = browser;
	mixed.cookie = thief.cookie;
	assert_denied(turn_once(&mixed, "ada", somebody_code(0, 0)), "form_expired");
	struct browser old = browser;
	(void)step(&browser, "ada", somebody_wrong(0));
	struct wire_any any = turn_once(&old, "ada", somebody_code(0, 0));
	assert_string_equal(problem_of(any), "not_pending");
	(void)HOUSE_IS(ask_code, any);
	somebody_waits(601);
	assert_denied(turn_once(&browser, "ada", somebody_code(0, 0)), "form_expired");
	assert_int_equal(fake_audit_count(AUDIT_SIGNED_IN), 0);
}

static void test_a_code_counts_once(void **state)
{
	(void)state;
	somebody_has_device(ADA, 0, COUNTED);
	struct browser one = { 0 }, other = { 0 };
	struct link link;
	(void)ada_at_code(&one);
	(void)ada_at_code(&other);
	(void)finish(&one, step(&one, "ada", somebody_code(0, 0)));
	struct wire_any any = step(&other, "ada", somebody_code(0, 0));
	assert_string_equal(problem_of(any), "code_used");
	assert_in_range(HOUSE_IS(ask_code, any)->wait_s, 1, 30);
	assert_string_equal(problem_of(step(&other, "ada", somebody_code(0, -1))), "code_used");
	any = pam_begin(&link, "sshd", "ada", "lovelace");
	any = pam_reply(&link, any, somebody_code(0, 0));
	assert_string_equal(problem_of(any), "code_used");
	(void)HOUSE_IS(login_done, pam_reply(&link, any, somebody_code(0, 1)));
	link_close(&link);
	assert_string_equal(problem_of(step(&other, "ada", somebody_code(0, 1))), "code_used");
	assert_int_equal(fake_audit_count(AUDIT_CODE_REPLAYED), 4);
	assert_int_equal(fake_audit_count(AUDIT_CODE_REFUSED), 0);
}

/* A second click is no replay; the same code ten seconds later is. */
static void test_second_clicks(void **state)
{
	(void)state;
	somebody_has_device(ADA, 0, COUNTED);
	struct browser browser = { 0 };
	(void)ada_at_code(&browser);
	struct browser twin = browser, late = browser;
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
	struct secret first = browser.session;
	(void)finish(&twin, turn_once(&twin, "ada", somebody_code(0, 0)));
	assert_refused(home_of(first), REFUSAL_SIGN_IN);
	(void)HOUSE_IS(home_page, home_of(twin.session));
	assert_denied(turn_once(&late, "ada", somebody_wrong(0)), "not_pending");
	somebody_waits(11);
	assert_denied(turn_once(&late, "ada", somebody_code(0, 0)), "form_expired");
	assert_int_equal(fake_audit_count(AUDIT_CODE_REPLAYED), 0);
}

static void test_other_ways(void **state)
{
	(void)state;
	somebody_has_device(ADA, 0, COUNTED);
	somebody_has_sheet(ADA, 2);
	struct browser browser = { 0 };
	assert_true(HOUSE_IS(ask_code, ada_at_code(&browser))->others);
	const struct msg_ask_choose *choose = HOUSE_IS(ask_choose, step(&browser, "ada", "choose"));
	assert_int_equal(choose->options.n, 2);
	assert_string_equal(text_str(choose->options.at[0].name), "totp");
	assert_string_equal(text_str(choose->options.at[1].name), "recovery");
	assert_int_equal(choose->options.at[1].left, 2);
	assert_string_equal(problem_of(step(&browser, "ada", "passkey")), "malformed");
	assert_string_equal(problem_of(step(&browser, "ada", "")), "malformed");
	(void)HOUSE_IS(ask_code, step(&browser, "ada", "totp"));
	(void)HOUSE_IS(ask_recovery, step(&browser, "ada", "recovery"));
	struct wire_any any = step(&browser, "ada", "zzzz-zzzz-zzzz-zzzz");
	assert_string_equal(problem_of(any), "recovery_wrong");
	(void)HOUSE_IS(ask_recovery, any);
	(void)finish(&browser, step(&browser, "ada", "AAAA aaaa-aaaa AAAA"));
	assert_int_equal(level_of(&browser), SESSION_LEVEL_TWO_FACTORS);
	assert_string_equal(text_str(fake_audit_find(AUDIT_SIGNED_IN)->reason), "pwd rec");
	assert_int_equal(fake_outbox_count(MAIL_RECOVERY_USED, ADA), 1);
	(void)ada_at_code(&browser);
	assert_string_equal(problem_of(step(&browser, "ada", somebody_sheet(0))), "code_wrong");
	/* the last one; with it comes a new sheet, that counts once it was kept */
	(void)HOUSE_IS(ask_recovery_sheet, step(&browser, "ada", somebody_sheet(1)));
	assert_int_equal(somebody_codes_left(ADA), 0);
	(void)finish(&browser, step(&browser, "ada", ""));
	assert_int_equal(somebody_codes_left(ADA), ACCOUNT_RECOVERY_CODES);
}

/* At a prompt there is one question, which takes both kinds, three times. */
static void test_a_terminal(void **state)
{
	(void)state;
	struct link link;
	somebody_has_device(ADA, 0, COUNTED);
	somebody_has_sheet(ADA, 1);
	struct wire_any any = pam_begin(&link, "sshd", "ada", "lovelace");
	assert_false(HOUSE_IS(ask_code, any)->others);
	any = pam_reply(&link, any, "choose");
	assert_string_equal(problem_of(any), "code_wrong");
	any = pam_reply(&link, any, "recovery");
	assert_string_equal(problem_of(any), "code_wrong");
	(void)HOUSE_IS(login_done, pam_reply(&link, any, somebody_sheet(0)));
	link_close(&link);
	assert_string_equal(text_str(fake_audit_find(AUDIT_SIGNED_IN)->reason), "pwd rec");
	assert_string_equal(text_str(fake_audit_find(AUDIT_SIGNED_IN)->door), "sshd");
	any = pam_begin(&link, "sudo", "ada", "lovelace");
	for (unsigned i = 0; i < 2; i++) {
		any = pam_reply(&link, any, somebody_wrong(0));
		assert_string_equal(problem_of(any), "code_wrong");
	}
	assert_denied(pam_reply(&link, any, somebody_wrong(0)), "code_wrong");
	link_close(&link);
	any = pam_begin(&link, "sudo", "ada", "lovelace");
	(void)HOUSE_IS(login_done, pam_reply(&link, any, somebody_code(0, 0)));
	link_close(&link);
}

/* Enrolled on the password alone a moment ago: a session of the password, and no shell. */
static void test_one_that_does_not_count_yet(void **state)
{
	(void)state;
	struct link link;
	struct browser browser = { 0 };
	somebody_has_device(ADA, 0, clock_now_ms() + 3600000);
	(void)ada_at_code(&browser);
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
	assert_int_equal(level_of(&browser), SESSION_LEVEL_PASSWORD);
	struct wire_any any = pam_begin(&link, "sshd", "ada", "lovelace");
	any = pam_reply(&link, any, somebody_code(0, 1));
	assert_denied(any, "factor_counts_later");
	assert_non_null(HOUSE_IS(login_denied, any)->name.at); /* from when on */
	link_close(&link);
	house_conf()->factors.required = false;
	somebody_waits(60);
	any = pam_begin(&link, "sshd", "ada", "lovelace");
	(void)HOUSE_IS(login_done, pam_reply(&link, any, somebody_code(0, 0)));
	link_close(&link);
	house_conf()->factors.required = true;
	somebody_waits(3600);
	any = pam_begin(&link, "sshd", "ada", "lovelace");
	(void)HOUSE_IS(login_done, pam_reply(&link, any, somebody_code(0, 0)));
	link_close(&link);
}

/* What cannot be opened is a factor that nobody can give; it is never none. */
static void test_a_broken_factor(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	fake_account_breaks(TEXT_LITERAL(ADA), 1);
	const struct msg_ask_code *ask = HOUSE_IS(ask_code, ada_at_code(&browser));
	assert_int_equal(ask->devices.n, 0);
	assert_string_equal(problem_of(step(&browser, "ada", somebody_code(0, 0))), "code_wrong");
	somebody_has_sheet(ADA, 2);
	(void)finish(&browser, step(&browser, "ada", somebody_sheet(0)));
}

static void test_waits_and_mails(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	somebody_has_device(ADA, 0, COUNTED);
	(void)ada_at_code(&browser);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(fake_outbox_count(MAIL_CODE_WRONG, ADA), i > 2);
		assert_string_equal(problem_of(step(&browser, "ada", somebody_wrong(0))), "code_wrong");
	}
	struct wire_any any = step(&browser, "ada", somebody_code(0, 0));
	assert_string_equal(problem_of(any), "code_wait"); /* the right one as well */
	assert_in_range(HOUSE_IS(ask_code, any)->wait_s, 1, 2);
	(void)ada_at_code(&browser); /* another browser waits with this one */
	assert_string_equal(problem_of(step(&browser, "ada", somebody_code(0, 0))), "code_wait");
	assert_int_equal(fake_outbox_count(MAIL_CODE_WRONG, ADA), 1);
	somebody_waits(3);
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
}

/* Guesses at the device shut nobody out from the codes on paper. */
static void test_paper_has_tries_of_its_own(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	somebody_has_device(ADA, 0, COUNTED);
	somebody_has_sheet(ADA, 2);
	(void)ada_at_code(&browser);
	for (unsigned i = 0; i < 5; i++)
		(void)step(&browser, "ada", somebody_wrong(0));
	assert_string_equal(problem_of(step(&browser, "ada", somebody_wrong(0))), "code_wait");
	(void)finish(&browser, step(&browser, "ada", somebody_sheet(0)));
}

/* The device rests from the last free try of a day on, which is told once, however many guess on. */
static void test_a_device_rests(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	house_conf()->limits.free = 100;
	house_conf()->limits.codes_day = 4;
	somebody_has_device(ADA, 0, COUNTED);
	somebody_has_sheet(ADA, 2);
	(void)ada_at_code(&browser);
	for (unsigned i = 0; i < 4; i++)
		assert_string_equal(problem_of(step(&browser, "ada", somebody_wrong(0))), "code_wrong");
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(problem_of(step(&browser, "ada", somebody_code(0, 0))), "code_rests");
	assert_int_equal(fake_audit_count(AUDIT_FACTOR_RESTS), 1);
	assert_int_equal(fake_outbox_count(MAIL_FACTOR_RESTS, ADA), 1);
	(void)finish(&browser, step(&browser, "ada", somebody_sheet(0)));
	(void)ada_at_code(&browser);
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
}

/* So it does when the tries were replays. Another device: the rest of the one above outlasts its test. */
static void test_a_device_rests_behind_replays(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	house_conf()->limits.free = 100;
	house_conf()->limits.codes_day = 4;
	somebody_has_device(ADA, 1, COUNTED);
	(void)ada_at_code(&browser);
	(void)finish(&browser, step(&browser, "ada", somebody_code(1, 0)));
	(void)ada_at_code(&browser);
	for (unsigned i = 0; i < 4; i++)
		assert_string_equal(problem_of(step(&browser, "ada", somebody_code(1, 0))), "code_used");
	assert_string_equal(problem_of(step(&browser, "ada", somebody_code(1, 1))), "code_rests");
	assert_int_equal(fake_audit_count(AUDIT_FACTOR_RESTS), 1);
	assert_int_equal(fake_outbox_count(MAIL_FACTOR_RESTS, ADA), 1);
}

/* What cannot be recorded is not checked, neither right nor wrong; and what is not known is no yes. */
static void test_neighbours_that_fail(void **state)
{
	(void)state;
	struct browser browser = { 0 };
	somebody_has_device(ADA, 0, COUNTED);
	(void)ada_at_code(&browser);
	fake_audit_fails(ERR_BUSY);
	assert_refused(turn_once(&browser, "ada", somebody_code(0, 0)), REFUSAL_AUDIT);
	assert_refused(turn_once(&browser, "ada", somebody_wrong(0)), REFUSAL_AUDIT);
	fake_audit_fails(OK);
	fake_outbox_pause(true); /* nor what the person could not be told of */
	assert_refused(turn_once(&browser, "ada", somebody_code(0, 0)), REFUSAL_MAIL);
	assert_refused(turn_once(&browser, "ada", somebody_wrong(0)), REFUSAL_MAIL);
	fake_outbox_pause(false);
	fake_account_fails(ERR_TIMEOUT);
	assert_refused(turn_once(&browser, "ada", somebody_code(0, 0)), REFUSAL_DIRECTORY);
	fake_account_fails(OK);
	(void)finish(&browser, step(&browser, "ada", somebody_code(0, 0)));
}

#define THREADS 10
#define GUESSES 20

static pthread_barrier_t barrier;
static struct browser guessers[THREADS];
static const char *guess;

/* One connection's worth: opens the turn and answers whatever is pending; what came of it lies on the arena. */
static struct wire_any guess_once(struct browser *browser, struct arena *arena)
{
	struct link link;
	struct wire_any any = { 0 };
	int64_t end_ms = clock_steady_ms() + 20000;
	struct msg_login_intro intro = {
		.cookie = browser->cookie, .csrf = browser->csrf, .ask = browser->ask
	};
	struct msg_login_open open = {
		.service = TEXT_LITERAL("spom"), .user = TEXT_LITERAL("ada"), .intro = &intro
	};
	if (link_open(&link, house_path(ROLE_GATE), end_ms) != OK)
		return any;
	if (link_ask(&link, WIRE(login_open, &open), 1, arena, end_ms, &any) == OK && wire_is_ask(any.msg)) {
		struct msg_login_answer answer = { .id = *(const struct text *)any.at,
			.answer = typed(guess) };
		if (link_ask(&link, WIRE(login_answer, &answer), 1, arena, end_ms, &any) != OK)
			any.msg = NULL;
	}
	link_close(&link);
	return any;
}

static void *guess_on(void *context)
{
	struct browser *browser = context;
	struct arena arena = { 0 };
	uintptr_t answered = 0;
	(void)pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < GUESSES; i++) {
		struct wire_any any = guess_once(browser, &arena);
		if (any.msg == wire_msg_ask_code()) {
			answered++;
			browser->ask = *(const struct text *)any.at;
		}
	}
	/* ids of asks lie on the arena until here */
	arena_done(&arena);
	return (void *)answered;
}

/* 200 guesses at once, by as many browsers as there are threads: no more are looked at than the budget has. */
static void test_guesses_at_once(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	uintptr_t answered = 0;
	somebody_has_device(ADA, 0, COUNTED);
	guess = somebody_wrong(0);
	for (unsigned i = 0; i < THREADS; i++)
		(void)ada_at_code(&guessers[i]);
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, guess_on, &guessers[i]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		void *result;
		(void)pthread_join(threads[i], &result);
		answered += (uintptr_t)result;
	}
	(void)pthread_barrier_destroy(&barrier);
	assert_int_equal(answered, THREADS * GUESSES);
	assert_in_range(fake_audit_count(AUDIT_CODE_REFUSED), 5, 7); /* waits of 2 and 4 s may have passed */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, somebody_fresh)
	const struct CMUnitTest tests[] = {
		TEST(test_the_right_one),
		TEST(test_what_is_refused),
		TEST(test_answers_to_another_question),
		TEST(test_a_code_counts_once),
		TEST(test_second_clicks),
		TEST(test_other_ways),
		TEST(test_a_terminal),
		TEST(test_one_that_does_not_count_yet),
		TEST(test_a_broken_factor),
		TEST(test_waits_and_mails),
		TEST(test_paper_has_tries_of_its_own),
		TEST(test_a_device_rests),
		TEST(test_a_device_rests_behind_replays),
		TEST(test_neighbours_that_fail),
		TEST(test_guesses_at_once),
	};
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
