/* Servers that hang, die, come back, or are not who they say; and many threads at once. */
#include "unit.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "authority/directory/campus.h"
#include "authority/directory/slapd.h"
#include "base/clock.h"

#define TIMEOUT_MS 2000
#define NETWORK_TIMEOUT_MS 400
#define PROBE_MS 200
#define SLACK_MS 1500  /* of a busy machine */
#define AT_ONCE_MS 350 /* shorter than any timeout */
#define BACK_MS 2000

static struct slapd one, two;
static atomic_int lost, back;

static void count_notice(const char *uri, bool up, const char *why)
{
	assert_true(strncmp(uri, "ldap", 4) == 0 && (up || why[0] != '\0'));
	atomic_fetch_add(up ? &back : &lost, 1);
}

static struct directory *open_fast(const char *uri_a, const char *uri_b)
{
	struct directory_settings *settings = campus_settings(uri_a, uri_b);
	settings->timeout_ms = TIMEOUT_MS;
	settings->network_timeout_ms = NETWORK_TIMEOUT_MS;
	settings->probe_ms = PROBE_MS;
	settings->notice = count_notice;
	atomic_store(&lost, 0);
	atomic_store(&back, 0);
	return campus_open(settings);
}

/* One look-up; its milliseconds in *took_ms. */
static enum err look_up(struct directory *directory, int64_t *took_ms)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person;
	int64_t began_ms = clock_steady_ms();
	enum err err = find(directory, &arena, "alice", &person);
	*took_ms = clock_steady_ms() - began_ms;
	return err;
}

static bool is_down(enum err err)
{
	return err == ERR_TIMEOUT || err == ERR_UNREACHABLE;
}

static int start(void **state)
{
	(void)state;
	slapd_new(&one, "one");
	slapd_new(&two, "two");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	slapd_kill(&one);
	slapd_kill(&two);
	return 0;
}

/* After a test that failed half-way as well. */
static int mend(void **state)
{
	(void)state;
	struct slapd *all[] = { &one, &two };
	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i]->pid == 0)
			slapd_start(all[i]);
		else
			slapd_signal(all[i], SIGCONT);
	}
	return 0;
}

static void a_hanging_server_costs_its_timeout_once(const char *uri)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(directory_free) struct directory *directory = open_fast(uri, NULL);
	struct person person;
	struct bind_result result;
	int64_t took_ms;
	assert_int_equal(find(directory, &arena, "alice", &person), OK);
	assert_int_equal(directory_bind(directory, &person, secret_of(PASSWORD), &result), OK);
	slapd_signal(&one, SIGSTOP);
	assert_true(is_down(look_up(directory, &took_ms)));
	ROW(uri, took_ms <= TIMEOUT_MS + SLACK_MS);
	pause_ms(NETWORK_TIMEOUT_MS + SLACK_MS); /* its probe hangs as well; then it is dead */
	assert_int_equal(look_up(directory, &took_ms), ERR_UNREACHABLE);
	ROW(uri, took_ms <= AT_ONCE_MS);
	assert_int_equal(directory_bind(directory, &person, secret_of(PASSWORD), &result), ERR_UNREACHABLE);
	assert_false(directory_is_well(directory));
	slapd_signal(&one, SIGCONT);
	ROW(uri, wait_until_well(directory, BACK_MS) >= 0);
	assert_int_equal(directory_bind(directory, &person, secret_of(PASSWORD), &result), OK);
	assert_int_equal(result.outcome, BIND_OK);
	assert_int_equal(atomic_load(&lost), 1);
	assert_int_equal(atomic_load(&back), 1);
}

static void a_hanging_server(void **state)
{
	(void)state;
	a_hanging_server_costs_its_timeout_once(one.ldap);
}

/* Nothing is open yet: connecting succeeds (the kernel does it), and then nobody speaks. */
static void a_server_that_hangs_from_the_start(void **state)
{
	(void)state;
	const char *const uris[] = { one.ldap, one.ldaps };
	slapd_signal(&one, SIGSTOP);
	for (size_t i = 0; i < COUNT(uris); i++) {
		struct directory_settings *settings = campus_settings(uris[i], NULL);
		settings->timeout_ms = TIMEOUT_MS;
		settings->network_timeout_ms = NETWORK_TIMEOUT_MS;
		settings->ca_file = slapd_file("ca.pem");
		settings->start_tls = true;
		CLEANUP(directory_free) struct directory *directory = campus_open(settings);
		int64_t took_ms;
		ROW(uris[i], is_down(look_up(directory, &took_ms)));
		ROW(uris[i], took_ms <= TIMEOUT_MS + SLACK_MS);
	}
}

static void the_second_server_steps_in(void **state)
{
	(void)state;
	CLEANUP(directory_free) struct directory *directory = open_fast(one.ldap, two.ldap);
	int64_t took_ms;
	assert_int_equal(look_up(directory, &took_ms), OK);
	assert_int_equal(slapd_counted(&two).searches, 0);
	slapd_signal(&one, SIGSTOP);
	assert_int_equal(look_up(directory, &took_ms), OK); /* within the operation's timeout */
	assert_true(took_ms <= TIMEOUT_MS + SLACK_MS);
	assert_true(slapd_counted(&two).searches > 0);
	for (int i = 0; i < 20; i++) { /* and nobody waits for it again */
		assert_int_equal(look_up(directory, &took_ms), OK);
		assert_true(took_ms <= AT_ONCE_MS);
	}
	slapd_signal(&one, SIGCONT);
	unsigned before = slapd_counted(&one).searches;
	int64_t limit_ms = clock_steady_ms() + BACK_MS;
	while (slapd_counted(&one).searches < before + 3 && clock_steady_ms() < limit_ms)
		assert_int_equal(look_up(directory, &took_ms), OK);
	assert_true(slapd_counted(&one).searches >= before + 3); /* the first one serves again */
}

static void a_dead_server_is_skipped_and_taken_back(void **state)
{
	(void)state;
	CLEANUP(directory_free) struct directory *directory = open_fast(one.ldap, two.ldap);
	struct bind_result result = { 0 };
	int64_t took_ms;
	assert_int_equal(sign_in(directory, "alice", PASSWORD, &result), OK);
	slapd_kill(&one);
	assert_int_equal(sign_in(directory, "alice", PASSWORD, &result), OK);
	assert_int_equal(result.outcome, BIND_OK);
	slapd_kill(&two);
	assert_true(is_down(look_up(directory, &took_ms)));
	assert_true(is_down(sign_in(directory, "alice", PASSWORD, &result)));
	assert_true(is_down(directory_bind(directory, NULL, secret_of(PASSWORD), &result)));
	slapd_start(&two);
	assert_true(wait_until_well(directory, BACK_MS) >= 0);
	slapd_start(&one);
	assert_int_equal(sign_in(directory, "alice", PASSWORD, &result), OK);
	assert_int_equal(result.outcome, BIND_OK);
}

/* Idle connections of the server's earlier life: found dead, and opened anew without anybody's notice. */
static void a_restart_is_not_noticed(void **state)
{
	(void)state;
	CLEANUP(directory_free) struct directory *directory = open_fast(one.ldap, NULL);
	struct bind_result result = { 0 };
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sign_in(directory, "alice", PASSWORD, &result), OK);
		slapd_kill(&one);
		slapd_start(&one);
	}
	assert_int_equal(sign_in(directory, "alice", PASSWORD, &result), OK);
	assert_int_equal(result.outcome, BIND_OK);
	assert_int_equal(atomic_load(&lost), 0);
}

static void only_the_right_authority_is_believed(void **state)
{
	(void)state;
	const struct {
		const char *what;
		const char *uri;
		const char *ca;
		bool start_tls;
		bool good;
	} ROWS[] = {
		{ "ldaps", one.ldaps, "ca.pem", false, true },
		{ "StartTLS", one.ldap, "ca.pem", true, true },
		{ "ldaps, other CA", one.ldaps, "other-ca.pem", false, false },
		{ "StartTLS, other CA", one.ldap, "other-ca.pem", true, false },
		{ "ldaps, the system's CAs", one.ldaps, NULL, false, false },
		{ "ldaps where there is no TLS", NULL, "ca.pem", false, false },
	};
	char plain[64];
	(void)snprintf(plain, sizeof plain, "ldaps://127.0.0.1:%d", one.port);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct directory_settings *settings =
		    campus_settings(ROWS[i].uri != NULL ? ROWS[i].uri : plain, NULL);
		settings->ca_file = ROWS[i].ca != NULL ? slapd_file(ROWS[i].ca) : "";
		settings->start_tls = ROWS[i].start_tls;
		CLEANUP(directory_free) struct directory *directory = campus_open(settings);
		struct bind_result result = { 0 };
		enum err err = sign_in(directory, "alice", PASSWORD, &result);
		ROW(ROWS[i].what, err == (ROWS[i].good ? OK : ERR_UNREACHABLE));
		ROW(ROWS[i].what, result.outcome == (ROWS[i].good ? BIND_OK : BIND_REFUSED));
	}
}

/* The certificate is for 127.0.0.1, whatever else this server is called: no password goes to another name. */
static void a_certificate_for_another_name_is_refused(void **state)
{
	(void)state;
	char elsewhere[64];
	(void)snprintf(elsewhere, sizeof elsewhere, "ldaps://localhost:%s", strrchr(one.ldaps, ':') + 1);
	struct directory_settings *settings = campus_settings(elsewhere, NULL);
	settings->ca_file = slapd_file("ca.pem");
	CLEANUP(directory_free) struct directory *directory = campus_open(settings);
	struct slapd_count before = slapd_counted(&one);
	struct bind_result result;
	assert_int_equal(directory_bind(directory, NULL, secret_of(PASSWORD), &result), ERR_UNREACHABLE);
	assert_int_equal(slapd_counted(&one).binds, before.binds);
}

#define THREADS 16
#define ROUNDS 12

struct worker {
	pthread_t thread;
	struct directory *directory;
	unsigned number;
	unsigned wrong; /* answers that were not the expected ones */
};

/* Each round as another person, with right and wrong passwords in turn: an answer to somebody else would show. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	static const char *const NAMES[] = { "alice", "bob", "dora", "j\xc3\xbcrgen", "nobody" };
	for (unsigned i = 0; i < ROUNDS; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		const char *name = NAMES[(i + worker->number) % COUNT(NAMES)];
		struct person person = { 0 };
		struct bind_result result = { 0 };
		enum err err = find(worker->directory, &arena, name, &person);
		bool is_there = strcmp(name, "nobody") != 0;
		bool right = (i + worker->number) % 3 != 0 && strcmp(name, "dora") != 0;
		worker->wrong += err != (is_there ? OK : ERR_NOT_FOUND);
		worker->wrong += is_there && !text_equal_str(person.user, name);
		/* dora has no password: nobody is locked by the wrong ones */
		err = directory_bind(
		    worker->directory, right && is_there ? &person : NULL, secret_of(PASSWORD), &result);
		worker->wrong += err != OK;
		worker->wrong += (result.outcome == BIND_OK) != (right && is_there);
		if (right && is_there) {
			static const char *const WANTED[] = { "uid" };
			struct attribute *attributes;
			struct text version;
			err = directory_read_self(
			    worker->directory, &person, WANTED, 1, &arena, &attributes, &version);
			worker->wrong += err != OK || !text_equal_str(attributes[0].values[0], name);
		}
	}
	return NULL;
}

static void many_threads(struct directory *directory)
{
	struct worker workers[THREADS];
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .directory = directory, .number = i };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
	}
}

static void sixteen_threads_at_once(void **state)
{
	(void)state;
	const char *const uris[] = { one.ldap, one.ldaps };
	for (size_t i = 0; i < COUNT(uris); i++) {
		struct directory_settings *settings = campus_settings(uris[i], two.ldap);
		settings->ca_file = slapd_file("ca.pem");
		settings->timeout_ms = 10000; /* under sanitizers on a busy machine */
		settings->network_timeout_ms = 4000;
		CLEANUP(directory_free) struct directory *directory = campus_open(settings);
		many_threads(directory);
	}
}

static void *ask_once(void *argument)
{
	struct worker *worker = argument;
	struct bind_result result;
	enum err err = directory_bind(worker->directory, NULL, secret_of(PASSWORD), &result);
	worker->wrong = err;
	return NULL;
}

/* One connection and one place in the queue: the others hear at once that we are busy, and nobody waits longer than the timeout. */
static void the_queue_is_bounded(void **state)
{
	(void)state;
	struct directory_settings *settings = campus_settings(one.ldap, NULL);
	struct worker workers[6];
	unsigned busy = 0;
	settings->bind_connections = settings->bind_queue = 1;
	settings->timeout_ms = TIMEOUT_MS;
	settings->network_timeout_ms = NETWORK_TIMEOUT_MS;
	CLEANUP(directory_free) struct directory *directory = campus_open(settings);
	slapd_signal(&one, SIGSTOP);
	int64_t began_ms = clock_steady_ms();
	for (unsigned i = 0; i < COUNT(workers); i++) {
		workers[i] = (struct worker){ .directory = directory };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, ask_once, &workers[i]), 0);
	}
	for (unsigned i = 0; i < COUNT(workers); i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		busy += workers[i].wrong == ERR_BUSY;
	}
	assert_true(busy >= COUNT(workers) - 2);
	assert_true(clock_steady_ms() - began_ms <= TIMEOUT_MS + SLACK_MS);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_hanging_server, mend),
		cmocka_unit_test_teardown(a_server_that_hangs_from_the_start, mend),
		cmocka_unit_test_teardown(the_second_server_steps_in, mend),
		cmocka_unit_test_teardown(a_dead_server_is_skipped_and_taken_back, mend),
		cmocka_unit_test_teardown(a_restart_is_not_noticed, mend),
		cmocka_unit_test(only_the_right_authority_is_believed),
		cmocka_unit_test(a_certificate_for_another_name_is_refused),
		cmocka_unit_test(sixteen_threads_at_once),
		cmocka_unit_test_teardown(the_queue_is_bounded, mend),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

int main(void)
{
	return slapd_guard(run);
}
