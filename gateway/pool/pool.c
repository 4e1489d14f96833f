#include "pool/pool.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"
#include "log/log.h"

#define BACKLOG 512
#define LOOK_MS 200        /* how late a hanging child may be noticed */
#define SHORT_LIFE_MS 1000 /* who dies earlier is started again with a pause */
#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS 2000

/* Shared with the parent, which kills a child whose connection takes too long. */
struct slot {
	_Atomic int64_t began_ms; /* steady clock; 0: no connection */
};

struct kid {
	pid_t pid; /* 0: none */
	int64_t started_ms;
	int64_t next_ms; /* when to start the next one */
	int64_t pause_ms;
};

struct pool {
	const struct pool_work *work;
	int listener;
	struct kid *kids;
	struct slot
	    *slots; /* shared; what a child writes there concerns itself only: pids are the parent's own */
	sigset_t waited; /* blocked in the parent */
	sigset_t before; /* its mask at the start, which the children get */
};

/* --- a child ------------------------------------------------------------------------------------------------------ */

/* SIGTERM ends a child that waits, else behind its connection. It must not end it in the handler: the connection that it was woken for may
 * be in its hands already. One that comes just before the waiting begins is lost, so the parent repeats it. */
static volatile sig_atomic_t is_leaving;

static void leave(int signal_number)
{
	(void)signal_number;
	is_leaving = 1;
}

static bool is_passing(int error)
{
	return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EAGAIN;
}

static void serve(const struct pool *pool, struct slot *slot, int fd)
{
	atomic_store(&slot->began_ms, clock_steady_ms());
	pool->work->serve(pool->work->context, fd);
	atomic_store(&slot->began_ms, 0);
}

static NORETURN void child_run(const struct pool *pool, struct slot *slot)
{
	struct sigaction on_term = { .sa_handler = leave };
	(void)sigaction(SIGTERM, &on_term, NULL);
	/* no core, no debugger of the same uid */
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (!pool->work->begin(pool->work->context))
		_exit(1);
	while (!is_leaving) {
		int fd = accept4(pool->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			serve(pool, slot, fd);
		else if (!is_passing(errno))
			_exit(1);
	}
	_exit(0);
}

/* --- the parent --------------------------------------------------------------------------------------------------- */

static void start_kid(struct pool *pool, unsigned i)
{
	struct kid *kid = &pool->kids[i];
	pid_t parent = getpid();
	atomic_store(&pool->slots[i].began_ms, 0);
	kid->started_ms = clock_steady_ms();
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		(void)sigprocmask(SIG_SETMASK, &pool->before, NULL);
		child_run(pool, &pool->slots[i]);
	}
	if (pid < 0) {
		log_line(LOG_LEVEL_ERROR, "no_child", 0, LOG_NUMBER("errno", errno));
		kid->next_ms = kid->started_ms + PAUSE_MAX_MS;
		return;
	}
	kid->pid = pid;
}

static void bury(struct kid *kid, int status)
{
	int64_t now_ms = clock_steady_ms();
	bool is_short = now_ms - kid->started_ms < SHORT_LIFE_MS;
	log_line(LOG_LEVEL_WARNING, "child_ended", 0, LOG_NUMBER("pid", kid->pid),
	    LOG_NUMBER("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	    LOG_NUMBER("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
	kid->next_ms = now_ms + (is_short ? kid->pause_ms : 0);
	if (!is_short)
		kid->pause_ms = PAUSE_FIRST_MS;
	else if (kid->pause_ms < PAUSE_MAX_MS)
		kid->pause_ms *= 2;
	kid->pid = 0;
}

static void reap(struct pool *pool)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (unsigned i = 0; i < pool->work->children; i++)
			if (pool->kids[i].pid == pid)
				bury(&pool->kids[i], status);
}

/* What hangs costs its child, and the one connection that it was serving. */
static void kill_late(struct pool *pool)
{
	int64_t now_ms = clock_steady_ms();
	for (unsigned i = 0; i < pool->work->children; i++) {
		int64_t began_ms = atomic_load(&pool->slots[i].began_ms);
		if (pool->kids[i].pid == 0 || began_ms == 0 || now_ms - began_ms <= pool->work->timeout_ms)
			continue;
		log_line(LOG_LEVEL_ERROR, "child_hangs", 0, LOG_NUMBER("pid", pool->kids[i].pid),
		    LOG_NUMBER("ms", now_ms - began_ms));
		(void)kill(pool->kids[i].pid, SIGKILL);
	}
}

static void start_due(struct pool *pool)
{
	int64_t now_ms = clock_steady_ms();
	for (unsigned i = 0; i < pool->work->children; i++)
		if (pool->kids[i].pid == 0 && now_ms >= pool->kids[i].next_ms)
			start_kid(pool, i);
}

static int64_t next_look_ms(const struct pool *pool)
{
	int64_t now_ms = clock_steady_ms(), wait_ms = LOOK_MS;
	for (unsigned i = 0; i < pool->work->children; i++)
		if (pool->kids[i].pid == 0 && pool->kids[i].next_ms - now_ms < wait_ms)
			wait_ms = pool->kids[i].next_ms - now_ms;
	return wait_ms > 0 ? wait_ms : 0;
}

/* The signal that arrived, or 0 when it was time to look. */
static int wait_signal(const struct pool *pool, int64_t wait_ms)
{
	const struct timespec wait = { wait_ms / 1000, wait_ms % 1000 * 1000000 };
	int got = sigtimedwait(&pool->waited, NULL, &wait);
	return got > 0 ? got : 0;
}

static unsigned alive(const struct pool *pool)
{
	unsigned count = 0;
	for (unsigned i = 0; i < pool->work->children; i++)
		count += pool->kids[i].pid != 0;
	return count;
}

static void signal_all(const struct pool *pool, int signal_number)
{
	for (unsigned i = 0; i < pool->work->children; i++)
		if (pool->kids[i].pid != 0)
			(void)kill(pool->kids[i].pid, signal_number);
}

/* Connections that are served may end; a second request, or their time, ends the waiting. */
static void stop(struct pool *pool)
{
	int64_t deadline_ms = clock_steady_ms() + pool->work->timeout_ms;
	while (alive(pool) > 0 && clock_left_ms(deadline_ms) > 0) {
		signal_all(pool, SIGTERM);
		int got = wait_signal(pool, LOOK_MS);
		if (got == SIGTERM || got == SIGINT)
			break;
		reap(pool);
	}
	signal_all(pool, SIGKILL);
	while (alive(pool) > 0) {
		(void)wait_signal(pool, LOOK_MS);
		reap(pool);
	}
}

static enum err prepare(struct pool *pool)
{
	size_t count = pool->work->children;
	pool->slots = mmap(
	    NULL, count * sizeof *pool->slots, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pool->kids = calloc(count, sizeof *pool->kids);
	if (pool->slots == MAP_FAILED || pool->kids == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		pool->kids[i].pause_ms = PAUSE_FIRST_MS;
	(void)sigemptyset(&pool->waited);
	(void)sigaddset(&pool->waited, SIGCHLD);
	(void)sigaddset(&pool->waited, SIGTERM);
	(void)sigaddset(&pool->waited, SIGINT);
	return sigprocmask(SIG_BLOCK, &pool->waited, &pool->before) == 0 ? OK : ERR_INTERNAL;
}

enum err pool_listen(const char *path, int given, int *listener_r)
{
	int listener = given;
	enum err err = given >= 0 ? OK : io_listen(path, BACKLOG, &listener);
	if (err == OK && fcntl(listener, F_SETFL, 0) != 0)
		err = ERR_IO;
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "cannot_listen", 0, LOG_STR("socket", path),
		    LOG_STR("error", err_text(err)));
	else
		*listener_r = listener;
	return err;
}

enum err pool_run(const struct pool_work *work, int listener)
{
	struct pool pool = { .work = work, .listener = listener };
	enum err err = prepare(&pool);
	for (int got = 0; err == OK && got != SIGTERM && got != SIGINT;) {
		reap(&pool);
		kill_late(&pool);
		start_due(&pool);
		got = wait_signal(&pool, next_look_ms(&pool));
	}
	if (err == OK)
		stop(&pool);
	free(pool.kids);
	return err;
}
