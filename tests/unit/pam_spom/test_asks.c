/* What a person on a terminal reads and types for each kind of ask, line by line. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pam_spom/app.h"
#include "pam_spom/script.h"
#include "text/words.h"

#define ANSWERS_MAX 8

static struct fake fake;

/* What is typed, in this order, and everything that was on the screen. */
static struct {
	const char *typed[ANSWERS_MAX];
	unsigned at;
	char screen[2000];
} person;

static int stop(void **state)
{
	(void)state;
	fake_stop(&fake);
	memset(&person, 0, sizeof person);
	return 0;
}

static int type(struct app *app, int style, const char *text, char **answer_r)
{
	static const char *const MARKS[] = {
		[PAM_PROMPT_ECHO_OFF] = "?", [PAM_TEXT_INFO] = "-", [PAM_ERROR_MSG] = "!"
	};
	size_t used = strlen(person.screen);
	(void)app;
	if (style < 0 || (size_t)style >= COUNT(MARKS) || MARKS[style] == NULL)
		return PAM_CONV_ERR;
	(void)snprintf(person.screen + used, sizeof person.screen - used, "%s %s\n", MARKS[style], text);
	if (style != PAM_PROMPT_ECHO_OFF)
		return PAM_SUCCESS;
	const char *typed = person.at < ANSWERS_MAX ? person.typed[person.at++] : NULL;
	*answer_r = typed != NULL ? strdup(typed) : NULL;
	return typed != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

static int log_in(fake_script *script, const void *arg)
{
	app_service("", "");
	fake_start(&fake, fake_path("a"), script, arg);
	struct app app = { .user = "anna", .answer = type };
	return app_authenticate(&app);
}

static void assert_screen(const char *const *lines)
{
	char screen[2000] = "";
	for (; *lines != NULL; lines++) {
		size_t used = strlen(screen);
		(void)snprintf(screen + used, sizeof screen - used, "%s\n", *lines);
	}
	assert_string_equal(person.screen, screen);
}

/* A line of the sentences, with its mark; in one of a few buffers. */
static const char *line(const char *mark, const char *id)
{
	static char lines[4][700];
	static unsigned n;
	char *text = lines[n++ % COUNT(lines)];
	assert_non_null(words_find(id));
	(void)snprintf(text, sizeof lines[0], "%s %s", mark, words_find(id));
	return text;
}

/* --- codes --------------------------------------------------------------------------------------------------------- */

#define CODE "123456"

static const struct msg_login_answer *ask_code(struct peer *peer, const struct msg_ask_code *ask)
{
	fake_send(peer, WIRE(ask_code, ask));
	const struct msg_login_answer *answer = fake_receive(peer, TAG_login_answer);
	if (!text_equal(answer->id, ask->id) || answer->old.at != NULL || answer->name.at != NULL)
		fake_leave(peer);
	return answer;
}

static bool is_code(const struct msg_login_answer *answer)
{
	return secret_equal(answer->answer, (struct secret){ (unsigned char *)CODE, strlen(CODE) });
}

/* As the authority does it: three tries. arg: what is wrong with the wrong ones. */
static void script_code(struct peer *peer)
{
	const struct msg_ask_code *wrong = peer->arg;
	struct msg_ask_code ask = { .id = TEXT_LITERAL("code-0") };
	fake_welcome(peer, ROLE_PAM);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	script_ask_password(peer);
	(void)fake_receive(peer, TAG_login_answer);
	for (unsigned i = 0; !is_code(ask_code(peer, &ask)); i++) {
		const struct msg_login_denied denied = { .text = wrong->problem, .retry_s = wrong->wait_s };
		if (i == 2) {
			fake_send(peer, WIRE(login_denied, &denied));
			return;
		}
		ask = *wrong;
	}
	script_done(peer, open->user);
}

static void a_code_is_one_line(void **state)
{
	(void)state;
	const struct msg_ask_code wrong = { .id = TEXT_LITERAL("code-1"),
		.problem = TEXT_LITERAL("code_wrong") };
	person.typed[0] = SCRIPT_PASSWORD;
	person.typed[1] = CODE;
	assert_int_equal(log_in(script_code, &wrong), PAM_SUCCESS);
	assert_screen((const char *const[]){ "? Password: ", "? Verification code: ", NULL });
}

static void what_is_wrong_stands_before_the_prompt(void **state)
{
	(void)state;
	const struct msg_ask_code wrong = {
		.id = TEXT_LITERAL("code-1"), .problem = TEXT_LITERAL("code_used"), .wait_s = 17
	};
	person.typed[0] = SCRIPT_PASSWORD;
	person.typed[1] = "000000";
	person.typed[2] = CODE;
	assert_int_equal(log_in(script_code, &wrong), PAM_SUCCESS);
	assert_screen((const char *const[]){ "? Password: ", "? Verification code: ",
	    "! That code has been used. Wait for the next one (17 s).", "? Verification code: ", NULL });
}

static void three_tries_are_all(void **state)
{
	(void)state;
	const struct msg_ask_code wrong = { .id = TEXT_LITERAL("code-1"),
		.problem = TEXT_LITERAL("code_wrong") };
	const char *said = line("!", "code_wrong");
	person.typed[0] = SCRIPT_PASSWORD;
	for (unsigned i = 1; i < 6; i++)
		person.typed[i] = "000000";
	assert_int_equal(log_in(script_code, &wrong), PAM_AUTH_ERR);
	assert_screen((const char *const[]){ "? Password: ", "? Verification code: ", said,
	    "? Verification code: ", said, "? Verification code: ", said, NULL });
}

/* --- new passwords ------------------------------------------------------------------------------------------------- */

#define FRESH "a new one for autumn"

static const struct msg_login_answer *ask_new(struct peer *peer, const struct msg_ask_new_password *ask)
{
	fake_send(peer, WIRE(ask_new_password, ask));
	const struct msg_login_answer *answer = fake_receive(peer, TAG_login_answer);
	if (!text_equal(answer->id, ask->id))
		fake_leave(peer);
	return answer;
}

static bool is(struct secret secret, const char *string)
{
	return secret_equal(secret, (struct secret){ (unsigned char *)string, strlen(string) });
}

static void script_new_password(struct peer *peer)
{
	const struct msg_ask_new_password *again = peer->arg;
	struct msg_ask_new_password ask = { .id = TEXT_LITERAL("new-0"),
		.reason = TEXT_LITERAL("password_must_change") };
	fake_welcome(peer, ROLE_PAM);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	script_ask_password(peer);
	(void)fake_receive(peer, TAG_login_answer);
	if (again != NULL) {
		(void)ask_new(peer, &ask);
		ask = *again;
	}
	const struct msg_login_answer *answer = ask_new(peer, &ask);
	if (!is(answer->old, SCRIPT_PASSWORD) || !is(answer->answer, FRESH))
		fake_leave(peer);
	script_done(peer, open->user);
}

static void a_new_password_is_typed_twice(void **state)
{
	(void)state;
	const char *const TYPED[] = { SCRIPT_PASSWORD, SCRIPT_PASSWORD, FRESH, FRESH };
	memcpy(person.typed, TYPED, sizeof TYPED);
	assert_int_equal(log_in(script_new_password, NULL), PAM_SUCCESS);
	assert_screen((const char *const[]){ "? Password: ", line("-", "password_must_change"),
	    "? Password: ", "? New password: ", "? New password: ", NULL });
}

/* The directory's own words come behind ours; the reason was said before. */
static void a_refused_one_is_asked_again(void **state)
{
	(void)state;
	const struct msg_ask_new_password again = {
		.id = TEXT_LITERAL("new-1"),
		.reason = TEXT_LITERAL("password_must_change"),
		.problem = TEXT_LITERAL("password_too_short"),
		.words = TEXT_LITERAL("at least 12"),
	};
	const char *const TYPED[] = { SCRIPT_PASSWORD, SCRIPT_PASSWORD, "short", "short", SCRIPT_PASSWORD,
		FRESH, FRESH };
	memcpy(person.typed, TYPED, sizeof TYPED);
	assert_int_equal(log_in(script_new_password, &again), PAM_SUCCESS);
	assert_screen((const char *const[]){ "? Password: ", line("-", "password_must_change"),
	    "? Password: ", "? New password: ", "? New password: ", line("!", "password_too_short"),
	    "! at least 12", "? Password: ", "? New password: ", "? New password: ", NULL });
}

static void two_different_ones_are_none(void **state)
{
	(void)state;
	const char *const TYPED[] = { SCRIPT_PASSWORD, SCRIPT_PASSWORD, FRESH, "another", FRESH, FRESH };
	memcpy(person.typed, TYPED, sizeof TYPED);
	assert_int_equal(log_in(script_new_password, NULL), PAM_SUCCESS);
	assert_non_null(strstr(person.screen, words_find("not_same")));
	(void)stop(NULL);
	const char *const AGAIN[] = { SCRIPT_PASSWORD, SCRIPT_PASSWORD, FRESH, "another", FRESH, "another" };
	memcpy(person.typed, AGAIN, sizeof AGAIN);
	assert_int_equal(log_in(script_new_password, NULL), PAM_AUTH_ERR);
}

/* --- what no terminal can show ------------------------------------------------------------------------------------ */

static void script_any(struct peer *peer)
{
	const struct wire_any *ask = peer->arg;
	fake_welcome(peer, ROLE_PAM);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	fake_send(peer, *ask);
	(void)fake_receive(peer, TAG_login_answer);
	script_done(peer, open->user);
}

static void an_ask_that_no_terminal_has_is_no_yes(void **state)
{
	(void)state;
	const struct msg_ask_choose choose = { .id = TEXT_LITERAL("x") };
	const struct msg_ask_recovery recovery = { .id = TEXT_LITERAL("x") };
	const struct msg_ask_enrol_totp enrol = { .id = TEXT_LITERAL("x"),
		.secret = { (unsigned char *)"AAAA", 4 },
		.uri = { (unsigned char *)"otpauth:", 8 } };
	const struct msg_ask_recovery_sheet sheet = { .id = TEXT_LITERAL("x") };
	const struct wire_any ROWS[] = { WIRE(ask_choose, &choose), WIRE(ask_recovery, &recovery),
		WIRE(ask_enrol_totp, &enrol), WIRE(ask_recovery_sheet, &sheet) };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		person.typed[0] = "something";
		ROW(ROWS[i].msg->name, log_in(script_any, &ROWS[i]) == PAM_AUTH_ERR);
		ROW(ROWS[i].msg->name, person.screen[0] == '\0');
		(void)stop(NULL);
	}
}

static void script_denied_with_name(struct peer *peer)
{
	const struct msg_login_denied *denied = peer->arg;
	fake_welcome(peer, ROLE_PAM);
	(void)fake_receive(peer, TAG_login_open);
	script_ask_password(peer);
	(void)fake_receive(peer, TAG_login_answer);
	fake_send(peer, WIRE(login_denied, denied));
}

static void who_has_no_factor_is_sent_to_the_portal(void **state)
{
	(void)state;
	const struct msg_login_denied denied = { .text = TEXT_LITERAL("enrol_in_portal"),
		.name = TEXT_LITERAL("https://portal.example.edu") };
	person.typed[0] = SCRIPT_PASSWORD;
	assert_int_equal(log_in(script_denied_with_name, &denied), PAM_AUTH_ERR);
	assert_non_null(strstr(person.screen, "! "));
	assert_non_null(strstr(person.screen, " https://portal.example.edu\n"));
}

/* Nobody is denied for what we cannot write down: it is no verdict. */
static void script_paused(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	(void)fake_receive(peer, TAG_login_open);
	script_ask_password(peer);
	(void)fake_receive(peer, TAG_login_answer);
	script_refused(peer, REFUSAL_AUDIT);
}

static void a_pause_is_no_verdict(void **state)
{
	(void)state;
	person.typed[0] = SCRIPT_PASSWORD;
	assert_int_equal(log_in(script_paused, NULL), PAM_AUTHINFO_UNAVAIL);
	assert_screen((const char *const[]){ "? Password: ", line("!", "audit_paused"), NULL });
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, stop)
	const struct CMUnitTest tests[] = {
		TEST(a_code_is_one_line),
		TEST(what_is_wrong_stands_before_the_prompt),
		TEST(three_tries_are_all),
		TEST(a_new_password_is_typed_twice),
		TEST(a_refused_one_is_asked_again),
		TEST(two_different_ones_are_none),
		TEST(an_ask_that_no_terminal_has_is_no_yes),
		TEST(who_has_no_factor_is_sent_to_the_portal),
		TEST(a_pause_is_no_verdict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
