/* The module behind the gate's socket: whole messages by PAM_BINARY_PROMPT, and an application that may have no answer yet. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pam_spom/app.h"
#include "pam_spom/script.h"
#include "wire/prompt.h"

static struct fake fake;

/* How the application behaves, and what it was told. */
static struct {
	bool no_intro, again, other_id, nothing, garbage, wrong_message, text;
	const char *password;
	char told[400]; /* names of messages, each with a blank behind */
	struct id transaction;
	uint64_t trace;
} plan;

static int stop(void **state)
{
	(void)state;
	fake_stop(&fake);
	memset(&plan, 0, sizeof plan);
	return 0;
}

static int give(struct wire_any any, char **answer_r)
{
	uint8_t *prompt = NULL;
	if (prompt_make(any, 0x77, &prompt) != OK)
		return PAM_CONV_ERR;
	*answer_r = (char *)prompt;
	return PAM_SUCCESS;
}

static int give_intro(char **answer_r)
{
	const struct msg_login_intro intro = { .cookie = { (unsigned char *)"cookie", 6 } };
	return plan.no_intro ? PAM_CONV_ERR : give(WIRE(login_intro, &intro), answer_r);
}

static int give_answer(const struct text *id, char **answer_r)
{
	const struct msg_login_answer answer = { plan.other_id ? TEXT_LITERAL("other") : *id,
		{ (unsigned char *)plan.password, strlen(plan.password) } };
	const struct msg_login_denied wrong = { .text = TEXT_LITERAL("x") };
	if (plan.again)
		return PAM_CONV_AGAIN;
	if (plan.nothing)
		return PAM_SUCCESS;
	if (plan.wrong_message)
		return give(WIRE(login_denied, &wrong), answer_r);
	int result = give(WIRE(login_answer, &answer), answer_r);
	if (plan.garbage)
		memset(*answer_r + PROMPT_HEAD, 0xa5, FRAME_HEAD);
	return result;
}

static int answer(struct app *app, int style, const char *text, char **answer_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any any;
	(void)app;
	plan.text |= style != PAM_BINARY_PROMPT;
	if (style != PAM_BINARY_PROMPT || prompt_read((const uint8_t *)text, &arena, &plan.trace, &any) != OK)
		return PAM_CONV_ERR;
	size_t len = strlen(plan.told);
	(void)snprintf(plan.told + len, sizeof plan.told - len, "%s ", any.msg->name);
	if (any.msg->tag == TAG_login_intro_wanted)
		return give_intro(answer_r);
	if (any.msg->tag == TAG_login_done)
		plan.transaction = ((const struct msg_login_done *)any.at)->transaction;
	return wire_is_ask(any.msg) ? give_answer(any.at, answer_r) : PAM_SUCCESS;
}

static void script_intro(struct peer *peer)
{
	fake_welcome(peer, ROLE_GATE);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	struct secret cookie = { (unsigned char *)"cookie", 6 };
	if (open->intro == NULL || !secret_equal(open->intro->cookie, cookie) || peer->frame.trace != 0x77)
		fake_leave(peer);
	script_ask_password(peer);
	(void)fake_receive(peer, TAG_login_answer);
	script_done(peer, TEXT_LITERAL("Anna.Ä"));
	const struct msg_login_account *account = fake_receive(peer, TAG_login_account);
	script_verdict(peer, text_equal_str(account->user, "Anna.Ä"));
}

static struct app begin(fake_script *script)
{
	app_service("", "");
	fake_start(&fake, fake_path("a"), script, NULL);
	if (plan.password == NULL)
		plan.password = SCRIPT_PASSWORD;
	return (struct app){ .user = "anna@example.edu", .answer = answer };
}

static void the_whole_way(void **state)
{
	(void)state;
	struct app app = begin(script_intro);
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	const void *user = NULL;
	assert_int_equal(pam_get_item(app.pam, PAM_USER, &user), PAM_SUCCESS);
	assert_string_equal(user, "Anna.Ä");
	assert_memory_equal(plan.transaction.bytes, SCRIPT_TRANSACTION.bytes, WIRE_ID_SIZE);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_SUCCESS);
	app_end(&app);
	assert_string_equal(plan.told, "login_intro_wanted ask_password login_done ");
	assert_int_equal(plan.trace, 0x77);
	assert_false(plan.text);
}

static void script_replaced(struct peer *peer)
{
	if (peer->number > 0)
		script_good_gate(peer);
	else
		fake_welcome(peer, ROLE_GATE);
}

/* An authority that is being replaced ends connections on which nothing was said yet. */
static void its_successor_is_asked(void **state)
{
	(void)state;
	struct app app = begin(script_replaced);
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_SUCCESS);
	app_end(&app);
}

static void script_takes_and_leaves(struct peer *peer)
{
	if (peer->number > 0)
		script_good_gate(peer);
	fake_welcome(peer, ROLE_GATE);
	(void)fake_receive(peer, TAG_login_open);
}

/* It may have counted the try. */
static void what_was_taken_is_not_asked_again(void **state)
{
	(void)state;
	struct app app = begin(script_takes_and_leaves);
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_AUTHINFO_UNAVAIL);
	app_end(&app);
}

static void nobody_named_is_named_by_the_authority(void **state)
{
	(void)state;
	struct app app = begin(script_good_gate);
	app.user = NULL;
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	const void *user = NULL;
	assert_int_equal(pam_get_item(app.pam, PAM_USER, &user), PAM_SUCCESS);
	assert_string_equal(user, "named");
	app_end(&app);
}

static void no_answer_yet_is_incomplete(void **state)
{
	(void)state;
	plan.again = true;
	struct app app = begin(script_intro);
	unsigned before = app_descriptors();
	assert_int_equal(app_authenticate(&app), PAM_INCOMPLETE);
	assert_string_equal(plan.told, "login_intro_wanted ask_password ");
	assert_int_equal(app_descriptors(), before);
}

static void denials_are_handed_over(void **state)
{
	(void)state;
	plan.password = "wrong";
	struct app app = begin(script_good_gate);
	assert_int_equal(app_authenticate(&app), PAM_AUTH_ERR);
	assert_string_equal(plan.told, "login_intro_wanted ask_password login_denied ");
	assert_false(plan.text);
}

static void script_refuses_account(struct peer *peer)
{
	fake_welcome(peer, ROLE_GATE);
	(void)fake_receive(peer, TAG_login_open);
	script_ask_password(peer);
	(void)fake_receive(peer, TAG_login_answer);
	script_done(peer, TEXT_LITERAL("anna"));
	(void)fake_receive(peer, TAG_login_account);
	script_verdict(peer, false);
}

static void a_verdict_is_handed_over(void **state)
{
	(void)state;
	struct app app = begin(script_refuses_account);
	assert_int_equal(app_login(&app), PAM_PERM_DENIED);
	assert_string_equal(plan.told, "login_intro_wanted ask_password login_done login_denied ");
}

static void a_wrong_answer_is_no_answer(void **state)
{
	(void)state;
	bool *const ROWS[] = { &plan.no_intro, &plan.other_id, &plan.nothing, &plan.garbage,
		&plan.wrong_message };
	static const char *const NAMES[] = { "no intro", "other id", "nothing", "garbage", "wrong message" };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		*ROWS[i] = true;
		struct app app = begin(script_good_gate);
		ROW(NAMES[i], app_authenticate(&app) == PAM_AUTH_ERR);
		ROW(NAMES[i], strstr(plan.told, "login_done") == NULL);
		(void)stop(NULL);
	}
}

static int rename_at_done(struct app *app, int style, const char *text, char **answer_r)
{
	int result = answer(app, style, text, answer_r);
	if (strstr(plan.told, "login_done") != NULL)
		(void)pam_set_item(app->pam, PAM_USER, "root");
	return result;
}

static void a_name_changed_at_the_end_is_denied(void **state)
{
	(void)state;
	struct app app = begin(script_good_gate);
	app.answer = rename_at_done;
	assert_int_equal(app_authenticate(&app), PAM_AUTH_ERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_whole_way, stop),
		cmocka_unit_test_teardown(its_successor_is_asked, stop),
		cmocka_unit_test_teardown(what_was_taken_is_not_asked_again, stop),
		cmocka_unit_test_teardown(nobody_named_is_named_by_the_authority, stop),
		cmocka_unit_test_teardown(no_answer_yet_is_incomplete, stop),
		cmocka_unit_test_teardown(denials_are_handed_over, stop),
		cmocka_unit_test_teardown(a_verdict_is_handed_over, stop),
		cmocka_unit_test_teardown(a_wrong_answer_is_no_answer, stop),
		cmocka_unit_test_teardown(a_name_changed_at_the_end_is_denied, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
