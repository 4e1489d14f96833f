/* What systemd may give, and every way in which it is not what is wanted. Each row is a process of its own, as it is in life: the sockets lie
 * from descriptor 3 on. */
#include "unit.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/text.h"
#include "sandbox/given.h"
#include "sandbox/sandbox.h"

enum kind { UNIX, INET, DATAGRAM, SILENT, NO_SOCKET, NOTHING };

static const char *const NAMES[] = { "door", "check" };
static const struct given_wanted WANTED = { NAMES, COUNT(NAMES), AF_UNIX };

static const struct row {
	const char *pid; /* "own": of the process itself */
	const char *fds, *names;
	enum kind kinds[3];
	int first; /* the descriptor of door; -1: nothing was given */
	const char *fault;
} ROWS[] = {
	{ "own", "2", "door:check", { UNIX, UNIX, NOTHING }, 3, NULL },
	{ "own", "2", "check:door", { UNIX, UNIX, NOTHING }, 4, NULL },
	{ NULL, NULL, NULL, { NOTHING, NOTHING, NOTHING }, -1, NULL },
	{ "1", "2", "door:check", { UNIX, UNIX, NOTHING }, -1, NULL },
	{ NULL, "2", "door:check", { UNIX, UNIX, NOTHING }, -1, NULL },
	{ "own", NULL, "door:check", { UNIX, UNIX, NOTHING }, -1, NULL },
	{ "own", "x", "door:check", { UNIX, UNIX, NOTHING }, 0,
	    "LISTEN_FDS is \"x\", and not a number from 1 to 16" },
	{ "own", "0", "", { NOTHING, NOTHING, NOTHING }, 0,
	    "LISTEN_FDS is \"0\", and not a number from 1 to 16" },
	{ "own", "17", "door", { UNIX, NOTHING, NOTHING }, 0,
	    "LISTEN_FDS is \"17\", and not a number from 1 to 16" },
	{ "own", "2", NULL, { UNIX, UNIX, NOTHING }, 0, "LISTEN_FDNAMES has 0 names for 2 sockets" },
	{ "own", "2", "door", { UNIX, UNIX, NOTHING }, 0, "LISTEN_FDNAMES has 1 names for 2 sockets" },
	{ "own", "2", "door:check:back", { UNIX, UNIX, NOTHING }, 0,
	    "LISTEN_FDNAMES has 3 names for 2 sockets" },
	{ "own", "3", "door:check:window", { UNIX, UNIX, UNIX }, 0,
	    "a socket \"window\" was given, and this program has none of that name" },
	{ "own", "2", "door:", { UNIX, UNIX, NOTHING }, 0,
	    "a socket \"\" was given, and this program has none of that name" },
	{ "own", "3", "door:check:door", { UNIX, UNIX, UNIX }, 0, "the socket \"door\" was given twice" },
	{ "own", "1", "door", { UNIX, NOTHING, NOTHING }, 0,
	    "the socket \"check\" was not given, and others were" },
	{ "own", "2", "door:check", { UNIX, INET, NOTHING }, 0,
	    "the socket \"check\" is no Unix stream socket that listens" },
	{ "own", "2", "door:check", { DATAGRAM, UNIX, NOTHING }, 0,
	    "the socket \"door\" is no Unix stream socket that listens" },
	{ "own", "2", "door:check", { SILENT, UNIX, NOTHING }, 0,
	    "the socket \"door\" is no Unix stream socket that listens" },
	{ "own", "2", "door:check", { NO_SOCKET, UNIX, NOTHING }, 0,
	    "the socket \"door\" is no Unix stream socket that listens" },
	{ "own", "2", "door:check", { UNIX, NOTHING, NOTHING }, 0,
	    "the socket \"check\" is no Unix stream socket that listens" },
};

/* An address of the kernel's own choice. */
static int open_socket(enum kind kind)
{
	if (kind == NO_SOCKET)
		return open("/dev/null", O_RDONLY);
	int fd = socket(kind == INET ? AF_INET : AF_UNIX, kind == DATAGRAM ? SOCK_DGRAM : SOCK_STREAM, 0);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const void *address = kind == INET ? (const void *)&in : (const void *)&un;
	if (bind(fd, address, kind == INET ? sizeof in : sizeof un.sun_family) != 0)
		_exit(90);
	if ((kind == UNIX || kind == INET) && listen(fd, 4) != 0)
		_exit(91);
	return fd;
}

static void set(const char *name, const char *value)
{
	if (value != NULL ? setenv(name, value, 1) != 0 : unsetenv(name) != 0)
		_exit(92);
}

static void be_given(const struct row *row)
{
	char own[24];
	int opened[3];
	for (unsigned i = 0; i < 3; i++)
		opened[i] = row->kinds[i] != NOTHING ? fcntl(open_socket(row->kinds[i]), F_DUPFD, 100) : -1;
	for (int i = 0; i < 3; i++) {
		(void)close(3 + i);
		if (opened[i] >= 0 && dup2(opened[i], 3 + i) != 3 + i)
			_exit(93);
	}
	(void)snprintf(own, sizeof own, "%d", (int)getpid());
	set("LISTEN_PID", row->pid != NULL && strcmp(row->pid, "own") == 0 ? own : row->pid);
	set("LISTEN_FDS", row->fds);
	set("LISTEN_FDNAMES", row->names);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* The number of the first thing that is not as the row says; 0: none. */
static int judge(const struct row *row)
{
	int fds[COUNT(NAMES)] = { -2, -2 };
	unsigned n = 99;
	char fault[GIVEN_FAULT_SIZE] = "";
	be_given(row);
	enum err err = given_take(&WANTED, fds, &n, fault);
	if (getenv("LISTEN_PID") != NULL || getenv("LISTEN_FDS") != NULL || getenv("LISTEN_FDNAMES") != NULL)
		return 1;
	if (row->fault != NULL)
		return err != ERR_CONFIG ? 2 : strcmp(fault, row->fault) != 0 ? 3 : n != 99 ? 4 : 0;
	if (err != OK || n != (row->first < 0 ? 0 : COUNT(NAMES)))
		return 5;
	if (fds[0] != row->first || fds[1] != (row->first < 0 ? -1 : 7 - row->first))
		return 6;
	sandbox_begin(n);
	for (int fd = 3; fd < 3 + (int)n; fd++)
		if (!is_open(fd) || (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
			return 7;
	return is_open(3 + (int)n) || is_open(100) || is_open(101) ? 8 : 0;
}

static void test_what_is_given(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		int status = -1;
		pid_t pid = fork();
		if (pid == 0)
			_exit(judge(&ROWS[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("row %zu (%s): %d", i, ROWS[i].names, status / 256);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
