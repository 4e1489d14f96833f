/* Servers that answer with nonsense, or stop in the middle of a word. */
#include "unit.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "authority/directory/campus.h"
#include "authority/directory/records.h"
#include "authority/directory/slapd.h"
#include "base/clock.h"

#define TIMEOUT_MS 500
#define SLACK_MS 480 /* of a busy machine */

/* A server of our own; speak gets each connection in turn. */
struct server {
	int fd;
	int port; /* of the directory behind it */
	pthread_t thread;
	void (*speak)(const struct server *server, int fd);
	const char *bytes;
	size_t len;
	char uri[64];
};

static void *serve(void *argument)
{
	const struct server *server = argument;
	int fd;
	while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
		server->speak(server, fd);
		(void)close(fd);
	}
	return NULL;
}

static void server_start(struct server *server, const char *scheme)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server->fd, 8), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(server->uri, sizeof server->uri, "%s://127.0.0.1:%d", scheme, ntohs(address.sin_port));
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(struct server *server)
{
	(void)shutdown(server->fd, SHUT_RDWR);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)close(server->fd);
}

static struct directory *open_fast(const char *uri)
{
	struct directory_settings *settings = campus_settings(uri, NULL);
	settings->timeout_ms = TIMEOUT_MS;
	settings->network_timeout_ms = TIMEOUT_MS;
	settings->ca_file = slapd_file("ca.pem");
	return campus_open(settings);
}

static void say_the_same(const struct server *server, int fd)
{
	char request[512];
	if (recv(fd, request, sizeof request, 0) > 0)
		(void)send(fd, server->bytes, server->len, MSG_NOSIGNAL);
}

static void nonsense_is_no_answer(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		const char *bytes;
		size_t len;
	} ROWS[] = {
		{ "nothing", "", 0 },
		{ "HTTP", "HTTP/1.1 200 OK\r\n\r\n", 19 },
		{ "a huge length", "\x30\x84\x7f\xff\xff\xff\x02\x01\x01", 9 },
		{ "a cut message", "\x30\x0c\x02\x01\x01\x61", 6 },
		{ "success for another message", "\x30\x0c\x02\x01\x63\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
		    14 },
		{ "a search's end for a bind", "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00",
		    14 },
		{ "a changed entry for a bind", "\x30\x0c\x02\x01\x01\x67\x07\x0a\x01\x00\x04\x00\x04\x00",
		    14 },
		{ "a message of no type", "\x30\x0c\x02\x01\x01\x00\x07\x0a\x01\x00\x04\x00\x04\x00", 14 },
		{ "a message of a type that is too great",
		    "\x30\x10\x02\x01\x01\xff\xff\xff\xff\x7f\x07\x0a\x01\x00\x04\x00\x04\x00", 18 },
		{ "a result without its parts", "\x30\x05\x02\x01\x01\x61\x00", 7 },
		{ "a code that is none", "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\xff\x04\x00\x04\x00", 14 },
		{ "success with a control that is none",
		    "\x30\x2b\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"
		    "\xa0\x1d\x30\x1b\x04\x19"
		    "1.3.6.1.4.1.42.2.27.8.5.1",
		    45 },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct server server = { .speak = say_the_same, .bytes = ROWS[i].bytes, .len = ROWS[i].len };
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person found, person = { .dn = TEXT_LITERAL("uid=alice,ou=people," BASE) };
		struct bind_result result = { 0 };
		server_start(&server, "ldap");
		struct directory *directory = open_fast(server.uri);
		ROW(ROWS[i].what, directory_bind(directory, &person, secret_of(PASSWORD), &result) != OK);
		ROW(ROWS[i].what, result.outcome == BIND_REFUSED);
		directory_free(&directory);
		directory = open_fast(server.uri);
		ROW(ROWS[i].what, find(directory, &arena, "alice", &found) != OK);
		directory_free(&directory);
		server_stop(&server);
	}
}

/* The same bytes said rightly are an answer: it is the nonsense that was refused above. */
static void a_plain_success_is_one(void **state)
{
	(void)state;
	struct server server = { .speak = say_the_same, .len = 14 };
	struct person person = { .dn = TEXT_LITERAL("uid=alice,ou=people," BASE) };
	struct bind_result result = { 0 };
	server.bytes = "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00";
	server_start(&server, "ldap");
	struct directory *directory = open_fast(server.uri);
	assert_int_equal(directory_bind(directory, &person, secret_of(PASSWORD), &result), OK);
	assert_int_equal(result.outcome, BIND_OK);
	directory_free(&directory);
	server_stop(&server);
}

static int dial(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	address.sin_port = htons((in_port_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)connect(fd, (struct sockaddr *)&address, sizeof address);
	return fd;
}

/* Hands on what both sides say, of the directory what passes: where that is less than it said, it keeps silent until the client leaves. */
static void relay(
    const struct server *server, int fd, size_t (*pass)(void *context, char *bytes, size_t n), void *context)
{
	int behind = dial(server->port);
	bool speaks = true;
	struct pollfd ready[] = { { .fd = fd, .events = POLLIN }, { .fd = behind, .events = POLLIN } };
	char bytes[4096];
	while (poll(ready, speaks ? 2 : 1, 5000) > 0) {
		int from = ready[0].revents != 0 ? 0 : 1;
		ssize_t n = recv(ready[from].fd, bytes, sizeof bytes, 0);
		if (n <= 0)
			break;
		size_t passed = from == 1 ? pass(context, bytes, (size_t)n) : (size_t)n;
		speaks = passed == (size_t)n;
		(void)send(ready[1 - from].fd, bytes, passed, MSG_NOSIGNAL);
		ready[1].revents = 0;
	}
	(void)close(behind);
}

static size_t pass_some(void *context, char *bytes, size_t n)
{
	size_t *left = context, passed = n < *left ? n : *left;
	(void)bytes;
	*left -= passed;
	return passed;
}

static void fall_silent(const struct server *server, int fd)
{
	size_t left = server->len;
	relay(server, fd, pass_some, &left);
}

/* In the middle of a handshake, of a record, of a message: the operation's time is all that it costs. */
static void a_server_that_falls_silent(void **state)
{
	static const size_t LENS[] = { 1, 4, 60, 200, 900, 1100, 1300 };
	struct slapd *slapd = *state;
	const struct {
		const char *scheme;
		const char *uri;
	} ROWS[] = { { "ldap", slapd->ldap }, { "ldaps", slapd->ldaps } };
	for (size_t i = 0; i < COUNT(ROWS) * COUNT(LENS); i++) {
		const char *uri = ROWS[i / COUNT(LENS)].uri;
		struct server server = { .speak = fall_silent, .len = LENS[i % COUNT(LENS)] };
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person person;
		server.port = atoi(strrchr(uri, ':') + 1);
		server_start(&server, ROWS[i / COUNT(LENS)].scheme);
		struct directory *directory = open_fast(server.uri);
		int64_t began_ms = clock_steady_ms();
		enum err err = find(directory, &arena, "alice", &person);
		int64_t took_ms = clock_steady_ms() - began_ms;
		ROW(uri, took_ms <= TIMEOUT_MS + SLACK_MS);
		ROW(uri, err == ERR_TIMEOUT || err == ERR_UNREACHABLE || (err == OK && server.len > 200));
		directory_free(&directory);
		server_stop(&server);
	}
}

/* --- in the middle of many records ---------------------------------------------------------------------------------- */

#define MANY (2 * RECORDS_PART + 10)
#define PAGES "1.2.840.113556.1.4.319" /* the control of RFC 2696 */

static void put_records(struct directory *directory, unsigned n)
{
	static const struct text CLASS = TEXT_LITERAL("organizationalUnit");
	for (unsigned i = 0; i < n; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		char dn[64], name[12];
		(void)snprintf(name, sizeof name, "r%u", i);
		(void)snprintf(dn, sizeof dn, "ou=%s," RECORDS, name);
		const struct text ou = text_of(name);
		const struct record_change parts[] = { { RECORD_ADD, "objectClass", &CLASS, 1 },
			{ RECORD_ADD, "ou", &ou, 1 } };
		assert_int_equal(records_add(directory, dn, parts, COUNT(parts), &arena), OK);
	}
}

struct visit {
	unsigned seen;
	struct slapd *restarts; /* behind the first record; once */
};

static enum err see(void *context, const struct record *record)
{
	struct visit *visit = context;
	visit->seen = record != NULL ? visit->seen + 1 : 0;
	if (visit->seen == 1 && visit->restarts != NULL) {
		slapd_kill(visit->restarts);
		slapd_start(visit->restarts);
		visit->restarts = NULL;
	}
	return OK;
}

/* How many records are seen; 0: it is an error, or said not to be all. */
static unsigned seen_in(struct directory *directory, struct slapd *restarts)
{
	static const char *const NAMES[] = { "ou" };
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct visit visit = { .restarts = restarts };
	bool more = false;
	enum err err = records_each(
	    directory, RECORDS, "(ou=r*)", NAMES, COUNT(NAMES), 5000, &arena, see, &visit, &more);
	return err == OK && !more ? visit.seen : 0;
}

/* In the answer of which part something is changed that says whether there are more, and what. */
struct meddler {
	enum { LEFT_ALONE, NO_CONTROL, ANOTHER_COOKIE, SILENCE } how;
	unsigned part;
	size_t matched; /* bytes of the control's name that have just passed */
	enum { BEFORE_IT, IN_ITS_VALUE, AT_ITS_COOKIE, BEHIND_IT } where;
	char before;
};

/* False: this byte and those behind it do not pass. A cookie of slapd is a string of eight bytes. */
static bool meddle(struct meddler *meddler, char *byte)
{
	meddler->matched = *byte == PAGES[meddler->matched] ? meddler->matched + 1 : *byte == PAGES[0];
	if (meddler->where == IN_ITS_VALUE && meddler->before == 0x04 && *byte == 0x08) {
		meddler->where = AT_ITS_COOKIE;
	} else if (meddler->where == AT_ITS_COOKIE) {
		meddler->where = BEHIND_IT;
		*byte ^= 1;
	} else if (meddler->matched == strlen(PAGES) && --meddler->part == 0) {
		meddler->where = meddler->how == ANOTHER_COOKIE ? IN_ITS_VALUE : BEHIND_IT;
		*byte = meddler->how == NO_CONTROL ? '0' : *byte;
		return meddler->how != SILENCE;
	}
	meddler->matched %= strlen(PAGES);
	meddler->before = *byte;
	return true;
}

static size_t pass_meddled(void *context, char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!meddle(context, &bytes[i]))
			return i;
	return n;
}

static const struct meddler *meddles;

static void speak_meddled(const struct server *server, int fd)
{
	struct meddler meddler = *meddles; /* each connection anew */
	relay(server, fd, pass_meddled, &meddler);
}

/* What is only a part is never said to be all. */
static void a_server_that_fails_between_parts(void **state)
{
	struct slapd *slapd = *state;
	static const struct {
		const char *what;
		struct meddler meddler;
		unsigned seen;
	} ROWS[] = {
		{ "as it is", { .how = LEFT_ALONE }, MANY },
		{ "no word of parts", { .how = NO_CONTROL, .part = 2 }, 0 },
		{ "a cookie that is refused", { .how = ANOTHER_COOKIE, .part = 1 }, 0 },
		{ "one that is refused later", { .how = ANOTHER_COOKIE, .part = 2 }, 0 },
		{ "silence", { .how = SILENCE, .part = 3 }, 0 },
	};
	struct directory *directory = campus_open(campus_settings(slapd->ldap, NULL));
	put_records(directory, MANY);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct server server = { .speak = speak_meddled, .port = slapd->port };
		meddles = &ROWS[i].meddler;
		server_start(&server, "ldap");
		struct directory *other = campus_open(campus_settings(server.uri, NULL));
		unsigned seen = seen_in(other, NULL);
		if (seen != ROWS[i].seen)
			fail_msg("row '%s': %u", ROWS[i].what, seen);
		directory_free(&other);
		server_stop(&server);
	}
	unsigned seen = seen_in(directory, slapd);
	assert_true(seen == 0 || seen == MANY); /* read anew from the beginning */
	assert_true(wait_until_well(directory, 3000) >= 0);
	assert_int_equal(seen_in(directory, NULL), MANY);
	directory_free(&directory);
}

static void a_server_that_gives_no_more(void **state)
{
	static struct slapd slapd;
	(void)state;
	slapd_new_with(&slapd, "limited", "limits dn.exact=\"" STORE_DN "\" size.prtotal=205\n");
	struct directory *directory = campus_open(campus_settings(slapd.ldap, NULL));
	put_records(directory, RECORDS_PART + 10);
	assert_int_equal(seen_in(directory, NULL), 0);
	directory_free(&directory);
	slapd_kill(&slapd);
}

static int start(void **state)
{
	static struct slapd slapd;
	slapd_new(&slapd, "one");
	*state = &slapd;
	return 0;
}

static int stop(void **state)
{
	slapd_kill(*state);
	return 0;
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_no_answer),
		cmocka_unit_test(a_plain_success_is_one),
		cmocka_unit_test(a_server_that_falls_silent),
		cmocka_unit_test(a_server_that_fails_between_parts),
		cmocka_unit_test(a_server_that_gives_no_more),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

int main(void)
{
	return slapd_guard(run);
}
