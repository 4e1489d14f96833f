/* An authority that hangs costs the module its total deadline and no more. All rows wait at the same time. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "call.h"
#include "pam_spom/app.h"
#include "pam_spom/script.h"

static void hang(struct peer *peer)
{
	(void)peer;
	for (;;)
		(void)pause();
}

static void hang_at_once(struct peer *peer)
{
	hang(peer);
}

static void hang_behind_open(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	(void)fake_receive(peer, TAG_login_open);
	hang(peer);
}

/* Each step takes its time; together they take too long. */
static void dawdle(struct peer *peer)
{
	fake_welcome(peer, ROLE_PAM);
	(void)fake_receive(peer, TAG_login_open);
	for (;;) {
		(void)sleep(3);
		script_ask_password(peer);
		(void)fake_receive(peer, TAG_login_answer);
	}
}

/* One byte now and then. */
static void drip(struct peer *peer)
{
	static const uint8_t LENGTH[] = { 0, 0, 0x80, 0 };
	for (size_t i = 0;; i++) {
		fake_send_bytes(peer, &LENGTH[i % sizeof LENGTH], 1);
		(void)sleep(2);
	}
}

static const struct {
	const char *name;
	fake_script *script;
	int64_t costs_ms;
} ROWS[] = {
	{ "hangs at once", hang_at_once, LINK_WELCOME_MS },
	{ "hangs behind login_open", hang_behind_open, CALL_AUTHORITY_MS },
	{ "dawdles", dawdle, CALL_AUTHORITY_MS },
	{ "drips", drip, LINK_WELCOME_MS },
};

/* In a process of its own: 0 when the login ended as it should. */
static int run_row(size_t i)
{
	struct fake fake;
	char socket[120];
	(void)snprintf(socket, sizeof socket, "%s", fake_path("a"));
	(void)unlink(socket);
	fake_start(&fake, socket, ROWS[i].script, NULL);
	struct app app = { .user = "anna", .password = "any" };
	int64_t began_ms = clock_steady_ms();
	int result = app_authenticate(&app);
	int64_t took_ms = clock_steady_ms() - began_ms;
	fake_stop(&fake);
	return result == PAM_AUTHINFO_UNAVAIL && took_ms > ROWS[i].costs_ms - 1000 &&
		       took_ms < ROWS[i].costs_ms + 2000
		   ? 0
		   : 1;
}

static void a_hanging_authority_has_a_total_deadline(void **state)
{
	(void)state;
	pid_t pids[COUNT(ROWS)];
	app_service("", "");
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(run_row(i));
		(void)usleep(1000000); /* each has connected before the next takes the path */
	}
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		int status = 1;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		ROW(ROWS[i].name, status == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hanging_authority_has_a_total_deadline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
