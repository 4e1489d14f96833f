/* main.c - spom-authority: reads the settings, makes what handlers work with, listens, serves. */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "authority/admin/admin.h"
#include "authority/alone.h"
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/call/loop.h"
#include "authority/call/rates.h"
#include "authority/directory/directory.h"
#include "authority/edge/edge.h"
#include "authority/edge/forward_token.h"
#include "authority/keys/jose.h"
#include "authority/keys/keys.h"
#include "authority/listen.h"
#include "authority/outbox/outbox.h"
#include "authority/reload.h"
#include "authority/report/metrics.h"
#include "authority/session/epoch.h"
#include "authority/session/guard.h"
#include "authority/session/sweep.h"
#include "authority/sso/cas_callback.h"
#include "authority/sso/feed_cache.h"
#include "authority/sso/listing.h"
#include "authority/sso/offered.h"
#include "authority/sso/oidc.h"
#include "authority/sso/refusals.h"
#include "authority/sso/registry.h"
#include "authority/sso/released.h"
#include "authority/sso/signing.h"
#include "authority/store/store.h"
#include "authority/timekeeper.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/secret.h"
#include "conf/conf.h"
#include "log/log.h"
#include "sandbox/sandbox.h"

#define QUEUE 256u        /* calls of one role that wait for one kind of threads */
#define PATIENCE_MS 5000  /* and for how long */
#define TOLD_A_MINUTE 20u /* faults of one socket's peers, in the log and the audit */
#define CONNECTIONS 1024u
#define DRAIN_MS 10000 /* as long as front waits for an answer, and less than the unit's TimeoutStopSec= */
#define ALONE_MS 20000 /* more than a predecessor takes to drain, or systemd to kill it */

#define CHECK_SHORT_THREADS 1u
#define CHECK_WAITING_THREADS 2u /* for what only the directory or a write can tell */

/* The sockets of everybody else, of forward-auth, and of services. */
enum part { PART_ALL, PART_CHECK, PART_BACK, PART_COUNT_ };

static struct loop *volatile serving[PART_COUNT_];
static volatile sig_atomic_t is_asked_to_end;
static sem_t opening; /* one for each loop that has a thread of its own */

static void stop_all(void)
{
	for (unsigned i = 0; i < PART_COUNT_; i++)
		if (serving[i] != NULL)
			loop_stop(serving[i]);
}

/* The first one drains; who asks twice does not want to wait, and what is under way ends as if we were killed. */
static void on_signal(int signal)
{
	(void)signal;
	int kept = errno;
	if (is_asked_to_end)
		_exit(EXIT_FAILURE);
	is_asked_to_end = 1;
	stop_all();
	errno = kept;
}

static void raise_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* The store's own business goes to the audit; SECURITY 29 and 30. */
static void tell_of_store(void *context, enum store_tale tale, const char *what, const char *cause)
{
	const struct audit_entry entry = {
		.event = tale == STORE_TALE_EPOCH ? AUDIT_EPOCH_BEGAN : AUDIT_STORE_TAMPERED,
		.door = TEXT_LITERAL("store"),
		.object = text_of(what),
		.reason = text_of(cause),
	};
	audit_note(context, &entry);
	if (tale != STORE_TALE_EPOCH)
		return;
	epoch_has_begun(); /* the directory is told behind the answer */
	master_wake();
}

/* It may be down, and come later. What speaks against how it is set up is said; one that may forget sessions serves nobody
 * (store_is_well). */
static enum err open_store(struct authority *authority)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text objection;
	enum err err = store_redis_new(authority->conf, authority->keys, &authority->store);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "store_settings_refused", 0, LOG_STR("reason", err_text(err)));
		return err;
	}
	store_listen(authority->store, tell_of_store, authority);
	err = store_objection(authority->store, &arena, &objection);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "store_not_there_yet", 0, LOG_STR("reason", err_text(err)));
	else if (objection.at != NULL)
		log_line(LOG_LEVEL_ERROR, "store_objection", 0, LOG_TEXT("what", objection));
	return OK;
}

/* Where it fails, the next reader begins an epoch, and codes of before are refused. */
static void settle_epoch(struct authority *authority)
{
	enum err err = epoch_settle(authority);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "store_epoch_not_settled", 0, LOG_STR("reason", err_text(err)));
}

static enum err open_audit(struct authority *authority)
{
	const struct conf *conf = authority->conf;
	enum err err = audit_open(conf, authority->keys, &authority->audit);
	if (err == OK)
		err = audit_watch(authority->audit, authority->store);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "audit_refused", 0, LOG_STR("state", conf->authority.state),
		    LOG_STR("reason", err_text(err)));
	return err;
}

/* Without the folder nobody is signed in to services of a feed, and all others are as they were. */
static void open_feeds(const struct conf *conf)
{
	enum err err = feed_cache_open(conf);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "metadata_folder_refused", 0,
		    LOG_STR("state", conf->authority.state), LOG_STR("reason", err_text(err)));
}

/* Keys and the passwords of our identities are in memory by now. What may be swapped out stays on a disk when the process is long gone, so
 * there is no serving with it. */
static enum err check_locked(const struct authority *authority)
{
	struct rlimit limit = { 0, 0 };
	if (keys_are_locked(authority->keys) && jose_is_locked() && secret_are_locked())
		return OK;
	(void)getrlimit(RLIMIT_MEMLOCK, &limit);
	log_line(LOG_LEVEL_ERROR, "memory_not_locked", 0,
	    LOG_NUMBER("limit_kib", (long long)(limit.rlim_cur / KIB)),
	    LOG_STR("remedy", "LimitMEMLOCK=16M"));
	return ERR_CONFIG;
}

static enum err make(struct authority *authority)
{
	const struct conf *conf = authority->conf;
	enum err err = keys_new(conf->authority.master_key_file, &authority->keys);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "master_key_refused", 0,
		    LOG_STR("file", conf->authority.master_key_file), LOG_STR("reason", err_text(err)));
		return err;
	}
	err = rates_new(&authority->rates);
	if (err == OK)
		err = open_store(authority);
	if (err == OK)
		err = guard_new(&authority->guard);
	if (err == OK)
		err = registry_new(&authority->registry);
	if (err == OK)
		err = offered_new(&authority->offered);
	if (err == OK)
		err = listing_new(&authority->listing);
	if (err == OK)
		err = released_new(&authority->released);
	if (err == OK)
		err = signing_new(&authority->signing);
	if (err == OK)
		err = forward_tokens_new(&authority->forward_tokens);
	if (err == OK)
		err = directory_new(conf, &authority->directory);
	if (err == OK)
		err = timekeeper_look(authority); /* before a wrong time is recorded */
	if (err == OK)
		err = open_audit(authority);
	if (err == OK)
		err = check_locked(authority);
	if (err == OK)
		err = timekeeper_look(authority);
	if (err == OK)
		settle_epoch(authority);
	if (err == OK)
		err = outbox_open(conf, authority->keys, &authority->outbox);
	if (err == OK)
		open_feeds(conf);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "start_failed", 0, LOG_STR("reason", err_text(err)));
	return err;
}

static void unmake(struct authority *authority)
{
	outbox_close(&authority->outbox);
	audit_close(&authority->audit);
	directory_free(&authority->directory);
	registry_free(&authority->registry);
	offered_free(&authority->offered);
	listing_free(&authority->listing);
	released_free(&authority->released);
	forward_tokens_free(&authority->forward_tokens);
	signing_free(&authority->signing);
	guard_free(&authority->guard);
	store_free(&authority->store);
	rates_free(&authority->rates);
	keys_free(&authority->keys);
}

/* Everything but forward-auth and services. */
static enum err make_loop(struct authority *authority, struct loop **loop_r)
{
	const struct conf *conf = authority->conf;
	struct loop_settings settings = {
		.authority = authority,
		.threads = { [POOL_SHORT] = (unsigned)conf->authority.short_threads,
		    [POOL_DIRECTORY] = (unsigned)conf->authority.directory_threads,
		    [POOL_BIND] = (unsigned)conf->directory.bind_connections,
		    [POOL_COURIER] = CAS_CALLBACKS_MAX },
		.queue = { [POOL_SHORT] = QUEUE,
		    [POOL_DIRECTORY] = QUEUE,
		    [POOL_BIND] = (unsigned)conf->directory.bind_queue,
		    [POOL_COURIER] = CAS_CALLBACKS_MAX },
		.many = true,
		.patience_ms = PATIENCE_MS,
		.connections = CONNECTIONS,
		.told = TOLD_A_MINUTE,
	};
	enum err err = loop_new(&settings, loop_r);
	return err == OK ? listen_as_others(*loop_r, conf) : err;
}

/* Forward-auth has a loop and threads of its own: nobody's sign-in makes a campus application wait. */
static enum err make_check_loop(struct authority *authority, struct loop **loop_r)
{
	struct loop_settings settings = {
		.authority = authority,
		.threads = { [POOL_SHORT] = CHECK_SHORT_THREADS, [POOL_DIRECTORY] = CHECK_WAITING_THREADS },
		.queue = { [POOL_SHORT] = QUEUE, [POOL_DIRECTORY] = QUEUE },
		.patience_ms = PATIENCE_MS,
		.connections = CONNECTIONS,
		.told = TOLD_A_MINUTE,
		.batch = edge_check_many,
		.batch_tag = TAG_check,
	};
	enum err err = loop_new(&settings, loop_r);
	return err == OK ? listen_as(*loop_r, authority->conf, ROLE_CHECK) : err;
}

/* Services ask about tokens often, and all questions of a moment are answered together; what else they want goes to the threads of all. */
static enum err make_back_loop(struct authority *authority, struct loop *lender, struct loop **loop_r)
{
	struct loop_settings settings = {
		.authority = authority,
		.lender = lender,
		.patience_ms = PATIENCE_MS,
		.connections = CONNECTIONS,
		.told = TOLD_A_MINUTE,
		.batch = oidc_introspect_many,
		.batch_tag = TAG_oidc_introspect,
	};
	enum err err = loop_new(&settings, loop_r);
	return err == OK ? listen_as(*loop_r, authority->conf, ROLE_BACK) : err;
}

/* Nobody is served before we are shut in; where we are not, loops that were told to end begin, and end. */
static void *serve_part(void *loop)
{
	while (sem_wait(&opening) != 0)
		continue; /* a signal */
	loop_run(loop, DRAIN_MS);
	return NULL;
}

static enum err shut_in(void)
{
	enum err err = sandbox_enter(SANDBOX_AUTHORITY);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "sandbox_refused", 0, LOG_STR("reason", err_text(err)));
	return err;
}

/* Each but the first on a thread of its own. */
static enum err start_parts(struct loop **loops, pthread_t *threads, unsigned *n_r)
{
	for (unsigned i = PART_CHECK; i < PART_COUNT_; i++, ++*n_r)
		if (pthread_create(&threads[*n_r], NULL, serve_part, loops[i]) != 0)
			return ERR_NO_MEMORY;
	return OK;
}

static void open_parts(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		(void)sem_post(&opening);
}

static void end_parts(struct loop **loops, const pthread_t *threads, unsigned n, bool opened)
{
	for (unsigned i = PART_CHECK; i < PART_COUNT_; i++)
		loop_stop(loops[i]);
	open_parts(opened ? 0 : n);
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
}

static enum err serve_all(struct authority *authority, struct loop **loops)
{
	pthread_t threads[PART_COUNT_];
	unsigned n = 0;
	(void)sem_init(&opening, 0, 0);
	enum err err = start_parts(loops, threads, &n);
	if (err == OK)
		err = reload_start(authority);
	if (err == OK)
		err = timekeeper_start(authority);
	if (err == OK)
		err = sweep_start(authority);
	if (err == OK)
		err = refusals_start(authority);
	if (err == OK)
		err = shut_in();
	bool opens = err == OK;
	if (opens) {
		open_parts(n);
		log_line(LOG_LEVEL_INFO, "serving", 0, LOG_STR("release", SPOM_VERSION),
		    LOG_STR("sockets", authority->conf->authority.sockets),
		    LOG_STR("listeners", listen_origin()));
		if (master_watch(authority) != OK)
			log_line(LOG_LEVEL_WARNING, "nothing_is_sealed_anew", 0);
		loop_run(loops[PART_ALL], DRAIN_MS);
		sweep_stop();
		timekeeper_stop();
		master_stop();
		reload_stop();
	}
	end_parts(loops, threads, n, opens);
	(void)sem_destroy(&opening);
	refusals_stop();
	log_line(LOG_LEVEL_INFO, "stopped", 0);
	return err;
}

static enum err serve(struct authority *authority)
{
	struct loop *loops[PART_COUNT_] = { NULL };
	enum err err = make_loop(authority, &loops[PART_ALL]);
	if (err == OK)
		err = make_check_loop(authority, &loops[PART_CHECK]);
	if (err == OK)
		err = make_back_loop(authority, loops[PART_ALL], &loops[PART_BACK]);
	for (unsigned i = 0; i < PART_COUNT_; i++)
		serving[i] = loops[i];
	if (is_asked_to_end) /* before there was anything to stop */
		stop_all();
	if (err == OK)
		err = serve_all(authority, loops);
	for (unsigned i = 0; i < PART_COUNT_; i++)
		serving[i] = NULL;
	for (unsigned i = 0; i < PART_COUNT_; i++) /* the lender of pools first */
		loop_free(&loops[i]);
	return err;
}

/* Before anything is read that the predecessor may still write. */
static enum err be_alone(const struct conf *conf, int *lock_r)
{
	const char *state = conf->authority.state;
	enum err err = alone_take(state, clock_steady_ms() + ALONE_MS, &is_asked_to_end, lock_r);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "state_refused", 0, LOG_STR("state", state),
		    LOG_STR("reason",
			err == ERR_BUSY ? "another authority works in this folder" : err_text(err)));
	return err;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of write(2) */
	reload_block();
}

static int run(const char *file)
{
	struct authority authority = { .conf = NULL };
	unsigned n_given = 0;
	log_open("spom-authority", LOG_LEVEL_INFO);
	if (listen_begin(&n_given) != OK)
		return EXIT_FAILURE;
	sandbox_begin(n_given);
	if (reload_first(&authority, file) != OK)
		return EXIT_FAILURE;
	metrics_begin();
	raise_files();
	catch_signals();
	CLEANUP(io_close) int alone = -1;
	enum err err = be_alone(authority.conf, &alone);
	if (err == OK)
		err = make(&authority);
	if (err == OK)
		err = serve(&authority);
	unmake(&authority);
	reload_forget(&authority);
	return err == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void usage(FILE *to)
{
	(void)fputs("usage: spom-authority [--config FILE] [--version] [--help]\n"
		    "Decides who may come in. FILE is /etc/spom/spom.conf where it is not given.\n",
	    to);
}

int main(int argc, char **argv)
{
	static const struct option OPTIONS[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *file = "/etc/spom/spom.conf";
	int option;
	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
		switch (option) {
		case 'c':
			file = optarg;
			break;
		case 'v':
			(void)printf("spom-authority %s\n", SPOM_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	return run(file);
}
