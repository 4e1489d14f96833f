/* The gate as a program: how it starts, keeps its children, refuses strangers and ends. */
#include "unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"
#include "gate/house.h"

static struct house house;

static int stop(void **state)
{
	(void)state;
	house_stop(&house);
	return 0;
}

static const char *file_text(const char *path)
{
	static char text[1 << 18];
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	for (ssize_t n; fd >= 0 && (n = read(fd, text + len, sizeof text - 1 - len)) > 0;)
		len += (size_t)n;
	text[len] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return text;
}

static const char *proc_text(pid_t pid, const char *name)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	return file_text(path);
}

static unsigned descriptors(pid_t pid)
{
	char path[64];
	unsigned count = 0;
	(void)snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *list = opendir(path);
	while (list != NULL && readdir(list) != NULL)
		count++;
	if (list != NULL)
		(void)closedir(list);
	return count;
}

static void plain(unsigned children)
{
	char text[2000];
	house_prepare(&house);
	house.plan->children = children;
	(void)snprintf(text, sizeof text, "auth %s\naccount %s\n", house_module(), house_module());
	house_service(text);
	house_gate(&house, getenv("SPOM_TEST_LOG"));
	assert_true(house_wait_ready(&house));
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 300; i++) {
		if (kill(pid, 0) != 0 && errno == ESRCH)
			return true;
		house_sleep_ms(10);
	}
	return false;
}

/* Whether the gate ends by itself within five seconds, and how. */
static int end_of_gate(void)
{
	for (int i = 0; i < 500; i++) {
		int status;
		if (waitpid(house.gate, &status, WNOHANG) == house.gate) {
			house.gate = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
		}
		house_sleep_ms(10);
	}
	return -1;
}

static void children_hold_the_modules_of_both_services(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip(); /* the children are not dumpable */
	plain(1);
	pid_t kid;
	assert_string_equal(house_turn_name(NULL, NULL), "ask_password");
	assert_int_equal(house_children(&house, &kid, 1), 1);
	const char *maps = proc_text(kid, "maps");
	assert_non_null(strstr(maps, "/pam_spom.so"));
	assert_non_null(strstr(maps, "/pam_deny.so")); /* of the service other */
}

/* Behind its answer the child closes the connection. */
static unsigned settled(pid_t kid)
{
	unsigned before, now = descriptors(kid);
	do {
		before = now;
		house_sleep_ms(200);
		now = descriptors(kid);
	} while (now != before);
	return now;
}

static void turns_leave_no_descriptor(void **state)
{
	(void)state;
	plain(1);
	pid_t kid;
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
	assert_int_equal(house_children(&house, &kid, 1), 1);
	unsigned before = settled(kid); /* 0 where the child may not be looked at */
	assert_true(before > 0 || getuid() != 0);
	for (unsigned i = 0; i < 100; i++) {
		static const char *const PASSWORDS[] = { HOUSE_PASSWORD, "wrong", NULL };
		(void)house_turn_name(PASSWORDS[i % 3] != NULL ? "ask-1" : NULL, PASSWORDS[i % 3]);
	}
	assert_int_equal(settled(kid), before);
	assert_int_equal(house.plan->passed, 1 + 34);
}

static void a_killed_child_is_replaced(void **state)
{
	(void)state;
	plain(2);
	pid_t kids[4];
	assert_int_equal(house_children(&house, kids, 4), 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(kill(kids[i], SIGKILL), 0);
	assert_true(
	    is_gone(kids[0]) && is_gone(kids[1])); /* one that dies may still take a connection with it */
	int64_t began_ms = clock_steady_ms();
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
	assert_true(clock_steady_ms() - began_ms < 5000);
}

static void the_children_end_with_the_gate(void **state)
{
	(void)state;
	plain(2);
	pid_t kids[4];
	assert_int_equal(house_children(&house, kids, 4), 2);
	assert_int_equal(kill(house.gate, SIGKILL), 0);
	assert_int_equal(end_of_gate(), 1000 + SIGKILL);
	assert_true(is_gone(kids[0]) && is_gone(kids[1])); /* killed with their parent */
	/* and the next gate takes the dead one's socket */
	house_gate(&house, NULL);
	assert_true(house_wait_ready(&house));
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
}

static void term_ends_it_cleanly(void **state)
{
	(void)state;
	plain(2);
	pid_t kids[4];
	assert_int_equal(house_children(&house, kids, 4), 2);
	assert_int_equal(kill(house.gate, SIGTERM), 0);
	assert_int_equal(end_of_gate(), 0);
	assert_true(is_gone(kids[0]) && is_gone(kids[1]));
	assert_int_not_equal(access(fake_path("turn/gate.sock"), F_OK), 0);
}

static void it_waits_for_the_authority(void **state)
{
	(void)state;
	house_prepare(&house);
	house.plan->is_away = true;
	char text[2000];
	(void)snprintf(text, sizeof text, "auth %s\naccount %s\n", house_module(), house_module());
	house_service(text);
	house_gate(&house, NULL);
	house_sleep_ms(500);
	assert_int_not_equal(access(fake_path("turn/gate.sock"), F_OK), 0);
	house.plan->is_away = false;
	assert_true(house_wait_ready(&house));
}

static void a_wrong_stack_is_refused_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *name, *format, *place;
	} ROWS[] = {
		{ "ours second", "# comment\nauth required pam_permit.so\nauth %s\naccount %s\n", "house:2" },
		{ "not ours", "auth required pam_permit.so\naccount required pam_permit.so\n", "house:1" },
		{ "account second", "auth %s\naccount required pam_permit.so\naccount %s\n", "house:2" },
		{ "no account", "auth %s\n", "house" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		char text[2000], log[120];
		(void)snprintf(log, sizeof log, "%s", fake_path("log"));
		house_prepare(&house);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(text, sizeof text, ROWS[i].format, house_module(), house_module());
#pragma GCC diagnostic pop
		house_service(text);
		house_gate(&house, log);
		ROW(ROWS[i].name, end_of_gate() == 1);
		ROW(ROWS[i].name, strstr(file_text(log), ROWS[i].place) != NULL);
		ROW(ROWS[i].name, access(fake_path("turn/gate.sock"), F_OK) != 0);
		house_stop(&house);
	}
}

/* Whether somebody of that uid gets as much as a welcome. */
static bool is_welcome(uid_t uid)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (setuid(uid) != 0)
			_exit(2);
		struct link link = house_link();
		_exit(link.fd >= 0 ? 0 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

static void only_the_door_is_welcome(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	house_prepare(&house);
	house.plan->door_uid = 12345;
	char text[2000];
	(void)snprintf(text, sizeof text, "auth %s\naccount %s\n", house_module(), house_module());
	house_service(text);
	house_gate(&house, NULL);
	for (int i = 0; i < 500 && access(fake_path("turn/gate.sock"), F_OK) != 0; i++)
		house_sleep_ms(10);
	assert_int_equal(chmod(fake_path("turn/gate.sock"), 0666), 0);
	assert_true(is_welcome(12345));
	assert_false(is_welcome(0));
	assert_false(is_welcome(12346));
	assert_false(is_welcome(IO_UID_OVERFLOW));
	assert_int_equal(house.plan->opened, 0);
}

static void send_raw(const void *bytes, size_t len)
{
	struct link link = house_link();
	char byte;
	assert_true(link.fd >= 0);
	assert_int_equal(io_write(link.fd, bytes, len, clock_steady_ms() + 1000), OK);
	(void)shutdown(link.fd, SHUT_WR);
	assert_int_equal(io_read(link.fd, &byte, 1, clock_steady_ms() + 3000), ERR_CLOSED);
	link_close(&link);
}

static void broken_turns_end_their_connection(void **state)
{
	(void)state;
	plain(1);
	pid_t before, after;
	assert_int_equal(house_children(&house, &before, 1), 1);
	const struct msg_login_intro intro = { .cookie = { (unsigned char *)"cookie", 6 } };
	const struct msg_login_answer reply = { TEXT_LITERAL("ask-1"),
		{ (unsigned char *)HOUSE_PASSWORD, 11 } };
	const struct msg_turn turn = { TEXT_LITERAL("anna"), &intro, &reply };
	const struct msg_claim other = { { (unsigned char *)"cookie", 6 }, { "sixteen bytes..." } };
	uint8_t good[FRAME_MAX], bad[FRAME_MAX];
	size_t len, other_len;
	assert_int_equal(frame_write(WIRE(turn, &turn), 1, 2, good, sizeof good, &len), OK);
	for (size_t cut = 0; cut < len; cut += 3)
		send_raw(good, cut);
	for (size_t at = 0; at < FRAME_HEAD - 8; at++) { /* all but the trace */
		if (at >= 8 && at < 12)
			continue; /* any request id is a good one */
		memcpy(bad, good, len);
		bad[at] ^= 0x55;
		send_raw(bad, len);
	}
	assert_int_equal(frame_write(WIRE(claim, &other), 1, 2, bad, sizeof bad, &other_len), OK);
	send_raw(bad, other_len);
	assert_int_equal(house.plan->opened, 0);
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
	assert_int_equal(house_children(&house, &after, 1), 1);
	assert_int_equal(before, after);
}

/* Somebody who connects and says nothing holds a child for a while, and only one. */
static void silence_does_not_hold_the_others(void **state)
{
	(void)state;
	plain(2);
	struct link silent = house_link();
	int64_t began_ms = clock_steady_ms();
	for (unsigned i = 0; i < 10; i++)
		assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
	assert_true(clock_steady_ms() - began_ms < 8000);
	link_close(&silent);
}

/* The password in the words of a test must not stand in this program's own text. */
static void secret_password(char *text)
{
	for (unsigned i = 0; i < 24; i++)
		text[i] = (char)('a' + (i * 7 + 3) % 26);
	text[24] = '\0';
}

static bool memory_has(pid_t pid, const char *what)
{
	char path[64];
	unsigned long from, to;
	bool found = false;
	(void)snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "r");
	(void)snprintf(path, sizeof path, "/proc/%d/mem", pid);
	int mem = open(path, O_RDONLY);
	assert_true(maps != NULL && mem >= 0);
	char *page = malloc(1 << 20), line[600];
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx rw", &from, &to) != 2 || strstr(line, " rw") == NULL ||
		    to - from > 256 * MIB)
			continue;
		for (unsigned long at = from; at < to; at += (1 << 20) - 64) {
			size_t want = to - at < (1 << 20) ? to - at : (1 << 20);
			ssize_t n = pread(mem, page, want, (off_t)at);
			found |= n > 0 && memmem(page, (size_t)n, what, strlen(what)) != NULL;
		}
	}
	free(page);
	(void)fclose(maps);
	(void)close(mem);
	return found;
}

static void a_turn_leaves_no_password_in_memory(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip(); /* the children are not dumpable */
	char password[32];
	secret_password(password);
	plain(1);
	pid_t kid;
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(house_turn_name("ask-1", password), "login_denied");
	house_sleep_ms(50);
	assert_int_equal(house_children(&house, &kid, 1), 1);
	assert_true(memory_has(getpid(), password)); /* so the search finds what is there */
	assert_false(memory_has(kid, password));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(children_hold_the_modules_of_both_services, stop),
		cmocka_unit_test_teardown(turns_leave_no_descriptor, stop),
		cmocka_unit_test_teardown(a_killed_child_is_replaced, stop),
		cmocka_unit_test_teardown(the_children_end_with_the_gate, stop),
		cmocka_unit_test_teardown(term_ends_it_cleanly, stop),
		cmocka_unit_test_teardown(it_waits_for_the_authority, stop),
		cmocka_unit_test_teardown(a_wrong_stack_is_refused_with_its_place, stop),
		cmocka_unit_test_teardown(only_the_door_is_welcome, stop),
		cmocka_unit_test_teardown(broken_turns_end_their_connection, stop),
		cmocka_unit_test_teardown(silence_does_not_hold_the_others, stop),
		cmocka_unit_test_teardown(a_turn_leaves_no_password_in_memory, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
