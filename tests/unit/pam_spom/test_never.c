/* Never yes: whatever becomes of the authority, the frames, the application or the name in between, no row here may end in
 * PAM_SUCCESS, cost a descriptor or hang. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "pam_spom/app.h"
#include "pam_spom/script.h"

static struct fake fake;

static int stop(void **state)
{
	(void)state;
	fake_stop(&fake);
	return 0;
}

/* --- the authority dies, or says nonsense, at each step ------------------------------------------------------------ */

enum step { AT_CONNECT, AT_WELCOME, AT_OPEN, AT_ANSWER, AT_ACCOUNT };

struct row {
	const char *name;
	enum step step;
	void (*act)(struct peer *peer);
};

/* Goes on as it should until the row's step, and does there what the row says. */
static void script_until(struct peer *peer)
{
	const struct row *row = peer->arg;
	if (row->step == AT_CONNECT)
		row->act(peer);
	fake_welcome(peer, ROLE_PAM);
	if (row->step == AT_WELCOME)
		row->act(peer);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	if (row->step == AT_OPEN)
		row->act(peer);
	script_ask_password(peer);
	(void)fake_receive(peer, TAG_login_answer);
	if (row->step == AT_ANSWER)
		row->act(peer);
	script_done(peer, open->user);
	(void)fake_receive(peer, TAG_login_account);
	row->act(peer);
}

static void die(struct peer *peer)
{
	fake_leave(peer);
}

static void send_garbage(struct peer *peer)
{
	uint8_t bytes[4096];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37 + i / 11);
	fake_send_bytes(peer, bytes, sizeof bytes);
	fake_leave(peer);
}

static void send_zeros(struct peer *peer)
{
	static const uint8_t ZEROS[4096];
	fake_send_bytes(peer, ZEROS, sizeof ZEROS);
	fake_leave(peer);
}

static size_t done_frame(struct peer *peer, uint8_t frame[FRAME_MAX])
{
	const struct msg_login_done done = { TEXT_LITERAL("anna"), SCRIPT_TRANSACTION };
	size_t len = 0;
	if (frame_write(WIRE(login_done, &done), peer->frame.request, peer->frame.trace, frame, FRAME_MAX,
		&len) != OK)
		fake_leave(peer);
	return len;
}

static void send_half(struct peer *peer)
{
	uint8_t frame[FRAME_MAX];
	fake_send_bytes(peer, frame, done_frame(peer, frame) - 1);
	fake_leave(peer);
}

static void send_head_only(struct peer *peer)
{
	uint8_t frame[FRAME_MAX];
	(void)done_frame(peer, frame);
	fake_send_bytes(peer, frame, FRAME_HEAD);
	fake_leave(peer);
}

static void send_changed(struct peer *peer, size_t at, uint8_t bits)
{
	uint8_t frame[FRAME_MAX];
	size_t len = done_frame(peer, frame);
	frame[at] ^= bits;
	fake_send_bytes(peer, frame, len);
	fake_leave(peer);
}

static void send_huge_length(struct peer *peer)
{
	send_changed(peer, 0, 0x7f);
}

static void send_other_dialect(struct peer *peer)
{
	send_changed(peer, 4, 1);
}

static void send_other_request(struct peer *peer)
{
	send_changed(peer, 11, 0x40);
}

static void send_unknown_tag(struct peer *peer)
{
	send_changed(peer, 12, 0x40);
}

static void send_welcome_again(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	fake_leave(peer);
}

/* A message that the authority sends, but never as an answer to this. */
static void send_claimed(struct peer *peer)
{
	const struct msg_claimed claimed = { { (unsigned char *)"s", 1 }, { (unsigned char *)"c", 1 },
		{ NULL, 0 } };
	fake_send(peer, WIRE(claimed, &claimed));
}

static void send_plain_done(struct peer *peer)
{
	const struct msg_done done = { .text = TEXT_LITERAL("done") };
	fake_send(peer, WIRE(done, &done));
}

/* A yes that only the gate may give. */
static void send_turn_passed(struct peer *peer)
{
	const struct msg_turn_passed passed = { SCRIPT_TRANSACTION };
	fake_send(peer, WIRE(turn_passed, &passed));
}

static void send_allowed(struct peer *peer)
{
	script_verdict(peer, true);
	fake_leave(peer);
}

static void send_not_allowed(struct peer *peer)
{
	script_verdict(peer, false);
	fake_leave(peer);
}

static void send_done_for(struct peer *peer)
{
	script_done(peer, TEXT_LITERAL("anna"));
}

static void send_done_for_nobody(struct peer *peer)
{
	script_done(peer, TEXT_LITERAL(""));
}

static void send_denied(struct peer *peer)
{
	script_denied(peer, "sign_in_failed");
}

static void ask_for_ever(struct peer *peer)
{
	for (;;) {
		script_ask_password(peer);
		(void)fake_receive(peer, TAG_login_answer);
	}
}

static const struct row ROWS[] = {
	{ "dies before the welcome", AT_CONNECT, die },
	{ "garbage for a welcome", AT_CONNECT, send_garbage },
	{ "zeros for a welcome", AT_CONNECT, send_zeros },
	{ "a yes for a welcome", AT_CONNECT, send_done_for },
	{ "half a welcome", AT_CONNECT, send_half },
	{ "dies behind the welcome", AT_WELCOME, die },
	{ "garbage behind the welcome", AT_WELCOME, send_garbage },
	{ "a yes before the question", AT_WELCOME, send_done_for },
	{ "dies behind login_open", AT_OPEN, die },
	{ "garbage for an ask", AT_OPEN, send_garbage },
	{ "a verdict for an ask", AT_OPEN, send_allowed },
	{ "a welcome for an ask", AT_OPEN, send_welcome_again },
	{ "turn_passed for an ask", AT_OPEN, send_turn_passed },
	{ "denied", AT_OPEN, send_denied },
	{ "asks without end", AT_OPEN, ask_for_ever },
	{ "dies behind the answer", AT_ANSWER, die },
	{ "garbage for the outcome", AT_ANSWER, send_garbage },
	{ "zeros for the outcome", AT_ANSWER, send_zeros },
	{ "half a yes", AT_ANSWER, send_half },
	{ "the head of a yes", AT_ANSWER, send_head_only },
	{ "a yes that is too long", AT_ANSWER, send_huge_length },
	{ "a yes in another dialect", AT_ANSWER, send_other_dialect },
	{ "a yes for another request", AT_ANSWER, send_other_request },
	{ "a yes with another tag", AT_ANSWER, send_unknown_tag },
	{ "a yes for nobody", AT_ANSWER, send_done_for_nobody },
	{ "a verdict for the outcome", AT_ANSWER, send_allowed },
	{ "claimed for the outcome", AT_ANSWER, send_claimed },
	{ "done for the outcome", AT_ANSWER, send_plain_done },
	{ "turn_passed for the outcome", AT_ANSWER, send_turn_passed },
	{ "denied behind the answer", AT_ANSWER, send_denied },
	{ "dies behind login_account", AT_ACCOUNT, die },
	{ "garbage for the verdict", AT_ACCOUNT, send_garbage },
	{ "a yes for the verdict", AT_ACCOUNT, send_done_for },
	{ "done for the verdict", AT_ACCOUNT, send_plain_done },
	{ "not allowed", AT_ACCOUNT, send_not_allowed },
	{ "denied for the verdict", AT_ACCOUNT, send_denied },
};

static void the_authority_fails_at_each_step(void **state)
{
	(void)state;
	app_service("", "");
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		fake_start(&fake, fake_path("a"), script_until, &ROWS[i]);
		unsigned before = app_descriptors();
		struct app app = { .user = "anna", .password = SCRIPT_PASSWORD };
		int64_t began_ms = clock_steady_ms();
		ROW(ROWS[i].name, app_login(&app) != PAM_SUCCESS);
		ROW(ROWS[i].name, clock_steady_ms() - began_ms < 2000);
		ROW(ROWS[i].name, app_descriptors() == before);
		fake_stop(&fake);
	}
}

/* --- the yes, cut at every byte ---------------------------------------------------------------------------------------- */

struct cut {
	size_t at;
};

static void script_cut(struct peer *peer)
{
	const struct cut *cut = *(struct cut *const *)peer->arg;
	uint8_t frame[FRAME_MAX];
	size_t len = 0;
	const struct msg_login_done done = { TEXT_LITERAL("anna"), SCRIPT_TRANSACTION };
	fake_welcome(peer, ROLE_PAM);
	(void)fake_receive(peer, TAG_login_open);
	if (frame_write(WIRE(login_done, &done), peer->frame.request, 0, frame, sizeof frame, &len) != OK)
		fake_leave(peer);
	fake_send_bytes(peer, frame, cut->at < len ? cut->at : len);
	fake_leave(peer);
}

static void no_part_of_a_yes_is_one(void **state)
{
	(void)state;
	static struct cut cut;
	static const struct cut *arg = &cut;
	uint8_t frame[FRAME_MAX];
	size_t len = 0;
	const struct msg_login_done done = { TEXT_LITERAL("anna"), SCRIPT_TRANSACTION };
	assert_int_equal(frame_write(WIRE(login_done, &done), 1, 0, frame, sizeof frame, &len), OK);
	app_service("", "");
	for (cut.at = 0; cut.at < len; cut.at++) {
		fake_start(&fake, fake_path("a"), script_cut, &arg);
		struct app app = { .user = "anna" };
		assert_int_equal(app_authenticate(&app), PAM_AUTHINFO_UNAVAIL);
		fake_stop(&fake);
	}
	cut.at = len; /* whole, it is one: the test can tell */
	fake_start(&fake, fake_path("a"), script_cut, &arg);
	struct app app = { .user = "anna" };
	assert_int_equal(app_authenticate(&app), PAM_SUCCESS);
}

/* --- roles and refusals --------------------------------------------------------------------------------------------- */

static void script_role(struct peer *peer)
{
	fake_welcome(peer, *(const enum role *)peer->arg);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	script_done(peer, open->user);
}

static void a_wrong_role_is_no_authority(void **state)
{
	(void)state;
	app_service("", "");
	for (unsigned i = 0; i < wire_enum_role.count; i++) {
		static enum role role;
		role = (enum role)i;
		fake_start(&fake, fake_path("a"), script_role, &role);
		struct app app = { .user = "anna" };
		int result = app_authenticate(&app);
		if (role == ROLE_PAM)
			ROW(wire_enum_role.texts[i], result == PAM_SUCCESS);
		else if (role == ROLE_GATE) /* asks for the browser, which this application does not know */
			ROW(wire_enum_role.texts[i], result == PAM_AUTH_ERR);
		else
			ROW(wire_enum_role.texts[i], result == PAM_AUTHINFO_UNAVAIL);
		fake_stop(&fake);
	}
}

static void script_refusing(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	(void)fake_receive_any(peer);
	script_refused(peer, *(const enum refusal *)peer->arg);
}

static void refusals_are_no_yes(void **state)
{
	(void)state;
	app_service("", "");
	for (unsigned i = 0; i < wire_enum_refusal.count; i++) {
		static enum refusal reason;
		reason = (enum refusal)i;
		bool is_fault = reason == REFUSAL_INTERNAL || reason == REFUSAL_BUSY ||
				reason == REFUSAL_DIRECTORY || reason == REFUSAL_STORE ||
				reason == REFUSAL_AUDIT || reason == REFUSAL_CLOCK ||
				reason == REFUSAL_MAIL || reason == REFUSAL_RATE || reason == REFUSAL_JUDGE;
		fake_start(&fake, fake_path("a"), script_refusing, &reason);
		struct app app = { .user = "anna" };
		app_start(&app);
		ROW(wire_enum_refusal.texts[i],
		    pam_authenticate(app.pam, 0) == (is_fault ? PAM_AUTHINFO_UNAVAIL : PAM_AUTH_ERR));
		ROW(wire_enum_refusal.texts[i],
		    pam_acct_mgmt(app.pam, 0) == (is_fault ? PAM_AUTHINFO_UNAVAIL : PAM_PERM_DENIED));
		ROW(wire_enum_refusal.texts[i], app.errors == 2);
		app_end(&app);
		fake_stop(&fake);
	}
}

/* --- the application ------------------------------------------------------------------------------------------------ */

static int rename_while_asked(struct app *app, int style, const char *text, char **answer_r)
{
	(void)text;
	if (style != PAM_PROMPT_ECHO_OFF)
		return PAM_SUCCESS;
	*answer_r = strdup(SCRIPT_PASSWORD);
	return pam_set_item(app->pam, PAM_USER, "root");
}

static void a_name_changed_meanwhile_is_denied(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_good, NULL);
	struct app app = { .user = "anna", .answer = rename_while_asked };
	assert_int_equal(app_authenticate(&app), PAM_AUTH_ERR);
}

static void a_name_changed_before_the_account_is_denied(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_good, NULL);
	struct app app = { .user = "anna", .password = SCRIPT_PASSWORD };
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(pam_set_item(app.pam, PAM_USER, "root"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_set_item(app.pam, PAM_USER, "ANNA"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_PERM_DENIED);
	app_end(&app);
}

static void an_application_that_does_not_answer(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct app app;
	} APPS[] = {
		{ "PAM_CONV_ERR", { .conv_result = PAM_CONV_ERR } },
		{ "PAM_CONV_AGAIN", { .conv_result = PAM_CONV_AGAIN } },
		{ "PAM_BUF_ERR", { .conv_result = PAM_BUF_ERR } },
		{ "no responses", { .no_responses = true } },
		{ "an empty response", { .password = NULL } },
	};
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_good, NULL);
	for (size_t i = 0; i < COUNT(APPS); i++) {
		struct app app = APPS[i].app;
		app.user = "anna";
		ROW(APPS[i].name, app_authenticate(&app) == PAM_AUTH_ERR);
	}
}

static void names_that_are_none(void **state)
{
	(void)state;
	static char names[5][300] = { "", "a\nb", "\xff\xfe", "\xc0\xaf", "" };
	memset(names[4], 'a', 257);
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_good, NULL);
	for (size_t i = 1; i < COUNT(names); i++) {
		struct app app = { .user = names[i], .password = SCRIPT_PASSWORD };
		app_start(&app);
		ROW(names[i], pam_authenticate(app.pam, 0) == PAM_AUTH_ERR);
		ROW(names[i], pam_acct_mgmt(app.pam, 0) == PAM_PERM_DENIED);
		app_end(&app);
	}
	struct app app = { .user = names[0] };
	app_start(&app);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_PERM_DENIED);
	app_end(&app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_authority_fails_at_each_step, stop),
		cmocka_unit_test_teardown(no_part_of_a_yes_is_one, stop),
		cmocka_unit_test_teardown(a_wrong_role_is_no_authority, stop),
		cmocka_unit_test_teardown(refusals_are_no_yes, stop),
		cmocka_unit_test_teardown(a_name_changed_meanwhile_is_denied, stop),
		cmocka_unit_test_teardown(a_name_changed_before_the_account_is_denied, stop),
		cmocka_unit_test_teardown(an_application_that_does_not_answer, stop),
		cmocka_unit_test_teardown(names_that_are_none, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
