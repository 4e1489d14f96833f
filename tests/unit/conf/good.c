#include "conf/good.h"
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char FILE_GOOD[] = "# a good one\n"
			 "\n"
			 "[peers]\n"
			 "door = 1001\n"
			 "check = 1002\n"
			 "back = 1003\n"
			 "gate = 1004\n"
			 "courier = 1005\n"
			 "[portal]\n"
			 "origin = https://login.example.edu\n"
			 "institution = Universit\xc3\xa4t = Beispiel ; # all of it\n"
			 "edge_secret_file = /etc/spom/edge\n"
			 "[directory]\n"
			 "uri = ldaps://one.example.edu, ldaps://two.example.edu:1636\n"
			 "people_base = ou=people,dc=example,dc=edu\n"
			 "read_dn = cn=spom-read,dc=example,dc=edu\n"
			 "read_password_file = /etc/spom/read\n"
			 "[records]\n"
			 "base = ou=spom,dc=example,dc=edu\n"
			 "dn = cn=spom-store,dc=example,dc=edu\n"
			 "password_file = /etc/spom/store\n";

static char path[40];

const char *file_write(const void *bytes, size_t len)
{
	file_remove();
	memcpy(path, "/tmp/spom-conf-XXXXXX", sizeof "/tmp/spom-conf-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	(void)close(fd);
	return path;
}

void file_remove(void)
{
	if (path[0] != '\0')
		(void)unlink(path);
	path[0] = '\0';
}

static const char *good_cut(const char *at, size_t drop, const char *line)
{
	char text[20000];
	int len = snprintf(text, sizeof text, "%.*s%s%s%s", (int)(at - FILE_GOOD), FILE_GOOD,
	    line != NULL ? line : "", line != NULL ? "\n" : "", at + drop);
	assert_in_range(len, 1, sizeof text - 1);
	return file_write(text, (size_t)len);
}

const char *file_with(const char *section, const char *line)
{
	char head[40];
	(void)snprintf(head, sizeof head, "[%s]\n", section);
	const char *at = strstr(FILE_GOOD, head);
	if (at != NULL)
		return good_cut(at + strlen(head), 0, line);
	char both[20000];
	(void)snprintf(both, sizeof both, "%s%s", head, line);
	return good_cut(FILE_GOOD + strlen(FILE_GOOD), 0, both);
}

const char *file_changed(const char *key, const char *line)
{
	char head[60];
	(void)snprintf(head, sizeof head, "\n%s = ", key);
	const char *at = strstr(FILE_GOOD, head);
	assert_non_null(at);
	at++;
	return good_cut(at, strcspn(at, "\n") + 1, line);
}
