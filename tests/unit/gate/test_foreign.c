/* Modules of somebody else's behind ours: they run once, after the authority's yes, and whatever they do costs one login. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "gate/house.h"

static struct house house;

static int stop(void **state)
{
	(void)state;
	house_stop(&house);
	return 0;
}

static const char *foreign(const char *what)
{
	static char line[400];
	(void)snprintf(line, sizeof line, "%s %s", house_foreign(), what);
	return line;
}

static const struct {
	const char *what;
	bool in_account;
	const char *answer;
	unsigned passed;
} ROWS[] = {
	{ "allow", false, "turn_passed", 1 },
	{ "allow", true, "turn_passed", 1 },
	{ "say", false, "turn_passed", 1 },
	{ "deny", false, "login_denied", 0 },
	{ "deny", true, "login_denied", 0 },
	{ "prompt", false, "login_denied", 0 },
	{ "prompt", true, "login_denied", 0 },
	{ "rename", false, "login_denied", 0 },
	{ "rename", true, "login_denied", 0 },
	{ "delay", false, "login_denied", 0 },
	{ "exit", false, "closed", 0 },
	{ "exit", true, "closed", 0 },
	{ "crash", false, "closed", 0 },
	{ "crash", true, "closed", 0 },
};

static void whatever_they_do_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const char *line = foreign(ROWS[i].what);
		house_start(&house, ROWS[i].in_account ? NULL : line, ROWS[i].in_account ? line : NULL);
		pid_t before[4] = { 0 }, after[4] = { 0 };
		(void)house_children(&house, before, COUNT(before));
		int64_t began_ms = clock_steady_ms();
		const char *answer = house_turn_name("ask-1", HOUSE_PASSWORD);
		if (strcmp(answer, ROWS[i].answer) != 0)
			fail_msg("%s: %s", ROWS[i].what, answer);
		ROW(ROWS[i].what, house.plan->passed == ROWS[i].passed);
		ROW(ROWS[i].what, clock_steady_ms() - began_ms < 1500);
		/* the next login is served as well as the first */
		ROW(ROWS[i].what, strcmp(house_turn_name(NULL, NULL), "ask_password") == 0);
		/* and no child had a foreign module in it */
		ROW(ROWS[i].what, house_children(&house, after, COUNT(after)) == 2);
		ROW(ROWS[i].what, memcmp(before, after, sizeof before) == 0);
		house_stop(&house);
	}
}

static void the_person_learns_that_the_account_is_refused(void **state)
{
	(void)state;
	house_start(&house, foreign("deny"), NULL);
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	assert_true(house_turn("ask-1", HOUSE_PASSWORD, &arena, &answer));
	assert_string_equal(answer.msg->name, "login_denied");
	assert_string_equal(text_str(((const struct msg_login_denied *)answer.at)->text), "account_refused");
}

static off_t size_of(const char *path)
{
	struct stat there;
	return stat(path, &there) == 0 ? there.st_size : 0;
}

static void they_run_once_and_only_after_the_yes(void **state)
{
	(void)state;
	char line[300], mark[120];
	(void)snprintf(mark, sizeof mark, "%s", fake_path("mark"));
	(void)snprintf(line, sizeof line, "allow %s", mark);
	house_start(&house, foreign(line), NULL);
	house.plan->has_notice = true;
	(void)house_turn_name(NULL, NULL);
	(void)house_turn_name("ask-1", "wrong");
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "ask_notice");
	assert_int_equal(size_of(mark), 0);
	assert_string_equal(house_turn_name("ask-2", ""), "turn_passed");
	assert_int_equal(size_of(mark), strlen("ran\n"));
	(void)unlink(mark);
}

static void one_that_hangs_costs_its_login(void **state)
{
	(void)state;
	house_prepare(&house);
	house.plan->turn_timeout_ms = 3000;
	char text[2000];
	(void)snprintf(text, sizeof text, "auth %s\nauth required %s hang\naccount %s\n", house_module(),
	    house_foreign(), house_module());
	house_service(text);
	house_gate(&house, NULL);
	assert_true(house_wait_ready(&house));
	int64_t began_ms = clock_steady_ms();
	pid_t other = fork();
	if (other == 0) {
		(void)house_turn_name("ask-1", HOUSE_PASSWORD);
		_exit(0);
	}
	/* meanwhile others are served */
	house_sleep_ms(100);
	assert_string_equal(house_turn_name(NULL, NULL), "ask_password");
	assert_true(clock_steady_ms() - began_ms < 2900);
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "closed");
	assert_true(clock_steady_ms() - began_ms < 8000);
	assert_string_equal(house_turn_name(NULL, NULL), "ask_password");
	assert_int_equal(house.plan->passed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(whatever_they_do_has_its_answer, stop),
		cmocka_unit_test_teardown(the_person_learns_that_the_account_is_refused, stop),
		cmocka_unit_test_teardown(they_run_once_and_only_after_the_yes, stop),
		cmocka_unit_test_teardown(one_that_hangs_costs_its_login, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
