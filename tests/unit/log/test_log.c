/* Lines are read back from a pipe that stands for stderr. */
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "log/log.h"

static int out, before;
static char said[70000];

static int setup(void **state)
{
	(void)state;
	int ends[2];
	before = dup(STDERR_FILENO);
	if (before < 0 || pipe2(ends, O_CLOEXEC) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	(void)close(ends[1]);
	out = ends[0];
	(void)fcntl(out, F_SETFL, O_NONBLOCK);
	(void)unsetenv("JOURNAL_STREAM");
	log_open("spom-test", LOG_LEVEL_INFO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)dup2(before, STDERR_FILENO);
	(void)close(before);
	return close(out);
}

/* What was written since the last time. */
static const char *all(void)
{
	size_t len = 0;
	ssize_t n;
	while (len < sizeof said - 1 && (n = read(out, said + len, sizeof said - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	return said;
}

/* The line behind "2026-11-23T08:30:00.250Z ". */
static const char *line(void)
{
	const char *text = all();
	assert_int_equal(strspn(text, "0123456789-T:.Z"), 24);
	assert_int_equal(text[23], 'Z');
	return text + 25;
}

static void a_line_has_its_fields(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_INFO, "signed_in", 1, LOG_STR("user", "anna"), LOG_NUMBER("uid", -7));
	assert_string_equal(line(), "info spom-test signed_in trace=AAAAAAAAAAE user=anna uid=-7\n");
	log_line(LOG_LEVEL_ERROR, "started", 0);
	assert_string_equal(line(), "error spom-test started\n");
}

static void lower_levels_are_left_out(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_DEBUG, "x", 0);
	assert_string_equal(all(), "");
	log_open("spom-test", LOG_LEVEL_ERROR);
	log_line(LOG_LEVEL_WARNING, "x", 0);
	assert_string_equal(all(), "");
	log_open("spom-test", LOG_LEVEL_DEBUG);
	log_line(LOG_LEVEL_DEBUG, "x", 0);
	assert_string_equal(line(), "debug spom-test x\n");
	log_open("spom-test", LOG_LEVEL_INFO);
}

static void values_are_quoted_where_they_need_it(void **state)
{
	(void)state;
	static const struct {
		const char *value, *shown;
	} ROWS[] = {
		{ "plain-1.2:3/x@y", "plain-1.2:3/x@y" },
		{ "", "\"\"" },
		{ "a b", "\"a b\"" },
		{ "a=b", "\"a=b\"" },
		{ "a\"b\\", "\"a\\\"b\\\\\"" },
		{ "'", "\"'\"" },
		{ "a\nuser=root", "\"a\\x0auser=root\"" },
		{ "\r\t\x01", "\"\\x0d\\x09\\x01\"" },
		{ "\x1b[2J", "\"\\x1b[2J\"" },
		{ "\x7f", "\"\\x7f\"" },
		{ "\xc2\x9b", "\"\\xc2\\x9b\"" }, /* C1: CSI */
		{ "Z\xc3\xbcrich", "\"Z\xc3\xbcrich\"" },
		{ "\xe0\xa4\x85", "\"\xe0\xa4\x85\"" },
		{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
		{ "a\xff", "\"a\\xff\"" },
		{ "\xc3", "\"\\xc3\"" },
		{ "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"" }, /* a surrogate */
		{ "a\xe2\x80\xae"
		  "b",
		    "\"a\\xe2\\x80\\xae"
		    "b\"" }, /* turns the line around */
		{ "\xe2\x81\xa6", "\"\\xe2\\x81\\xa6\"" },
		{ "\xe2\x80\xa8", "\"\\xe2\\x80\\xa8\"" }, /* a line separator */
		{ "\xe2\x82\xac", "\"\xe2\x82\xac\"" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		char expected[200];
		(void)snprintf(expected, sizeof expected, "info spom-test e k=%s\n", ROWS[i].shown);
		log_line(LOG_LEVEL_INFO, "e", 0, LOG_STR("k", ROWS[i].value));
		assert_string_equal(line(), expected);
	}
}

static void a_nul_within_is_shown(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_INFO, "e", 0, LOG_TEXT("k", ((struct text){ "a\0b", 3 })));
	assert_string_equal(line(), "info spom-test e k=\"a\\x00b\"\n");
}

static void an_absent_text_leaves_its_field_out(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_INFO, "e", 0, LOG_STR("a", NULL), LOG_NUMBER("b", 1));
	assert_string_equal(line(), "info spom-test e b=1\n");
}

static void a_long_value_is_cut(void **state)
{
	(void)state;
	char value[1000];
	memset(value, 'x', sizeof value);
	log_line(LOG_LEVEL_INFO, "e", 0, LOG_TEXT("k", ((struct text){ value, sizeof value })),
	    LOG_NUMBER("n", 1));
	const char *text = line();
	assert_non_null(strstr(text, "xxx... n=1\n"));
	assert_int_equal(strlen(text), strlen("info spom-test e k=... n=1\n") + 600);
}

/* One write of at most what a pipe keeps together; whole fields only. */
static void a_long_line_is_cut(void **state)
{
	(void)state;
	char value[600];
	struct log_field fields[21];
	memset(value, '\x01', sizeof value);
	for (size_t i = 0; i < 20; i++)
		fields[i] = LOG_TEXT("k", ((struct text){ value, 100 + i }));
	fields[20] = (struct log_field){ 0 };
	log_fields(LOG_LEVEL_INFO, "e", 7, fields);
	const char *text = all();
	size_t len = strlen(text);
	assert_in_range(len, 3000, 4096);
	assert_string_equal(text + len - 8, "\" cut=1\n");
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
}

static void the_journal_gets_its_level(void **state)
{
	(void)state;
	struct stat file;
	char stream[64];
	assert_int_equal(fstat(STDERR_FILENO, &file), 0);
	(void)snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)file.st_dev,
	    (unsigned long long)file.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_open("spom-test", LOG_LEVEL_DEBUG);
	static const char *const EXPECTED[] = { "<3>e\n", "<4>e\n", "<6>e\n", "<7>e\n" };
	for (unsigned level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		log_line((enum log_level)level, "e", 0);
		assert_string_equal(all(), EXPECTED[level]);
	}
	assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0); /* stderr goes elsewhere */
	log_open("spom-test", LOG_LEVEL_INFO);
	log_line(LOG_LEVEL_INFO, "e", 0);
	assert_string_equal(line(), "info spom-test e\n");
	(void)unsetenv("JOURNAL_STREAM");
}

static void errno_stays(void **state)
{
	(void)state;
	errno = ENOENT;
	log_line(LOG_LEVEL_INFO, "e", 0);
	assert_int_equal(errno, ENOENT);
	(void)all();
}

static void *shout(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 100; i++)
		log_line(
		    LOG_LEVEL_INFO, "e", 0, LOG_STR("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	(void)state;
	pthread_t threads[4];
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, shout, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	unsigned lines = 0;
	(void)all();
	for (char *at = said; *at != '\0'; lines++) {
		size_t len = strcspn(at, "\n");
		assert_int_equal(len, 25 + strlen("info spom-test e k=") + 46);
		at += len + 1;
	}
	assert_int_equal(lines, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_its_fields),
		cmocka_unit_test(lower_levels_are_left_out),
		cmocka_unit_test(values_are_quoted_where_they_need_it),
		cmocka_unit_test(a_nul_within_is_shown),
		cmocka_unit_test(an_absent_text_leaves_its_field_out),
		cmocka_unit_test(a_long_value_is_cut),
		cmocka_unit_test(a_long_line_is_cut),
		cmocka_unit_test(the_journal_gets_its_level),
		cmocka_unit_test(errno_stays),
		cmocka_unit_test(lines_of_threads_do_not_mix),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
