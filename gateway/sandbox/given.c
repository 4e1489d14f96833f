#include "sandbox/given.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/text.h"

#define FIRST 3 /* SD_LISTEN_FDS_START */

/* The variables, as this program's own. */
struct given {
	char *pid, *fds, *names;
};

static char *take_out(const char *name)
{
	const char *value = getenv(name);
	char *own = value != NULL ? strdup(value) : NULL;
	(void)unsetenv(name);
	return own;
}

static void given_done(struct given *given)
{
	free(given->pid);
	free(given->fds);
	free(given->names);
}

/* What was meant for another process, say for the shell that started us, is nothing. */
static bool is_for_us(const struct given *given)
{
	unsigned long long pid;
	return given->pid != NULL && given->fds != NULL &&
	       text_to_number(text_of(given->pid), INT32_MAX, &pid) && (pid_t)pid == getpid();
}

static bool is_listener(int fd, int family)
{
	const int WANTED[][2] = { { SO_DOMAIN, family }, { SO_TYPE, SOCK_STREAM }, { SO_ACCEPTCONN, 1 } };
	for (size_t i = 0; i < COUNT(WANTED); i++) {
		int value = -1;
		socklen_t len = sizeof value;
		if (getsockopt(fd, SOL_SOCKET, WANTED[i][0], &value, &len) != 0 || value != WANTED[i][1])
			return false;
	}
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* The place of a name among those wanted; their number for one that is not. */
static unsigned place_of(const struct given_wanted *wanted, struct text name)
{
	unsigned i = 0;
	while (i < wanted->n && !text_equal_str(name, wanted->names[i]))
		i++;
	return i;
}

static bool take_one(
    const struct given_wanted *wanted, struct text name, int fd, int *fds, char fault[GIVEN_FAULT_SIZE])
{
	unsigned place = place_of(wanted, name);
	const char *kind = wanted->family == AF_UNIX ? "Unix" : "IPv4";
	int shown = name.len < 64 ? (int)name.len : 64;
	if (place == wanted->n)
		(void)snprintf(fault, GIVEN_FAULT_SIZE,
		    "a socket \"%.*s\" was given, and this program has none of that name", shown, name.at);
	else if (fds[place] >= 0)
		(void)snprintf(
		    fault, GIVEN_FAULT_SIZE, "the socket \"%s\" was given twice", wanted->names[place]);
	else if (!is_listener(fd, wanted->family))
		(void)snprintf(fault, GIVEN_FAULT_SIZE,
		    "the socket \"%s\" is no %s stream socket that listens", wanted->names[place], kind);
	else
		fds[place] = fd;
	return place < wanted->n && fds[place] == fd;
}

static struct text next_name(const char **at)
{
	size_t len = strcspn(*at, ":");
	struct text name = { *at, len };
	*at += len + ((*at)[len] == ':');
	return name;
}

/* Names are as many as descriptors, however few characters they have. */
static unsigned count_names(const char *names)
{
	unsigned n = names != NULL && names[0] != '\0';
	for (; names != NULL && *names != '\0'; names++)
		n += *names == ':';
	return n;
}

static bool take_all(
    const struct given_wanted *wanted, const struct given *given, int *fds, char fault[GIVEN_FAULT_SIZE])
{
	unsigned long long n;
	if (!text_to_number(text_of(given->fds), GIVEN_MAX, &n) || n == 0) {
		(void)snprintf(fault, GIVEN_FAULT_SIZE,
		    "LISTEN_FDS is \"%.32s\", and not a number from 1 to %u", given->fds, GIVEN_MAX);
		return false;
	}
	if (count_names(given->names) != n) {
		(void)snprintf(fault, GIVEN_FAULT_SIZE, "LISTEN_FDNAMES has %u names for %u sockets",
		    count_names(given->names), (unsigned)n);
		return false;
	}
	const char *at = given->names;
	for (int fd = FIRST; fd < FIRST + (int)n; fd++)
		if (!take_one(wanted, next_name(&at), fd, fds, fault))
			return false;
	for (unsigned i = 0; i < wanted->n; i++)
		if (fds[i] < 0) {
			(void)snprintf(fault, GIVEN_FAULT_SIZE,
			    "the socket \"%s\" was not given, and others were", wanted->names[i]);
			return false;
		}
	return true;
}

enum err given_take(
    const struct given_wanted *wanted, int *fds_r, unsigned *n_r, char fault[GIVEN_FAULT_SIZE])
{
	CLEANUP(given_done)
	struct given given = { take_out("LISTEN_PID"), take_out("LISTEN_FDS"), take_out("LISTEN_FDNAMES") };
	int fds[GIVEN_MAX];
	for (unsigned i = 0; i < GIVEN_MAX; i++)
		fds[i] = -1;
	bool is_given = is_for_us(&given);
	if (is_given && !take_all(wanted, &given, fds, fault))
		return ERR_CONFIG;
	memcpy(fds_r, fds, wanted->n * sizeof *fds_r);
	*n_r = is_given ? wanted->n : 0;
	return OK;
}
