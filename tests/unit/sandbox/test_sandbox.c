/* Each program's cage, from within: what it must be able to do, and what ends it. Every row is a process of its own. */
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sandbox/sandbox.h"

#define IS_DEAD (128 + SIGSYS)

static enum err enter_front(void)
{
	return sandbox_enter(SANDBOX_FRONT);
}

static enum err enter_authority(void)
{
	return sandbox_enter(SANDBOX_AUTHORITY);
}

static enum err enter_courier(void)
{
	return sandbox_enter(SANDBOX_COURIER);
}

static enum err enter_gate(void)
{
	return sandbox_enter_parent(false);
}

static enum err enter_gate_of_strangers(void)
{
	return sandbox_enter_parent(true);
}

/* --- what is tried; 0: it went well, else errno --- */

static int result(int code)
{
	return code >= 0 ? 0 : errno;
}

static int local_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int network_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int raw_socket(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int kernel_audit(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
}

static int route_table(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

static int listener(void)
{
	return result(listen(0, 1));
}

static int read_file(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int write_file(void)
{
	char path[] = "/tmp/spom-sandbox-XXXXXX";
	int fd = mkstemp(path);
	(void)unlink(path);
	return result(fd);
}

static int execute(void)
{
	char *const NOTHING[] = { NULL };
	execve("/bin/true", NOTHING, NOTHING);
	return errno;
}

static int debug(void)
{
	return result((int)syscall(310 /* process_vm_readv */, getpid(), NULL, 0, NULL, 0, 0));
}

static int mount_something(void)
{
	return result(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int make_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return at != MAP_FAILED ? 0 : errno;
}

static void *nothing(void *context)
{
	return context;
}

static int thread(void)
{
	pthread_t other;
	int code = pthread_create(&other, NULL, nothing, NULL);
	return code != 0 ? code : pthread_join(other, NULL);
}

#ifndef SPOM_TEST_CLOCK /* the leak checker makes a process */
static int process(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return result(pid);
}
#endif

static const struct {
	const char *name;
	enum err (*enter)(void);
	int (*attempt)(void);
	int wanted; /* IS_DEAD, or what attempt gives */
} ROWS[] = {
	{ "front reaches its neighbours", enter_front, local_socket, 0 },
	{ "front reads files", enter_front, read_file, 0 },
	{ "front has threads", enter_front, thread, 0 },
	{ "front goes nowhere", enter_front, network_socket, IS_DEAD },
	{ "front opens no other door", enter_front, listener, IS_DEAD },
	{ "front writes no file", enter_front, write_file, IS_DEAD },
	{ "front runs nothing", enter_front, execute, IS_DEAD },
	{ "front makes no code", enter_front, make_code, EPERM },
	{ "front looks at nobody", enter_front, debug, IS_DEAD },
	{ "the authority reaches the directory", enter_authority, network_socket, 0 },
	{ "the authority writes its files", enter_authority, write_file, 0 },
	{ "the authority has threads", enter_authority, thread, 0 },
	{ "the authority opens no other door", enter_authority, listener, IS_DEAD },
	{ "the authority runs nothing", enter_authority, execute, IS_DEAD },
	{ "the authority makes no code", enter_authority, make_code, EPERM },
	{ "the authority listens to no wire", enter_authority, raw_socket, IS_DEAD },
	{ "the authority mounts nothing", enter_authority, mount_something, IS_DEAD },
	{ "the courier reaches the mail server", enter_courier, network_socket, 0 },
	{ "the courier reads certificates", enter_courier, read_file, 0 },
	{ "the courier writes no file", enter_courier, write_file, IS_DEAD },
	{ "the courier runs nothing", enter_courier, execute, IS_DEAD },
	{ "the gate's modules load code", enter_gate, make_code, 0 },
	{ "the gate's modules look around", enter_gate, network_socket, 0 },
	{ "the gate's libpam finds no audit of the kernel", enter_gate, kernel_audit, EPROTONOSUPPORT },
	{ "the gate's modules find the way out", enter_gate, route_table, 0 },
	{ "the gate runs nothing", enter_gate, execute, IS_DEAD },
	{ "the gate mounts nothing", enter_gate, mount_something, IS_DEAD },
	{ "the gate looks at nobody", enter_gate, debug, IS_DEAD },
	{ "modules of others may run something", enter_gate_of_strangers, execute, 0 },
	{ "and mount nothing", enter_gate_of_strangers, mount_something, IS_DEAD },
#ifndef SPOM_TEST_CLOCK
	{ "front has a child that draws", enter_front, process, 0 },
	{ "the authority makes no process", enter_authority, process, IS_DEAD },
	{ "the gate makes its children", enter_gate, process, 0 },
#endif
};

/* What came of it in a process of its own. */
static int outcome(enum err (*enter)(void), int (*attempt)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(enter() == OK ? attempt() : 99);
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_what_each_may_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++)
		ROW(ROWS[i].name, outcome(ROWS[i].enter, ROWS[i].attempt) == ROWS[i].wanted);
}

/* A thread that was there before is shut in as well. */
static pthread_barrier_t barrier;

static void *tries_later(void *context)
{
	(void)context;
	(void)pthread_barrier_wait(&barrier);
	_exit(network_socket());
}

static int another_thread(void)
{
	pthread_t other;
	(void)pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&other, NULL, tries_later, NULL) != 0 || sandbox_enter(SANDBOX_FRONT) != OK)
		return 99;
	(void)pthread_barrier_wait(&barrier);
	(void)pthread_join(other, NULL);
	return 98;
}

static enum err enter_nothing(void)
{
	return OK;
}

static void test_all_threads(void **state)
{
	(void)state;
	assert_int_equal(outcome(enter_nothing, another_thread), IS_DEAD);
}

static int is_bare(void)
{
	struct rlimit core;
	int fd = dup(0);
	sandbox_begin(0);
	bool is_open = fcntl(fd, F_GETFD) != -1;
	bool dumps = prctl(PR_GET_DUMPABLE) != 0 || getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0;
	return (int)is_open + 2 * (int)dumps + 4 * (int)(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
}

static void test_what_is_given_up_first(void **state)
{
	(void)state;
	assert_int_equal(outcome(enter_nothing, is_bare), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_each_may_do),
		cmocka_unit_test(test_all_threads),
		cmocka_unit_test(test_what_is_given_up_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
