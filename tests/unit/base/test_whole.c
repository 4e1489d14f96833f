#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/whole.h"

static char folder[] = "/tmp/spom-whole-XXXXXX";
static char path[100];

static int setup(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/file", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder); /* nothing else was left there */
}

static void is(const char *text, mode_t mode)
{
	char bytes[100];
	struct stat status;
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	assert_string_equal(bytes, text);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, mode);
}

static void a_file_is_made_and_replaced(void **state)
{
	(void)state;
	assert_int_equal(whole_replace(path, "one", 3, 0600, NULL), OK);
	is("one", 0600);
	const struct whole_owner owner = { geteuid(), getegid() };
	assert_int_equal(whole_replace(path, "", 0, 0640, &owner), OK);
	is("", 0640);
}

static void what_was_there_stays_when_it_fails(void **state)
{
	(void)state;
	char wide[400], part[120];
	assert_int_equal(whole_replace(path, "kept", 4, 0600, NULL), OK);
	(void)snprintf(part, sizeof part, "%s.new", path);
	assert_int_equal(mkdir(part, 0700), 0);
	assert_int_equal(whole_replace(path, "other", 5, 0600, NULL), ERR_IO);
	assert_int_equal(rmdir(part), 0);
	is("kept", 0600);
	memset(wide, 'x', sizeof wide);
	wide[sizeof wide - 1] = '\0';
	assert_int_equal(whole_replace(wide, "", 0, 0600, NULL), ERR_TOO_LARGE);
	assert_int_equal(whole_replace("/proc/none", "x", 1, 0600, NULL), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_made_and_replaced),
		cmocka_unit_test(what_was_there_stays_when_it_fails),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
