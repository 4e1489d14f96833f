/* The chain on bad days: many at once, a disk that takes nothing, a process that is killed. */
#include "unit.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "authority/audit/audit.h"
#include "authority/audit/chain_tests.h"
#include "log/log.h"

static void a_torn_line_is_cut_and_no_tampering(void **context)
{
	(void)context;
	char text[20000];
	for (unsigned cut = 1; cut < 60; cut += 7) {
		chain_start();
		assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
		chain_record_many(2);
		audit_close(&chain_authority.audit);
		size_t len = chain_load(1, text, sizeof text);
		FILE *file = fopen(chain_path(1), "ae");
		assert_non_null(file);
		assert_int_equal(fwrite(text, 1, cut, file), cut); /* a record that was begun */
		(void)fclose(file);
		chain_start();
		assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
		assert_string_equal(chain_verify(NULL), "");
		assert_int_equal(chain_count("torn_line_cut"), cut / 7 + 1);
		assert_int_equal(chain_count("chain_broken") + chain_count("records_missing"), 0);
		audit_close(&chain_authority.audit);
		assert_true(chain_load(1, text, sizeof text) > len);
	}
	/* a hole at the end: the file had grown, its bytes never came */
	assert_int_equal(truncate(chain_path(1), 30000), 0);
	chain_start();
	assert_string_equal(chain_verify(NULL), "");
	assert_int_equal(chain_count("chain_broken"), 0);
}

static void a_file_that_was_just_begun_is_begun_again(void **context)
{
	(void)context;
	chain_start();
	chain_record_many(2);
	audit_close(&chain_authority.audit);
	chain_save(2, "", 0);
	chain_start();
	chain_record_many(1);
	assert_string_equal(chain_verify(NULL), "");
	audit_close(&chain_authority.audit);
	chain_save(3, "{\"n\":", 5);
	chain_start();
	assert_string_equal(chain_verify(NULL), "");
}

static void *hammer(void *context)
{
	(void)context;
	for (unsigned i = 0; i < 200; i++)
		if (chain_record("ada") != OK)
			return context;
	return NULL;
}

static void many_record_at_once(void **context)
{
	(void)context;
	pthread_t threads[8];
	chain_start();
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, &chain_conf), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(chain_count("signed_in"), 8 * 200);
	assert_string_equal(chain_verify(NULL), "");
}

/* Nothing past the present end of the file fits on the disk. */
static void fill_disk(bool full)
{
	struct stat is;
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(stat(chain_path(1), &is), 0);
	limit.rlim_cur = full ? (rlim_t)is.st_size + 100 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_pauses_behind_the_queue(void **context)
{
	(void)context;
	chain_start();
	chain_record_many(3);
	assert_true(audit_is_well(chain_authority.audit));
	fill_disk(true);
	for (unsigned i = 0; i < chain_conf.audit.queue; i++)
		assert_int_equal(chain_record("max"), OK);
	assert_false(audit_is_well(chain_authority.audit));
	assert_int_equal(chain_record("eve"), ERR_BUSY);
	assert_string_equal(chain_verify(NULL), "");
	fill_disk(false);
	for (unsigned i = 0; i < 300 && !audit_is_well(chain_authority.audit); i++)
		(void)usleep(10000);
	assert_true(audit_is_well(chain_authority.audit));
	assert_int_equal(chain_record("ada"), OK);
	assert_int_equal(chain_count("signed_in"), 3 + chain_conf.audit.queue + 1);
	assert_string_equal(chain_verify(NULL), "");
}

static void a_full_disk_begins_no_file(void **context)
{
	(void)context;
	chain_start();
	chain_record_many(3);
	chain_conf.audit.file_mb = 0; /* full with its first record */
	fill_disk(true);
	struct rlimit none;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
	none.rlim_cur = 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(chain_record("max"), OK);
	assert_false(audit_is_well(chain_authority.audit));
	assert_int_equal(access(chain_path(2), F_OK), -1);
	fill_disk(false);
	assert_int_equal(chain_record("max"), OK);
	for (unsigned i = 0; i < 300 && !audit_is_well(chain_authority.audit); i++)
		(void)usleep(10000);
	assert_int_equal(access(chain_path(2), F_OK), 0);
	assert_string_equal(chain_verify(NULL), "");
	assert_int_equal(chain_count("signed_in"), 5);
}

/* Says on a pipe how many records were answered, until it is killed. */
static void run_until_killed(int say)
{
	uint8_t one = 1;
	chain_start();
	for (;;)
		if (chain_record("ada") != OK || write(say, &one, 1) != 1)
			_exit(1);
}

static void nothing_that_was_answered_is_lost_by_a_kill(void **context)
{
	(void)context;
	unsigned answered = 0;
	for (unsigned i = 0; i < 15; i++) {
		int fds[2];
		uint8_t bytes[4096];
		ssize_t n;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0)
			run_until_killed(fds[1]);
		(void)close(fds[1]);
		answered += read(fds[0], bytes, 1) == 1; /* it has begun, however busy the machine is */
		(void)usleep(i * 3000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		while ((n = read(fds[0], bytes, sizeof bytes)) > 0)
			answered += (unsigned)n;
		(void)close(fds[0]);
	}
	chain_start();
	assert_string_equal(chain_verify(NULL), "");
	assert_true(answered > 0);
	assert_true(chain_count("signed_in") >= answered);
	assert_int_equal(chain_count("chain_broken"), 0);
}

int main(void)
{
	log_open("test_disk", LOG_LEVEL_ERROR);
#define CASE(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_torn_line_is_cut_and_no_tampering),
		CASE(a_file_that_was_just_begun_is_begun_again),
		CASE(many_record_at_once),
		CASE(a_full_disk_pauses_behind_the_queue),
		CASE(a_full_disk_begins_no_file),
		CASE(nothing_that_was_answered_is_lost_by_a_kill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
