/* Somebody takes the file that is being written: a program that rotates logs, or a hand. What is recorded from then on is there, what is
 * missing is seen, and what was only moved fits again when it is put back. */
#include "unit.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/audit/audit.h"
#include "authority/audit/chain_tests.h"
#include "log/log.h"

static const char *aside(unsigned file)
{
	static char path[120];
	(void)snprintf(path, sizeof path, "%s.1", chain_path(file));
	return path;
}

static void move_away(unsigned file)
{
	assert_int_equal(rename(chain_path(file), aside(file)), 0);
}

static void put_back(unsigned file)
{
	assert_int_equal(rename(aside(file), chain_path(file)), 0);
}

static void take_away(unsigned file)
{
	assert_int_equal(unlink(chain_path(file)), 0);
}

static void empty(unsigned file)
{
	assert_int_equal(truncate(chain_path(file), 0), 0);
}

static void cut(unsigned file)
{
	assert_int_equal(truncate(chain_path(file), 300), 0);
}

/* As logrotate does without copytruncate. */
static void replace(unsigned file)
{
	move_away(file);
	chain_save(file, "", 0);
}

static void what_comes_later_is_there_and_what_is_missing_is_seen(void **context)
{
	(void)context;
	static const struct {
		const char *name;
		void (*touch)(unsigned file);
		const char *fault; /* how it begins */
	} ROWS[] = {
		{ "moved", move_away, "file 1 was taken away or emptied while it was written" },
		{ "removed", take_away, "file 1 was taken away or emptied while it was written" },
		{ "emptied", empty, "file 1 is empty" },
		{ "cut", cut, "behind record 2 stands half a line" },
		{ "replaced", replace, "file 1 is empty" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		if (i > 0)
			assert_int_equal(chain_setup(context), 0);
		chain_start();
		chain_record_many(4);
		ROWS[i].touch(1);
		chain_record_many(3);
		assert_true(audit_is_well(chain_authority.audit));
		const char *fault = chain_verify(NULL);
		if (strncmp(fault, ROWS[i].fault, strlen(ROWS[i].fault)) != 0)
			fail_msg("%s: '%s'", ROWS[i].name, fault);
		chain_restart();
		chain_record_many(2);
		if (chain_verify(NULL)[0] == '\0')
			fail_msg("%s: forgotten by a restart", ROWS[i].name);
		assert_true(chain_count("signed_in") >= 5);
		if (i + 1 < COUNT(ROWS))
			assert_int_equal(chain_teardown(context), 0);
	}
}

static void what_was_moved_fits_again(void **context)
{
	(void)context;
	chain_start();
	chain_record_many(4);
	move_away(1);
	chain_record_many(3);
	put_back(1);
	assert_string_equal(chain_verify(NULL), "");
	assert_int_equal(chain_count("signed_in"), 7);
	/* and older files may be kept elsewhere, as ever */
	move_away(1);
	assert_string_not_equal(chain_verify(NULL), "");
	move_away(2);
	chain_record_many(1);
	put_back(2);
	assert_string_not_equal(chain_verify(NULL), "");
	put_back(1);
	assert_string_equal(chain_verify(NULL), "");
}

static atomic_bool over;
static atomic_uint answered;

static void *hammer(void *context)
{
	while (!over) {
		if (chain_record("ada") != OK)
			return context;
		answered++;
	}
	return NULL;
}

static void nothing_that_was_answered_is_lost_by_moving(void **context)
{
	(void)context;
	pthread_t threads[4];
	chain_start();
	over = false;
	answered = 0;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, &chain_conf), 0);
	unsigned file = 1;
	for (; file <= 20; file++) {
		unsigned before = answered;
		move_away(file);
		while (access(chain_path(file + 1), F_OK) != 0 || answered < before + 10)
			(void)usleep(500);
	}
	over = true;
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	while (--file > 0)
		put_back(file);
	assert_string_equal(chain_verify(NULL), "");
	assert_int_equal(chain_count("signed_in"), answered);
}

int main(void)
{
	log_open("test_rotated", LOG_LEVEL_ERROR);
#define CASE(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)
	const struct CMUnitTest tests[] = {
		CASE(what_comes_later_is_there_and_what_is_missing_is_seen),
		CASE(what_was_moved_fits_again),
		CASE(nothing_that_was_answered_is_lost_by_moving),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
