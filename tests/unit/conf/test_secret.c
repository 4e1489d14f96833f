#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf/conf.h"
#include "conf/good.h"

#define MAX 8

static void the_first_line_is_the_secret(void **state)
{
	(void)state;
	static const struct {
		const char *name, *bytes;
		size_t len;
		enum err expected;
		const char *secret;
	} ROWS[] = {
		{ "line", "pass\n", 5, OK, "pass" },
		{ "no end", "pass", 4, OK, "pass" },
		{ "crlf", "pass\r\n", 6, OK, "pass" },
		{ "blanks stay", " p s \n", 6, OK, " p s " },
		{ "second line", "pass\nmore\n", 10, OK, "pass" },
		{ "long rest", "pass\nmore and more and more and more", 36, OK, "pass" },
		{ "greatest", "12345678\n", 9, OK, "12345678" },
		{ "greatest, no end", "12345678", 8, OK, "12345678" },
		{ "greatest, crlf", "12345678\r\n", 10, OK, "12345678" },
		{ "too long", "123456789\n", 10, ERR_TOO_LARGE, NULL },
		{ "far too long", "123456789012345678901234567890", 30, ERR_TOO_LARGE, NULL },
		{ "empty", "", 0, ERR_MALFORMED, NULL },
		{ "empty line", "\npass\n", 6, ERR_MALFORMED, NULL },
		{ "nul", "pa\0ss\n", 6, ERR_MALFORMED, NULL },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(secret_free) struct secret secret = { NULL, 0 };
		enum err err = conf_secret(file_write(ROWS[i].bytes, ROWS[i].len), MAX, &secret);
		ROW(ROWS[i].name, err == ROWS[i].expected);
		if (ROWS[i].secret == NULL) {
			ROW(ROWS[i].name, secret.at == NULL);
			continue;
		}
		ROW(ROWS[i].name, secret.len == strlen(ROWS[i].secret));
		ROW(ROWS[i].name, strcmp((const char *)secret.at, ROWS[i].secret) == 0);
	}
	file_remove();
}

static void all_lines_may_be_the_secret(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		enum err expected;
	} ROWS[] = {
		{ "a\r\nb\n\n", 6, OK },
		{ "12345678", 8, OK },
		{ "1234567\n", 8, OK },
		{ "12345678\n", 9, ERR_TOO_LARGE },
		{ "", 0, ERR_MALFORMED },
		{ "a\n\0\n", 4, ERR_MALFORMED },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(secret_free) struct secret secret = { NULL, 0 };
		enum err err = conf_secret_lines(file_write(ROWS[i].bytes, ROWS[i].len), MAX, &secret);
		ROW(ROWS[i].bytes, err == ROWS[i].expected);
		ROW(ROWS[i].bytes, err != OK || secret.len == ROWS[i].len);
		ROW(ROWS[i].bytes, err != OK || memcmp(secret.at, ROWS[i].bytes, secret.len) == 0);
	}
	file_remove();
}

static void others_may_not_touch_the_file(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		mode_t mode;
		enum err expected;
	} ROWS[] = {
		{ "0400", 0400, OK },
		{ "0640", 0640, OK },
		{ "0660", 0660, ERR_FORBIDDEN },
		{ "0644", 0644, ERR_FORBIDDEN },
		{ "0602", 0602, ERR_FORBIDDEN },
		{ "0601", 0601, ERR_FORBIDDEN },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(secret_free) struct secret secret = { NULL, 0 };
		const char *file = file_write("pass\n", 5);
		ROW(ROWS[i].name, chmod(file, ROWS[i].mode) == 0);
		ROW(ROWS[i].name, conf_secret(file, MAX, &secret) == ROWS[i].expected);
	}
	file_remove();
}

static void only_a_plain_file_is_read(void **state)
{
	(void)state;
	CLEANUP(secret_free) struct secret secret = { NULL, 0 };
	char fifo[] = "/tmp/spom-fifo-XXXXXX";
	assert_int_equal(conf_secret("/nonexistent/secret", MAX, &secret), ERR_NOT_FOUND);
	assert_int_equal(conf_secret("/tmp", MAX, &secret), ERR_NOT_FOUND);
	int fd = mkstemp(fifo);
	assert_true(fd >= 0);
	(void)close(fd);
	(void)unlink(fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(conf_secret(fifo, MAX, &secret), ERR_NOT_FOUND); /* and does not wait */
	(void)unlink(fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_is_the_secret),
		cmocka_unit_test(all_lines_may_be_the_secret),
		cmocka_unit_test(others_may_not_touch_the_file),
		cmocka_unit_test(only_a_plain_file_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
