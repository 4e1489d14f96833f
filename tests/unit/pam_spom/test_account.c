/* The account phase: behind a login on its connection, or alone; and what may become of the connection in between. */
#include "unit.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "pam_spom/app.h"
#include "pam_spom/script.h"

static struct fake fake;

static int stop(void **state)
{
	(void)state;
	fake_stop(&fake);
	return 0;
}

/* Accounts are allowed only behind the login of the same connection. */
static void script_same(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	struct wire_any first = fake_receive_any(peer);
	if (first.msg->tag == TAG_login_account) {
		script_verdict(peer, false);
		return;
	}
	script_done(peer, ((const struct msg_login_open *)first.at)->user);
	(void)fake_receive(peer, TAG_login_account);
	script_verdict(peer, true);
}

static void it_goes_on_with_the_login_connection(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_same, NULL);
	struct app app = { .user = "anna" };
	assert_int_equal(app_login(&app), PAM_SUCCESS);
	app_start(&app); /* alone the same authority refuses */
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_PERM_DENIED);
	app_end(&app);
}

static void a_connection_is_used_once(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_same, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_PERM_DENIED);
	app_end(&app);
}

static void script_account(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	const struct msg_login_account *account = fake_receive(peer, TAG_login_account);
	bool good = text_equal_str(account->service, "unit") && text_equal_str(account->user, "anna") &&
		    text_equal_str(account->rhost, "192.0.2.7");
	script_verdict(peer, good);
}

static void alone_it_asks_for_itself(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_account, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_set_item(app.pam, PAM_RHOST, "192.0.2.7"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(app.prompts, 0);
	app_end(&app);
}

static void script_gate_account(struct peer *peer)
{
	fake_welcome(peer, ROLE_GATE);
	(void)fake_receive(peer, TAG_login_account);
	script_verdict(peer, true);
}

static void the_gate_never_asks_alone(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_gate_account, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_AUTHINFO_UNAVAIL);
	app_end(&app);
}

/* As in sshd: authentication in one process, the account phase in its copy. The copy asks by a connection of its own, and leaves the
 * first one alone. */
static void another_process_asks_for_itself(void **state)
{
	(void)state;
	app_service("", "");
	fake_start_apart(&fake, fake_path("a"), script_same, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	pid_t pid = fork();
	if (pid == 0)
		_exit(pam_acct_mgmt(app.pam, 0) == PAM_PERM_DENIED ? 0 : 1);
	int status = 1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_SUCCESS);
	app_end(&app);
}

/* An application that closes descriptors that it does not know, and gives their numbers away. */
static void a_descriptor_that_became_another_is_left_alone(void **state)
{
	(void)state;
	app_service("", "");
	fake_start_apart(&fake, fake_path("a"), script_same, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	int next = open("/dev/null", O_RDONLY);
	(void)close(next); /* the number that the connection gets */
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	int pair[2];
	char byte;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(dup2(pair[0], next), next);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_PERM_DENIED); /* by a new connection */
	app_end(&app);
	assert_int_equal(recv(pair[1], &byte, 1, MSG_DONTWAIT), -1); /* nobody wrote to it */
	(void)close(pair[0]);
	assert_int_equal(write(next, "x", 1), 1); /* or closed it */
	(void)close(next);
	(void)close(pair[1]);
}

/* The authority was restarted between the two. */
static void script_dies_between(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	struct wire_any first = fake_receive_any(peer);
	if (first.msg->tag == TAG_login_account)
		script_verdict(peer, true);
	else
		script_done(peer, ((const struct msg_login_open *)first.at)->user);
}

static void a_dead_connection_is_made_anew(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_dies_between, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	(void)usleep(20000);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_SUCCESS);
	fake_stop(&fake);
	assert_int_equal(pam_acct_mgmt(app.pam, 0), PAM_AUTHINFO_UNAVAIL);
	app_end(&app);
}

/* The second attempt on one handle forgets the first. */
static void script_second_refuses(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	struct wire_any first = fake_receive_any(peer);
	if (first.msg->tag != TAG_login_open || peer->number > 0) {
		script_denied(peer, "sign_in_failed");
		return;
	}
	script_done(peer, ((const struct msg_login_open *)first.at)->user);
	(void)fake_receive(peer, TAG_login_account);
	script_verdict(peer, true);
}

static void a_failed_attempt_forgets_the_one_before(void **state)
{
	(void)state;
	app_service("", "");
	fake_start(&fake, fake_path("a"), script_second_refuses, NULL);
	struct app app = { .user = "anna" };
	app_start(&app);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(app.pam, 0), PAM_AUTH_ERR);
	assert_int_not_equal(pam_acct_mgmt(app.pam, 0), PAM_SUCCESS);
	app_end(&app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(it_goes_on_with_the_login_connection, stop),
		cmocka_unit_test_teardown(a_connection_is_used_once, stop),
		cmocka_unit_test_teardown(alone_it_asks_for_itself, stop),
		cmocka_unit_test_teardown(the_gate_never_asks_alone, stop),
		cmocka_unit_test_teardown(another_process_asks_for_itself, stop),
		cmocka_unit_test_teardown(a_descriptor_that_became_another_is_left_alone, stop),
		cmocka_unit_test_teardown(a_dead_connection_is_made_anew, stop),
		cmocka_unit_test_teardown(a_failed_attempt_forgets_the_one_before, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
