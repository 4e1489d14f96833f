/* The module in the hands of libpam: a login on a terminal, from the first prompt to the account phase. */
#include "unit.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "pam_spom/app.h"
#include "pam_spom/script.h"
#include "text/words.h"

static struct fake fake;

static int stop(void **state)
{
	(void)state;
	fake_stop(&fake);
	return 0;
}

static void start(fake_script *script, const void *arg)
{
	app_service("", "");
	fake_start(&fake, fake_path("a"), script, arg);
}

static void thousand_logins_leave_nothing(void **state)
{
	(void)state;
	start(script_good, NULL);
	struct app first = { .user = "anna", .password = SCRIPT_PASSWORD };
	assert_int_equal(app_login(&first), PAM_SUCCESS);
	unsigned before = app_descriptors();
	for (unsigned i = 0; i < 1000; i++) {
		struct app app = { .user = "anna", .password = i % 4 == 3 ? "wrong" : SCRIPT_PASSWORD };
		int result = app_login(&app);
		assert_int_equal(result, i % 4 == 3 ? PAM_AUTH_ERR : PAM_SUCCESS);
		assert_int_equal(app.prompts, 1);
	}
	assert_int_equal(app_descriptors(), before);
}

static void the_prompt_and_the_denial_are_words(void **state)
{
	(void)state;
	start(script_good, NULL);
	struct app app = { .user = "anna", .password = "wrong" };
	assert_int_equal(app_login(&app), PAM_AUTH_ERR);
	assert_string_equal(app.prompt, "Password: ");
	assert_int_equal(app.errors, 1);
	assert_string_equal(app.error, words_find("sign_in_failed"));
}

static void silence_is_kept(void **state)
{
	(void)state;
	start(script_good, NULL);
	struct app app = { .user = "anna", .password = "wrong" };
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, (int)PAM_SILENT), PAM_AUTH_ERR);
	app_end(&app);
	assert_int_equal(app.errors + app.infos, 0);
	assert_int_equal(app.prompts, 1);
}

/* What login_open says of the application. */
static void script_open(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	bool good = text_equal_str(open->service, "sshd-of-campus") && text_equal_str(open->user, "anna") &&
		    text_equal_str(open->rhost, "192.0.2.7") && text_equal_str(open->tty, "ssh") &&
		    open->mode == PAM_MODE_MFA && open->intro == NULL;
	if (!good)
		fake_leave(peer);
	script_done(peer, open->user);
}

static void the_application_is_described(void **state)
{
	(void)state;
	app_service("service=sshd-of-campus mode=mfa", "");
	fake_start(&fake, fake_path("a"), script_open, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_set_item(app.pam, PAM_RHOST, "192.0.2.7"), PAM_SUCCESS);
	assert_int_equal(pam_set_item(app.pam, PAM_TTY, "ssh"), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	app_end(&app);
}

static void script_notice(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	const struct msg_ask_notice *notice = peer->arg;
	fake_send(peer, WIRE(ask_notice, notice));
	const struct msg_login_answer *answer = fake_receive(peer, TAG_login_answer);
	if (answer->answer.len != 0 || !text_equal(answer->id, notice->id))
		fake_leave(peer);
	script_done(peer, open->user);
}

static void notices_are_sentences(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct msg_ask_notice notice;
		const char *id;    /* of the sentence */
		const char *value; /* that must stand in it */
	} ROWS[] = {
		{ "days", { .id = { "n", 1 }, .text = { "password_expires", 16 }, .count = 6 },
		    "password_expires", " 6 " },
		{ "one day", { .id = { "n", 1 }, .text = { "password_expires", 16 }, .count = 1 },
		    "password_expires.one", "" },
		{ "a name",
		    { .id = { "n", 1 }, .text = { "other_session", 13 }, .name = { "Bärbel {count}", 15 } },
		    NULL, "Bärbel {count}" },
		{ "unknown", { .id = { "n", 1 }, .text = { "no_such_text", 12 } }, "sign_in_failed", "" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		start(script_notice, &ROWS[i].notice);
		struct app app = { .user = "anna" };
		ROW(ROWS[i].name, app_authenticate(&app) == PAM_SUCCESS);
		ROW(ROWS[i].name, app.infos == 1 && app.prompts == 0);
		ROW(ROWS[i].name, strstr(app.info, ROWS[i].value) != NULL);
		ROW(ROWS[i].name, strstr(app.info, "{name}") == NULL);
		if (ROWS[i].id != NULL && ROWS[i].value[0] == '\0')
			ROW(ROWS[i].name, strcmp(app.info, words_find(ROWS[i].id)) == 0);
		fake_stop(&fake);
	}
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal_number)
{
	(void)signal_number;
	alarms++;
}

static void script_slow(struct peer *peer)
{
	(void)usleep(3000);
	script_good(peer);
}

static void interrupted_calls_go_on(void **state)
{
	(void)state;
	start(script_slow, NULL);
	const struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */
	const struct itimerval storm = { { 0, 300 }, { 0, 300 } }, calm = { { 0, 0 }, { 0, 0 } };
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &storm, NULL), 0);
	unsigned good = 0;
	for (unsigned i = 0; i < 100; i++) {
		struct app app = { .user = "anna", .password = SCRIPT_PASSWORD };
		good += app_login(&app) == PAM_SUCCESS;
	}
	assert_int_equal(setitimer(ITIMER_REAL, &calm, NULL), 0);
	assert_int_equal(good, 100);
	assert_true(alarms > 100);
}

static void nobody_there_is_said_at_once(void **state)
{
	(void)state;
	app_service("", "");
	(void)unlink(fake_path("a"));
	struct app app = { .user = "anna", .password = SCRIPT_PASSWORD };
	struct timeval before, after;
	(void)gettimeofday(&before, NULL);
	assert_int_equal(app_login(&app), PAM_AUTHINFO_UNAVAIL);
	(void)gettimeofday(&after, NULL);
	assert_true((after.tv_sec - before.tv_sec) * 1000 + (after.tv_usec - before.tv_usec) / 1000 < 500);
	assert_int_equal(app.prompts, 0);
	assert_string_equal(app.error, words_find("authority_unreachable"));
}

static void wrong_arguments_let_nobody_in(void **state)
{
	(void)state;
	static const char *const ROWS[] = { "debug", "mode=", "mode=off", "mode=FULL",
		"socket=", "socket=relative", "service=", "set_authtok", "use_first_pass", "socket" };
	fake_start(&fake, fake_path("a"), script_good, NULL);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		app_service(ROWS[i], "");
		struct app app = { .user = "anna", .password = SCRIPT_PASSWORD };
		app_start(&app);
		ROW(ROWS[i], pam_authenticate(app.pam, 0) == PAM_AUTH_ERR);
		ROW(ROWS[i], pam_acct_mgmt(app.pam, 0) == PAM_PERM_DENIED);
		ROW(ROWS[i], app.prompts == 0);
		app_end(&app);
	}
	app_service("mode=full", "");
	struct app app = { .user = "anna", .password = SCRIPT_PASSWORD };
	assert_int_equal(app_login(&app), PAM_SUCCESS);
}

static void the_other_functions_decide_nothing(void **state)
{
	(void)state;
	app_service("no-such-argument", "");
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_setcred(app.pam, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(pam_chauthtok(app.pam, 0), PAM_PERM_DENIED);
	app_end(&app);
	app_service("", "");
	app_start(&app);
	assert_int_equal(pam_chauthtok(app.pam, 0), PAM_PERM_DENIED);
	assert_string_equal(app.error, words_find("password_in_portal"));
	app_end(&app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(thousand_logins_leave_nothing, stop),
		cmocka_unit_test_teardown(the_prompt_and_the_denial_are_words, stop),
		cmocka_unit_test_teardown(silence_is_kept, stop),
		cmocka_unit_test_teardown(the_application_is_described, stop),
		cmocka_unit_test_teardown(notices_are_sentences, stop),
		cmocka_unit_test_teardown(interrupted_calls_go_on, stop),
		cmocka_unit_test_teardown(nobody_there_is_said_at_once, stop),
		cmocka_unit_test_teardown(wrong_arguments_let_nobody_in, stop),
		cmocka_unit_test_teardown(the_other_functions_decide_nothing, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
