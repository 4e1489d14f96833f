#include "gate/pool.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "gate/child.h"
#include "log/log.h"

#define LOOK_MS 200        /* how late a hanging child may be noticed */
#define SHORT_LIFE_MS 1000 /* who dies earlier is started again with a pause */
#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS 2000

struct kid {
	pid_t pid; /* 0: none */
	int64_t started_ms;
	int64_t next_ms; /* when to start the next one */
	int64_t pause_ms;
};

struct pool {
	const struct settings *settings;
	int listener;
	struct kid *kids;
	struct slot
	    *slots; /* shared; what a child writes there concerns itself only: pids are the parent's own */
	sigset_t waited; /* blocked in the parent */
	sigset_t before; /* its mask at the start, which the children get */
};

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
		child_run(pool->settings, pool->listener, &pool->slots[i]);
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
		for (unsigned i = 0; i < pool->settings->children; i++)
			if (pool->kids[i].pid == pid)
				bury(&pool->kids[i], status);
}

/* A module that hangs costs its child, and the one login that it was serving. */
static void kill_late(struct pool *pool)
{
	int64_t now_ms = clock_steady_ms();
	for (unsigned i = 0; i < pool->settings->children; i++) {
		int64_t began_ms = atomic_load(&pool->slots[i].began_ms);
		if (pool->kids[i].pid == 0 || began_ms == 0 ||
		    now_ms - began_ms <= pool->settings->turn_timeout_ms)
			continue;
		log_line(LOG_LEVEL_ERROR, "turn_hangs", 0, LOG_NUMBER("pid", pool->kids[i].pid),
		    LOG_NUMBER("ms", now_ms - began_ms));
		(void)kill(pool->kids[i].pid, SIGKILL);
	}
}

static void start_due(struct pool *pool)
{
	int64_t now_ms = clock_steady_ms();
	for (unsigned i = 0; i < pool->settings->children; i++)
		if (pool->kids[i].pid == 0 && now_ms >= pool->kids[i].next_ms)
			start_kid(pool, i);
}

static int64_t next_look_ms(const struct pool *pool)
{
	int64_t now_ms = clock_steady_ms(), wait_ms = LOOK_MS;
	for (unsigned i = 0; i < pool->settings->children; i++)
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
	for (unsigned i = 0; i < pool->settings->children; i++)
		count += pool->kids[i].pid != 0;
	return count;
}

static void signal_all(const struct pool *pool, int signal_number)
{
	for (unsigned i = 0; i < pool->settings->children; i++)
		if (pool->kids[i].pid != 0)
			(void)kill(pool->kids[i].pid, signal_number);
}

/* Turns that run may end; a second request, or a turn's time, ends the waiting. */
static void stop(struct pool *pool)
{
	int64_t deadline_ms = clock_steady_ms() + pool->settings->turn_timeout_ms;
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
	size_t count = pool->settings->children;
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

enum err pool_run(const struct settings *settings, int listener)
{
	struct pool pool = { .settings = settings, .listener = listener };
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
