/* spomctl config check, on files that are in order but for one thing. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ctl/ctl.h"

static char folder[] = "/tmp/spom-check-XXXXXX";
static const char *const FILES[] = { "spom.conf", "secret", "spom" };

static const char *path_of(const char *name)
{
	static char path[100];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(path_of(name), "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path_of(name), mode), 0);
}

/* The settings name the other two files of the folder. */
static void write_settings(void)
{
	char text[2000];
	(void)snprintf(text, sizeof text,
	    "[authority]\npam_confdir = %s\n[peers]\ndoor = 1\ncheck = 2\nback = 3\ngate = 4\ncourier = 5\n"
	    "[portal]\norigin = http://localhost\ninstitution = X\nedge_secret_file = %s/secret\n"
	    "[directory]\nuri = ldap://127.0.0.1\npeople_base = dc=x\nread_dn = cn=x\nread_password_file = "
	    "%s/secret\n[records]\nbase = ou=spom\ndn = cn=x\npassword_file = %s/secret\n",
	    folder, folder, folder, folder);
	write_file("spom.conf", text, 0644);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(FILES); i++)
		(void)unlink(path_of(FILES[i]));
	return rmdir(folder);
}

static enum ctl_exit check(bool json)
{
	char file[100];
	(void)snprintf(file, sizeof file, "%s", path_of("spom.conf"));
	const char *words[] = { file };
	const struct ctl ctl = { .sockets = "/nonexistent", .json = json, .words = words, .n_words = 1 };
	return ctl_config_check(&ctl);
}

static void settings_secrets_and_stack_are_checked(void **state)
{
	(void)state;
	static const char STACK[] = "auth requisite pam_spom.so\naccount requisite pam_spom.so\n";
	static const struct {
		const char *name, *stack, *secret;
		mode_t mode;
		enum ctl_exit code;
	} ROWS[] = {
		{ "in order", STACK, "s\n", 0600, CTL_DONE },
		{ "no stack", NULL, "s\n", 0600, CTL_REFUSED },
		{ "another order", "auth required pam_unix.so\nauth requisite pam_spom.so\n", "s\n", 0600,
		    CTL_REFUSED },
		{ "no secret", STACK, NULL, 0600, CTL_REFUSED },
		{ "empty secret", STACK, "", 0600, CTL_REFUSED },
		{ "open secret", STACK, "s\n", 0644, CTL_REFUSED },
	};
	write_settings();
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		(void)unlink(path_of("spom"));
		(void)unlink(path_of("secret"));
		if (ROWS[i].stack != NULL)
			write_file("spom", ROWS[i].stack, 0644);
		if (ROWS[i].secret != NULL)
			write_file("secret", ROWS[i].secret, ROWS[i].mode);
		ROW(ROWS[i].name, check(false) == ROWS[i].code);
		ROW(ROWS[i].name, check(true) == ROWS[i].code);
	}
}

static void settings_that_are_wrong_are_refused(void **state)
{
	(void)state;
	write_file("spom.conf", "[portal]\nx = 1\n", 0644);
	assert_int_equal(check(false), CTL_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_secrets_and_stack_are_checked),
		cmocka_unit_test(settings_that_are_wrong_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
