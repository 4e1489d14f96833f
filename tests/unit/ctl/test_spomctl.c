/* The real program against an authority that is a thread of the test. */
#include "unit.h"
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "wire/link.h"

static char said[100000];
static char folder[] = "/tmp/spom-ctl-XXXXXX";

/* Runs spomctl with arguments for a shell; gives its exit code, and both outputs in said. */
static int spomctl(const char *arguments)
{
	const char *bin = getenv("SPOM_BIN_DIR");
	char line[600];
	(void)snprintf(line, sizeof line, "'%s/spomctl' %s 2>&1", bin != NULL ? bin : "build/bin", arguments);
	FILE *pipe = popen(line, "re");
	assert_non_null(pipe);
	said[fread(said, 1, sizeof said - 1, pipe)] = '\0';
	int status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void words_and_options_are_understood(void **state)
{
	(void)state;
	static const struct {
		const char *arguments;
		int code;
		const char *says;
	} ROWS[] = {
		{ "", 2, "usage: spomctl" },
		{ "--help", 0, "usage: spomctl" },
		{ "config --help", 0, "usage: spomctl" },
		{ "config check --help", 0, "usage: spomctl config check [FILE]\n" },
		{ "--version", 0, "spomctl " SPOM_VERSION "\n" },
		{ "--bad", 2, "there is no option '--bad'" },
		{ "--socket", 2, "--socket needs a value: DIR" },
		{ "config reload --reason", 2, "--reason needs a value: TEXT" },
		{ "person show", 2, "this command takes 'PERSON'" },
		{ "factor remove ada --reason x", 2, "this command takes 'PERSON FACTOR'" },
		{ "person show ada --reason x", 2, "this command does not take '--reason'" },
		{ "audit export --head x", 2, "this command does not take '--head'" },
		{ "session end ada", 2, "this command takes --reason TEXT" },
		{ "session end ada --reason ''", 2, "this command takes --reason TEXT" },
		{ "session distrust --reason x", 2, "takes --front NAME and --since TIME" },
		{ "session distrust --reason x --front door --since yesterday", 2, "--since is a time" },
		{ "person open-enrolment ada --reason x --hours 721", 2, "--hours takes a number" },
		{ "audit tail 0", 2, "from 1 to 1000" },
		{ "audit export --csv --json", 2, "either --csv or --json" },
		{ "session distrust -h", 0, "usage: spomctl session distrust\n" },
		{ "key rotate --help", 0, "--retire" },
		{ "person show nobody --socket /nonexistent", 3, "nobody listens" },
		{ "nonsense", 2, "there is no command 'nonsense'" },
		{ "config", 2, "this noun needs a verb" },
		{ "config nonsense", 2, "this noun has no verb 'nonsense'" },
		{ "config check a b", 2, "too many words from 'b'" },
		{ "health now", 2, "too many words from 'now'" },
		{ "setup -h", 0, "usage: spomctl setup [FILE]\n" },
		{ "setup a b", 2, "too many words from 'b'" },
		{ "setup /nonexistent/spom.conf </dev/null", 1,
		    "/nonexistent cannot be written to: No such" },
		{ "-- --json", 2, "there is no command '--json'" },
		{ "a a a a a a a a a a a a a a a a a", 2, "too many words from 'a'" },
		{ "config settings", 0, "[directory]\n" },
		{ "config --json settings", 0, "{\"sections\": [" },
		{ "config check /nonexistent", 1, "/nonexistent: cannot be opened" },
		{ "config check --json /nonexistent", 1,
		    "{\"ok\": false, \"file\": \"/nonexistent\", \"faults\": [\"/nonex" },
		{ "health --socket /nonexistent", 3,
		    "cannot be reached at /nonexistent/admin/authority.sock: nobody listens" },
		{ "health --socket /nonexistent --json", 3, "{\"error\":\"unreachable\"," },
		{ "config settings 2>&1 >/dev/full #", 1, "the answer could not be written" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		int code = spomctl(ROWS[i].arguments);
		if (code != ROWS[i].code || strstr(said, ROWS[i].says) == NULL)
			fail_msg("row '%s': exit %d, said '%.300s'", ROWS[i].arguments, code, said);
	}
}

/* How the authority of a test answers. */
enum manner {
	READY,
	NOT_READY,
	REFUSES,
	OTHER_ANSWER,
};

struct authority {
	enum manner manner;
	int listener;
	pthread_t thread;
};

static int64_t soon(void)
{
	return clock_steady_ms() + 5000;
}

static void answer(struct link *link, enum manner manner, const struct frame *frame)
{
	const struct msg_health_state health = { manner == READY, true, true, manner == READY,
		TEXT_LITERAL("9.9"), manner == READY, manner == READY };
	const struct msg_refused refused = { .reason = REFUSAL_BUSY };
	const struct msg_done done = { .text = { NULL, 0 } };
	struct wire_any any = manner == REFUSES        ? WIRE(refused, &refused)
			      : manner == OTHER_ANSWER ? WIRE(done, &done)
						       : WIRE(health_state, &health);
	assert_int_equal(link_send(link, any, frame->request, frame->trace, soon()), OK);
}

static void *serve(void *argument)
{
	struct authority *authority = argument;
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_welcome welcome = { ROLE_ADMIN, TEXT_LITERAL(SPOM_VERSION) };
	struct pollfd ready = { authority->listener, POLLIN, 0 };
	struct frame frame;
	struct wire_any any;
	struct link link = LINK_CLOSED;
	(void)poll(&ready, 1, 10000);
	link.fd = accept4(authority->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (link_send(&link, WIRE(welcome, &welcome), 0, 0, soon()) == OK &&
	    link_receive(&link, &arena, soon(), &frame, &any) == OK)
		answer(&link, authority->manner, &frame);
	link_close(&link);
	return NULL;
}

static int with_authority(enum manner manner, const char *arguments)
{
	struct authority authority = { .manner = manner };
	char path[100], line[200];
	(void)snprintf(path, sizeof path, "%s/admin/authority.sock", folder);
	(void)snprintf(line, sizeof line, "%s --socket %s", arguments, folder);
	assert_int_equal(io_listen(path, 4, &authority.listener), OK);
	assert_int_equal(pthread_create(&authority.thread, NULL, serve, &authority), 0);
	int code = spomctl(line);
	assert_int_equal(pthread_join(authority.thread, NULL), 0);
	io_close(&authority.listener);
	(void)unlink(path);
	return code;
}

static void health_says_what_is_well(void **state)
{
	(void)state;
	assert_int_equal(with_authority(READY, "health"), 0);
	assert_string_equal(said, "authority  ready\nstore      well\naudit      well\nclock      "
				  "well\nmail queue well\ndirectory  well\nrelease    9.9\n");
	assert_int_equal(with_authority(NOT_READY, "health"), 1);
	assert_string_equal(said, "authority  not ready\nstore      well\naudit      not well: the log of "
				  "spom-authority says why at audit_\nclock      well\nmail queue not well: "
				  "the log of spom-authority says why at "
				  "mail_disk_refuses\ndirectory  not well: "
				  "spomctl directory test says why\nrelease    9.9\n");
	assert_int_equal(with_authority(READY, "health --json"), 0);
	assert_string_equal(said, "{\"ready\":true,\"store\":true,\"clock\":true,\"directory\":true,"
				  "\"release\":\"9.9\",\"audit\":true,\"mail\":true}\n");
}

static void a_refusal_is_told(void **state)
{
	(void)state;
	assert_int_equal(with_authority(REFUSES, "health"), 1);
	assert_string_equal(said, "spomctl: refused: busy\n");
	assert_int_equal(with_authority(REFUSES, "health --json"), 1);
	assert_string_equal(said, "{\"error\":\"busy\",\"text\":\"refused: busy\"}\n");
}

static void another_answer_is_none(void **state)
{
	(void)state;
	assert_int_equal(with_authority(OTHER_ANSWER, "health"), 3);
}

static void the_folder_may_come_from_the_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("SPOM_SOCKETS", "/from/environment", 1), 0);
	assert_int_equal(spomctl("health"), 3);
	assert_non_null(strstr(said, "/from/environment/admin/authority.sock"));
	assert_int_equal(spomctl("--socket /from/option health"), 3);
	assert_non_null(strstr(said, "/from/option/admin"));
	assert_int_equal(unsetenv("SPOM_SOCKETS"), 0);
	assert_int_equal(spomctl("health"), 3);
	assert_non_null(strstr(said, "/run/spom/admin"));
}

static int setup(void **state)
{
	(void)state;
	char admin[64];
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(admin, sizeof admin, "%s/admin", folder);
	return mkdir(admin, 0700);
}

static int teardown(void **state)
{
	(void)state;
	char admin[64];
	(void)snprintf(admin, sizeof admin, "%s/admin", folder);
	return rmdir(admin) == 0 ? rmdir(folder) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_options_are_understood),
		cmocka_unit_test(health_says_what_is_well),
		cmocka_unit_test(a_refusal_is_told),
		cmocka_unit_test(another_answer_is_none),
		cmocka_unit_test(the_folder_may_come_from_the_environment),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
