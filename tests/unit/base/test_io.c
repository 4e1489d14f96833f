#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"

#define LONG_MS 5000

struct place {
	char folder[40];
	char path[64];
};

static int make_place(void **state)
{
	struct place *place = test_calloc(1, sizeof *place);
	(void)snprintf(place->folder, sizeof place->folder, "/tmp/spom-io-XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	(void)snprintf(place->path, sizeof place->path, "%s/a.sock", place->folder);
	*state = place;
	return 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;
	(void)unlink(place->path);
	int result = rmdir(place->folder);
	test_free(place);
	return result;
}

static int64_t in_ms(int64_t ms)
{
	return clock_steady_ms() + ms;
}

static void make_pair(int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
}

static void close_pair(int pair[2])
{
	io_close(&pair[0]);
	io_close(&pair[1]);
}

static void listen_and_connect(void **state)
{
	const struct place *place = *state;
	int listener = -1, client = -1;
	assert_int_equal(io_listen(place->path, 5, &listener), OK);
	assert_int_equal(io_connect(place->path, in_ms(LONG_MS), &client), OK);
	int server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	const int FDS[] = { listener, client };
	for (size_t i = 0; i < COUNT(FDS); i++) {
		assert_true(fcntl(FDS[i], F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(FDS[i], F_GETFL) & O_NONBLOCK);
	}
	char got[6] = "";
	assert_int_equal(io_write(client, "hello", 6, in_ms(LONG_MS)), OK);
	assert_int_equal(io_read(server, got, 6, in_ms(LONG_MS)), OK);
	assert_string_equal(got, "hello");
	io_close(&server);
	io_close(&client);
	io_close(&listener);
}

static void the_socket_is_for_owner_and_group(void **state)
{
	const struct place *place = *state;
	int listener = -1;
	mode_t before = umask(0);
	assert_int_equal(io_listen(place->path, 5, &listener), OK);
	(void)umask(before);
	struct stat there;
	assert_int_equal(stat(place->path, &there), 0);
	assert_int_equal(there.st_mode & 07777, 0660);
	io_close(&listener);
}

static void a_dead_socket_is_replaced_a_live_one_is_not(void **state)
{
	const struct place *place = *state;
	int first = -1, second = -1;
	assert_int_equal(io_listen(place->path, 5, &first), OK);
	assert_int_equal(io_listen(place->path, 5, &second), ERR_EXISTS);
	assert_int_equal(second, -1);
	io_close(&first); /* what a killed program leaves: the file, nobody behind it */
	assert_int_equal(io_listen(place->path, 5, &second), OK);
	io_close(&second);
}

static void a_file_that_is_no_socket_stays(void **state)
{
	const struct place *place = *state;
	int file = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), listener = -1;
	assert_true(file >= 0);
	assert_int_equal(io_listen(place->path, 5, &listener), ERR_EXISTS);
	assert_int_equal(access(place->path, F_OK), 0);
	io_close(&file);
}

static void paths_and_their_errors(void **state)
{
	const struct place *place = *state;
	char longest[IO_PATH_MAX + 1], longer[IO_PATH_MAX + 2];
	memset(longest, 'x', sizeof longest);
	longest[0] = '/';
	longest[IO_PATH_MAX] = '\0';
	memset(longer, 'x', sizeof longer);
	longer[IO_PATH_MAX + 1] = '\0';
	const struct {
		const char *name, *path;
		enum err connect, listen;
	} ROWS[] = {
		{ "empty is no abstract socket", "", ERR_MALFORMED, ERR_MALFORMED },
		{ "too long", longer, ERR_TOO_LARGE, ERR_TOO_LARGE },
		{ "longest, in no folder", "/nonexistent/a.sock", ERR_UNREACHABLE, ERR_IO },
		{ "below a file", "/etc/passwd/a.sock", ERR_IO, ERR_IO },
		{ "a folder", place->folder, ERR_UNREACHABLE, ERR_EXISTS },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		int fd = -7;
		ROW(ROWS[i].name, io_connect(ROWS[i].path, in_ms(LONG_MS), &fd) == ROWS[i].connect);
		ROW(ROWS[i].name, io_listen(ROWS[i].path, 5, &fd) == ROWS[i].listen);
		ROW(ROWS[i].name, fd == -7);
	}
	int fd = -1;
	assert_int_equal(
	    io_connect(longest, in_ms(LONG_MS), &fd), ERR_UNREACHABLE); /* its length is allowed */
	assert_int_equal(io_connect(place->path, in_ms(LONG_MS), &fd), ERR_UNREACHABLE);
}

static void a_full_queue_is_busy_after_the_deadline(void **state)
{
	const struct place *place = *state;
	int listener = -1, clients[8], n = 0;
	assert_int_equal(io_listen(place->path, 0, &listener), OK);
	enum err err = OK;
	int64_t began = clock_steady_ms();
	while (err == OK && n < 8) {
		clients[n] = -1;
		err = io_connect(place->path, in_ms(50), &clients[n]);
		n += err == OK;
	}
	assert_int_equal(err, ERR_BUSY);
	assert_in_range(clock_steady_ms() - began, 50, 3000);
	int other = -1;
	assert_int_equal(io_listen(place->path, 5, &other), ERR_EXISTS); /* busy is alive */
	while (n > 0)
		io_close(&clients[--n]);
	io_close(&listener);
}

static void a_read_ends_at_its_deadline(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	char bytes[4] = "";
	int64_t began = clock_steady_ms();
	assert_int_equal(io_read(pair[0], bytes, 4, in_ms(100)), ERR_TIMEOUT);
	assert_in_range(clock_steady_ms() - began, 100, 3000);
	assert_int_equal(io_write(pair[1], "ab", 2, in_ms(LONG_MS)), OK);
	assert_int_equal(io_read(pair[0], bytes, 4, in_ms(50)), ERR_TIMEOUT); /* half of it is not it */
	close_pair(pair);
}

static void a_passed_deadline_still_takes_what_is_there(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	char byte = 0;
	assert_int_equal(io_read(pair[0], &byte, 1, in_ms(-1000)), ERR_TIMEOUT);
	assert_int_equal(io_write(pair[1], "a", 1, in_ms(-1000)), OK);
	assert_int_equal(io_read(pair[0], &byte, 1, in_ms(-1000)), OK);
	assert_int_equal(byte, 'a');
	assert_int_equal(io_read(pair[0], &byte, 0, in_ms(-1000)), OK);
	close_pair(pair);
}

static void the_end_comes_first(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	char bytes[4];
	assert_int_equal(io_write(pair[1], "ab", 2, in_ms(LONG_MS)), OK);
	io_close(&pair[1]);
	errno = ECONNRESET;
	assert_int_equal(io_read(pair[0], bytes, 4, in_ms(LONG_MS)), ERR_CLOSED);
	assert_int_equal(errno, 0);
	close_pair(pair);
}

/* By this a question that was not taken is told from one that may have been done. */
static void what_was_not_read_is_told(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	char byte;
	assert_int_equal(io_write(pair[0], "ab", 2, in_ms(LONG_MS)), OK);
	assert_int_equal(io_read(pair[1], &byte, 1, in_ms(LONG_MS)), OK);
	io_close(&pair[1]);
	assert_int_equal(io_read(pair[0], &byte, 1, in_ms(LONG_MS)), ERR_CLOSED);
	assert_int_equal(errno, ECONNRESET);
	close_pair(pair);
}

/* The default action of SIGPIPE would end this program. */
static void a_file_is_read_to_its_end_or_until_the_room_is_full(void **state)
{
	(void)state;
	int pipes[2];
	char bytes[10];
	size_t len = 77;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], "spoms", 5), 5);
	io_close(&pipes[1]);
	assert_int_equal(io_read_file(pipes[0], bytes, 3, &len), OK);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "spo", 3);
	assert_int_equal(io_read_file(pipes[0], bytes, sizeof bytes, &len), OK);
	assert_int_equal(len, 2);
	assert_memory_equal(bytes, "ms", 2);
	assert_int_equal(io_read_file(pipes[0], bytes, sizeof bytes, &len), OK);
	assert_int_equal(len, 0);
	io_close(&pipes[0]);
	len = 77;
	assert_int_equal(io_read_file(-1, bytes, sizeof bytes, &len), ERR_IO);
	assert_int_equal(len, 77);
}

static void writing_to_nobody_is_an_error_and_no_signal(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	(void)signal(SIGPIPE, SIG_DFL);
	io_close(&pair[1]);
	assert_int_equal(io_write(pair[0], "a", 1, in_ms(LONG_MS)), ERR_CLOSED);
	close_pair(pair);
}

static void a_write_to_one_who_does_not_read_ends_at_its_deadline(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	size_t len = 16 * MIB;
	char *bytes = test_calloc(1, len);
	int64_t began = clock_steady_ms();
	assert_int_equal(io_write(pair[0], bytes, len, in_ms(100)), ERR_TIMEOUT);
	assert_in_range(clock_steady_ms() - began, 100, 3000);
	test_free(bytes);
	close_pair(pair);
}

struct talk {
	int fd;
	size_t len;
	pthread_t interrupted;
	_Atomic bool over;
};

static void *write_slowly(void *of)
{
	const struct talk *talk = of;
	for (size_t i = 0; i < talk->len; i++) {
		(void)poll(NULL, 0, 2);
		const char byte = (char)i;
		if (io_write(talk->fd, &byte, 1, in_ms(LONG_MS)) != OK)
			break;
	}
	return NULL;
}

static void *interrupt(void *of)
{
	struct talk *talk = of;
	while (!talk->over) {
		(void)pthread_kill(talk->interrupted, SIGUSR1);
		(void)poll(NULL, 0, 1);
	}
	return NULL;
}

static volatile sig_atomic_t interruptions;

static void count(int number)
{
	(void)number;
	interruptions++;
}

static void signals_interrupt_nothing(void **state)
{
	(void)state;
	struct sigaction action = { .sa_handler = count }; /* no SA_RESTART: calls do return EINTR */
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	int pair[2];
	make_pair(pair);
	struct talk talk = { .fd = pair[1], .len = 100, .interrupted = pthread_self() };
	pthread_t writer, interrupter;
	assert_int_equal(pthread_create(&writer, NULL, write_slowly, &talk), 0);
	assert_int_equal(pthread_create(&interrupter, NULL, interrupt, &talk), 0);
	unsigned char bytes[100];
	assert_int_equal(io_read(pair[0], bytes, sizeof bytes, in_ms(LONG_MS)), OK);
	for (size_t i = 0; i < sizeof bytes; i++)
		assert_int_equal(bytes[i], i);
	int64_t began = clock_steady_ms();
	assert_int_equal(io_read(pair[0], bytes, 1, in_ms(100)), ERR_TIMEOUT); /* and move no deadline */
	assert_in_range(clock_steady_ms() - began, 100, 3000);
	talk.over = true;
	(void)pthread_join(writer, NULL);
	(void)pthread_join(interrupter, NULL);
	assert_true(interruptions > 0);
	(void)signal(SIGUSR1, SIG_DFL);
	close_pair(pair);
}

static void the_peer_is_who_connected(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	uid_t uid = 4711;
	assert_int_equal(io_peer(pair[0], &uid), OK);
	assert_int_equal(uid, getuid());
	close_pair(pair);
}

static void no_peer(void **state)
{
	(void)state;
	uid_t uid = 4711;
	int pipes[2];
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(io_peer(pipes[0], &uid), ERR_IO);
	assert_int_equal(io_peer(-1, &uid), ERR_IO);
	assert_int_equal(uid, 4711);
	close_pair(pipes);
}

/* Connects as uid in a child; the result is what io_peer says of it. */
static enum err peer_as(const struct place *place, uid_t uid, uid_t *uid_r)
{
	int listener = -1;
	assert_int_equal(io_listen(place->path, 5, &listener), OK);
	assert_int_equal(chmod(place->folder, 0755) | chmod(place->path, 0666), 0);
	pid_t child = fork();
	if (child == 0) {
		int fd = -1;
		_exit(setuid(uid) == 0 && io_connect(place->path, in_ms(LONG_MS), &fd) == OK ? 0 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	int server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	enum err err = io_peer(server, uid_r);
	io_close(&server);
	io_close(&listener);
	return err;
}

static void a_peer_of_another_uid(void **state)
{
	if (getuid() != 0)
		skip();
	uid_t uid = 0;
	assert_int_equal(peer_as(*state, 12345, &uid), OK);
	assert_int_equal(uid, 12345);
}

static void the_uid_of_foreign_namespaces_is_refused(void **state)
{
	if (getuid() != 0)
		skip();
	uid_t uid = 4711;
	assert_int_equal(peer_as(*state, IO_UID_OVERFLOW, &uid), ERR_FORBIDDEN);
	assert_int_equal(uid, 4711);
}

static void a_socket_of_others_is_forbidden(void **state)
{
	if (getuid() != 0)
		skip();
	const struct place *place = *state;
	int listener = -1;
	assert_int_equal(io_listen(place->path, 5, &listener), OK);
	assert_int_equal(chmod(place->folder, 0755), 0);
	pid_t child = fork();
	if (child == 0) {
		int fd = -1;
		bool other = setgroups(0, NULL) == 0 && setgid(12345) == 0 && setuid(12345) == 0;
		_exit(other && io_connect(place->path, in_ms(LONG_MS), &fd) == ERR_FORBIDDEN ? 0 : 1);
	}
	int status = 1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	io_close(&listener);
}

static void closing_twice_is_harmless(void **state)
{
	(void)state;
	int pair[2];
	make_pair(pair);
	int fd = pair[0];
	io_close(&fd);
	assert_int_equal(fd, -1);
	io_close(&fd);
	assert_int_equal(fcntl(pair[0], F_GETFD), -1);
	pair[0] = -1;
	close_pair(pair);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(listen_and_connect),
		WITH_PLACE(the_socket_is_for_owner_and_group),
		WITH_PLACE(a_dead_socket_is_replaced_a_live_one_is_not),
		WITH_PLACE(a_file_that_is_no_socket_stays),
		WITH_PLACE(paths_and_their_errors),
		WITH_PLACE(a_full_queue_is_busy_after_the_deadline),
		cmocka_unit_test(a_read_ends_at_its_deadline),
		cmocka_unit_test(a_passed_deadline_still_takes_what_is_there),
		cmocka_unit_test(the_end_comes_first),
		cmocka_unit_test(what_was_not_read_is_told),
		cmocka_unit_test(a_file_is_read_to_its_end_or_until_the_room_is_full),
		cmocka_unit_test(writing_to_nobody_is_an_error_and_no_signal),
		cmocka_unit_test(a_write_to_one_who_does_not_read_ends_at_its_deadline),
		cmocka_unit_test(signals_interrupt_nothing),
		cmocka_unit_test(the_peer_is_who_connected),
		cmocka_unit_test(no_peer),
		WITH_PLACE(a_peer_of_another_uid),
		WITH_PLACE(the_uid_of_foreign_namespaces_is_refused),
		WITH_PLACE(a_socket_of_others_is_forbidden),
		cmocka_unit_test(closing_twice_is_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
