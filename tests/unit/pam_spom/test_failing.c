/* Never yes without memory: each allocation of the module fails once, in whole conversations on a terminal and with the gate. What comes of it
 * is the yes that the authority gave, or a refusal; of its no never a yes. */
#include "unit.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "failing/failing.h"
#include "pam_spom/app.h"
#include "pam_spom/memory.h"
#include "pam_spom/script.h"
#include "wire/prompt.h"

static struct fake fake;

/* Those of the module, which counts for itself. */
static void (*module_failing_at)(unsigned n);
static unsigned (*module_failing_seen)(void);

static int stop(void **state)
{
	(void)state;
	fake_stop(&fake);
	return 0;
}

/* --- the authority ---------------------------------------------------------------------------------------------------------- */

struct plan {
	const char *name;
	enum role role;
	bool login, account;         /* what it says to each */
	const struct wire_any *asks; /* ended by .msg NULL */
	app_answer *answer;
	int (*go)(struct app *app);
	unsigned least; /* allocations */
};

static void script(struct peer *peer)
{
	const struct plan *plan = peer->arg;
	fake_welcome(peer, plan->role);
	struct wire_any first = fake_receive_any(peer);
	if (first.msg->tag == TAG_login_account) {
		script_verdict(peer, plan->account);
		return;
	}
	for (unsigned i = 0; plan->asks[i].msg != NULL; i++) {
		fake_send(peer, plan->asks[i]);
		(void)fake_receive(peer, TAG_login_answer);
	}
	if (!plan->login) {
		script_denied(peer, "sign_in_failed");
		return;
	}
	script_done(peer, TEXT_LITERAL("Anna"));
	(void)fake_receive(peer, TAG_login_account);
	script_verdict(peer, plan->account);
}

/* --- the application -------------------------------------------------------------------------------------------------------- */

static int type_word(struct app *app, int style, const char *text, char **answer_r)
{
	(void)app, (void)text;
	if (style != PAM_PROMPT_ECHO_OFF)
		return style == PAM_BINARY_PROMPT ? PAM_CONV_ERR : PAM_SUCCESS;
	*answer_r = memory_line();
	return PAM_SUCCESS;
}

static int give_word(struct app *app, int style, const char *text, char **answer_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any any;
	uint64_t trace;
	char word[MEMORY_WORD + 1];
	uint8_t *prompt = NULL;
	(void)app;
	if (style != PAM_BINARY_PROMPT || prompt_read((const uint8_t *)text, &arena, &trace, &any) != OK)
		return PAM_CONV_ERR;
	memory_word(word);
	const struct msg_login_intro intro = { .cookie = { (unsigned char *)"cookie", 6 } };
	struct msg_login_answer answer = { .answer = { (unsigned char *)word, MEMORY_WORD } };
	if (any.msg->tag == TAG_login_intro_wanted)
		(void)!prompt_make(WIRE(login_intro, &intro), 0, &prompt);
	if (wire_is_ask(any.msg)) {
		answer.id = *(const struct text *)any.at;
		(void)!prompt_make(WIRE(login_answer, &answer), 0, &prompt);
	}
	explicit_bzero(word, sizeof word);
	*answer_r = (char *)prompt;
	return PAM_SUCCESS;
}

/* The account phase alone, as behind an SSH key. */
static int account(struct app *app)
{
	app_start(app);
	int result = pam_acct_mgmt(app->pam, 0);
	app_end(app);
	return result;
}

/* Authentication a second time with the same handle, whatever came of it before. */
static int again(struct app *app)
{
	app_start(app);
	(void)pam_authenticate(app->pam, 0);
	(void)pam_acct_mgmt(app->pam, 0);
	int result = pam_authenticate(app->pam, 0);
	app_end(app);
	return result;
}

/* --- the rows --------------------------------------------------------------------------------------------------------------- */

static const struct msg_ask_password PASSWORD = { .id = { "ask-1", 5 } };
static const struct msg_ask_notice NOTICE = { .id = { "ask-2", 5 }, .text = { "other_session", 13 } };
static const struct msg_ask_code CODE = { .id = { "ask-3", 5 }, .problem = { "code_wrong", 10 } };
static const struct msg_ask_new_password NEW = { .id = { "ask-4", 5 }, .reason = { "password_expires", 16 } };

static bool is_refusal(int result)
{
	return result == PAM_AUTH_ERR || result == PAM_AUTHINFO_UNAVAIL || result == PAM_PERM_DENIED;
}

/* How many allocations there are. */
static unsigned run(const struct plan *plan, const char *user)
{
	bool yes = (plan->login || plan->go == account) && (plan->account || plan->go == app_authenticate);
	for (unsigned n = 1;; n++) {
		struct app app = { .user = user, .answer = plan->answer };
		unsigned before = app_descriptors();
		module_failing_at(n);
		int result = plan->go(&app);
		unsigned seen = module_failing_seen();
		module_failing_at(0);
		if (result != PAM_SUCCESS && !is_refusal(result))
			fail_msg("%s, allocation %u: %d", plan->name, n, result);
		if (result == PAM_SUCCESS && !yes)
			fail_msg("%s, allocation %u: a yes", plan->name, n);
		if (app_descriptors() != before)
			fail_msg("%s, allocation %u: a descriptor is left", plan->name, n);
		if (seen < n) {
			ROW(plan->name, (result == PAM_SUCCESS) == yes);
			return seen;
		}
	}
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	const struct wire_any one[] = { WIRE(ask_password, &PASSWORD), { NULL, NULL } };
	const struct wire_any many[] = { WIRE(ask_password, &PASSWORD), WIRE(ask_notice, &NOTICE),
		WIRE(ask_code, &CODE), WIRE(ask_new_password, &NEW), { NULL, NULL } };
	const struct plan plans[] = {
		{ "a terminal", ROLE_PAM, true, true, one, type_word, app_login, 10 },
		{ "a terminal, no", ROLE_PAM, false, true, one, type_word, app_authenticate, 8 },
		{ "a terminal, no account", ROLE_PAM, true, false, one, type_word, app_login, 10 },
		{ "a terminal, many asks", ROLE_PAM, true, true, many, type_word, app_login, 20 },
		{ "a terminal, many asks, no", ROLE_PAM, false, true, many, type_word, app_authenticate, 15 },
		{ "a terminal, again", ROLE_PAM, true, true, one, type_word, again, 20 },
		{ "a terminal, again, no", ROLE_PAM, false, true, one, type_word, again, 15 },
		{ "an account", ROLE_PAM, true, true, one, type_word, account, 4 },
		{ "an account, no", ROLE_PAM, true, false, one, type_word, account, 4 },
		{ "the gate", ROLE_GATE, true, true, many, give_word, app_login, 20 },
		{ "the gate, no", ROLE_GATE, false, true, many, give_word, app_authenticate, 20 },
		{ "the gate, no account", ROLE_GATE, true, false, one, give_word, app_login, 15 },
		{ "the gate, again, no", ROLE_GATE, false, true, one, give_word, again, 20 },
	};
	for (size_t i = 0; i < COUNT(plans); i++) {
		fake_start(&fake, fake_path("a"), script, &plans[i]);
		ROW(plans[i].name, run(&plans[i], "anna") >= plans[i].least);
		ROW(plans[i].name, !memory_holds_word());
		fake_stop(&fake);
	}
}

/* The module lies beside this program. */
static int load(void **state)
{
	static char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	(void)state;
	assert_true(len > 0);
	path[len] = '\0';
	char *name = strrchr(path, '/') + 1;
	(void)snprintf(name, (size_t)(path + sizeof path - name), "pam_spom_failing.so");
	app_module = path;
	app_service("", "");
	void *module = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(module);
	*(void **)&module_failing_at = dlsym(module, "failing_at");
	*(void **)&module_failing_seen = dlsym(module, "failing_seen");
	assert_true(module_failing_at != NULL && module_failing_seen != NULL);
	(void)dlclose(module); /* libpam holds it */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_allocation_fails_once, stop),
	};
	return cmocka_run_group_tests(tests, load, NULL);
}
