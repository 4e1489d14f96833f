/* Passwords that are changed with the old one, in every state of the directory's policy, against a private slapd. */
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
#include "authority/directory/slapd.h"

#define FRESH "seven green umbrellas"
#define OTHER "eight blue raincoats"
#define LONGEST 1024
#define RACERS 6
#define LINES_MAX 16

static struct slapd slapd;
static struct directory *directory;

static int start(void **state)
{
	(void)state;
	slapd_new(&slapd, "password");
	directory = campus_open(campus_settings(slapd.ldap, NULL));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	directory_free(&directory);
	slapd_kill(&slapd);
	return 0;
}

struct result {
	enum err err;
	enum password_outcome outcome;
	const char *problem;
	char words[200];
};

static struct result change_by(struct directory *by, const char *name, struct secret old, struct secret fresh)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct result result = { .problem = "" };
	struct person person;
	struct text words = { 0 };
	ROW(name, find(directory, &arena, name, &person) == OK);
	result.err = directory_change_password(
	    by, &person, old, fresh, &arena, &result.outcome, &result.problem, &words);
	(void)snprintf(result.words, sizeof result.words, "%s", words.at != NULL ? text_str(words) : "");
	return result;
}

static struct result change(const char *name, const char *old, const char *fresh)
{
	return change_by(directory, name, secret_of(old), secret_of(fresh));
}

static bool is_changed(struct result result)
{
	return result.err == OK && result.outcome == PASSWORD_CHANGED;
}

static bool is_old_wrong(struct result result)
{
	return result.err == OK && result.outcome == PASSWORD_OLD_WRONG && result.words[0] == '\0';
}

static bool is_refused(struct result result, const char *problem, bool has_words)
{
	return result.err == OK && result.outcome == PASSWORD_REFUSED &&
	       strcmp(result.problem, problem) == 0 && (result.words[0] != '\0') == has_words;
}

static enum bind_outcome bind_of(const char *name, const char *password)
{
	struct bind_result result;
	ROW(name, sign_in(directory, name, password, &result) == OK);
	return result.outcome;
}

static void with_the_old_one_it_is_changed(void **state)
{
	(void)state;
	assert_true(is_changed(change("changer", PASSWORD, FRESH)));
	assert_int_equal(bind_of("changer", PASSWORD), BIND_REFUSED);
	assert_int_equal(bind_of("changer", FRESH), BIND_OK);
	assert_true(is_old_wrong(change("changer", PASSWORD, OTHER)));
	assert_true(is_changed(change("changer", FRESH, PASSWORD)));
}

/* Whatever somebody's state is: who does not have the old one hears the same, and nothing else. */
static void without_the_old_one_nobody_learns_a_state(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "alice", "expired", "grace", "expiring", "reset", "new",
		"locked", "inactive", "privileged", "late-privileged", "careful", "patient", "fixed" };
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		ROW(NAMES[i], is_old_wrong(change(NAMES[i], "wrong", FRESH)));
		ROW(NAMES[i], is_old_wrong(change(NAMES[i], "wrong", "x"))); /* too short for some */
		ROW(NAMES[i], bind_of(NAMES[i], FRESH) != BIND_OK);
	}
	ROW("locked", is_old_wrong(change("locked", PASSWORD, FRESH)));
}

static void guesses_at_the_old_one_are_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_true(is_old_wrong(change("guessed", "wrong", FRESH)));
	assert_true(is_old_wrong(change("guessed", PASSWORD, FRESH)));
	assert_int_equal(bind_of("guessed", PASSWORD), BIND_LOCKED);
}

static void the_policy_says_why_not(void **state)
{
	(void)state;
	static const struct {
		const char *what, *name, *fresh, *problem;
	} ROWS[] = {
		{ "too short", "careful", "short", "password_too_short" },
		{ "the same", "careful", PASSWORD, "password_in_history" },
		{ "a hash, which nobody can weigh", "careful", "{SSHA}VjGkE0mJ0mJ0mJ0mJ0mJ",
		    "password_quality" },
		{ "nobody may", "fixed", FRESH, "password_refused" },
		{ "too short, and due", "new", "short", "password_too_short" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		ROW(ROWS[i].what,
		    is_refused(change(ROWS[i].name, PASSWORD, ROWS[i].fresh), ROWS[i].problem, true));
		enum bind_outcome due = strcmp(ROWS[i].name, "new") == 0 ? BIND_MUST_CHANGE : BIND_OK;
		ROW(ROWS[i].what, bind_of(ROWS[i].name, PASSWORD) == due);
	}
	assert_true(is_changed(change("careful", PASSWORD, FRESH)));
	assert_true(is_refused(change("careful", FRESH, PASSWORD), "password_in_history", true));
	assert_true(is_changed(change("careful", FRESH, OTHER)));
	assert_true(is_refused(change("careful", OTHER, FRESH), "password_in_history", true));
	assert_true(is_changed(change("patient", PASSWORD, FRESH)));
	assert_true(is_refused(change("patient", FRESH, OTHER), "password_too_young", true));
	assert_int_equal(bind_of("patient", FRESH), BIND_OK);
}

/* Refused before anything is sent, for all servers alike. */
static void what_is_no_password_is_not_sent(void **state)
{
	(void)state;
	static char longest[LONGEST + 2];
	memset(longest, 'x', sizeof longest - 1);
	const struct secret right = secret_of(PASSWORD), too_long = { (unsigned char *)longest, LONGEST + 1 };
	const struct secret nul = { (unsigned char *)"seven\0green", 11 }, none = { 0 };
	struct slapd_count before = slapd_counted(&slapd);
	assert_true(is_refused(change_by(directory, "alice", right, none), "password_refused", false));
	assert_true(is_refused(change_by(directory, "alice", right, nul), "password_refused", false));
	assert_true(is_refused(change_by(directory, "alice", right, too_long), "password_refused", false));
	assert_true(is_old_wrong(change_by(directory, "alice", none, right)));
	assert_true(is_old_wrong(change_by(directory, "alice", nul, right)));
	assert_true(is_old_wrong(change_by(directory, "alice", too_long, right)));
	assert_int_equal(slapd_counted(&slapd).binds, before.binds);
	const struct secret long_enough = { (unsigned char *)longest, LONGEST };
	assert_true(is_changed(change_by(directory, "carol", right, long_enough)));
	assert_true(is_changed(change_by(directory, "carol", long_enough, right)));
}

static void every_byte_is_part_of_it(void **state)
{
	(void)state;
	static const char *const PASSWORDS[] = { " leading and trailing ", "*)(uid=*", "\\2a\\00", "\"';--",
		"gr\xc3\xbc\xc3\x9f Gott!", "\xff\xfe not text", "line\nbreak", "%s%n$1", "{CLEARTEXT}x" };
	const char *old = PASSWORD;
	for (size_t i = 0; i < COUNT(PASSWORDS); i++) {
		ROW(PASSWORDS[i], is_changed(change("bob", old, PASSWORDS[i])));
		ROW(PASSWORDS[i], bind_of("bob", PASSWORDS[i]) == BIND_OK);
		ROW(PASSWORDS[i], bind_of("bob", old) == BIND_REFUSED);
		old = PASSWORDS[i];
	}
}

static void one_that_must_be_changed_can_be(void **state)
{
	(void)state;
	assert_int_equal(bind_of("new-too", PASSWORD), BIND_MUST_CHANGE);
	assert_true(is_changed(change("new-too", PASSWORD, FRESH)));
	assert_int_equal(bind_of("new-too", FRESH), BIND_OK);
}

/* There is no bind with it: the proxy changes it, if the directory lets it act for that person. */
static void one_that_has_expired_can_be_changed(void **state)
{
	(void)state;
	assert_int_equal(bind_of("late", PASSWORD), BIND_EXPIRED);
	assert_true(is_changed(change("late", PASSWORD, FRESH)));
	assert_int_equal(bind_of("late", FRESH), BIND_OK);
	assert_int_equal(change("late-privileged", PASSWORD, FRESH).err, ERR_FORBIDDEN);
	assert_int_equal(bind_of("late-privileged", FRESH), BIND_REFUSED);
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->proxy_dn = "";
	CLEANUP(directory_free) struct directory *without = campus_open(settings);
	struct result result = change_by(without, "late-too", secret_of(PASSWORD), secret_of(FRESH));
	assert_int_equal(result.err, ERR_CONFIG);
	assert_int_equal(result.outcome, PASSWORD_REFUSED);
	assert_int_equal(bind_of("late-too", PASSWORD), BIND_EXPIRED);
}

/* A change that is refused costs a grace login as a sign-in does; when the last is gone, the next change still works. */
static void grace_logins_run_out_on_the_way(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_true(is_refused(change("twice", PASSWORD, "short"), "password_too_short", true));
	assert_int_equal(bind_of("twice", PASSWORD), BIND_EXPIRED);
	assert_true(is_old_wrong(change("twice", "wrong", FRESH)));
	assert_true(is_changed(change("twice", PASSWORD, FRESH)));
	assert_int_equal(bind_of("twice", FRESH), BIND_OK);
}

/* The connection that changed one person's password is nobody's afterwards. */
static void the_next_on_the_connection_is_not_that_person(void **state)
{
	(void)state;
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->bind_connections = 1;
	CLEANUP(directory_free) struct directory *narrow = campus_open(settings);
	struct bind_result result;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(is_changed(change_by(narrow, "changer", secret_of(PASSWORD), secret_of(FRESH))));
		assert_true(is_old_wrong(change_by(narrow, "racer", secret_of(FRESH), secret_of(OTHER))));
		assert_int_equal(sign_in(narrow, "racer", PASSWORD, &result), OK);
		assert_int_equal(result.outcome, BIND_OK);
		assert_true(is_changed(change_by(narrow, "changer", secret_of(FRESH), secret_of(PASSWORD))));
	}
}

struct race {
	pthread_barrier_t start;
	_Atomic unsigned changed, not_changed, number, winner;
};

static void *change_at_once(void *context)
{
	struct race *race = context;
	unsigned number = race->number++;
	char fresh[40];
	(void)snprintf(fresh, sizeof fresh, "umbrella number %u", number);
	(void)pthread_barrier_wait(&race->start);
	struct result result = change("racer", PASSWORD, fresh);
	if (is_changed(result)) {
		race->changed++;
		race->winner = number;
	}
	race->not_changed += result.err == OK && result.outcome != PASSWORD_CHANGED;
	return NULL;
}

static void of_many_at_once_one_changes_it(void **state)
{
	(void)state;
	struct race race = { .number = 1 };
	pthread_t threads[RACERS];
	char fresh[40];
	assert_int_equal(pthread_barrier_init(&race.start, NULL, RACERS), 0);
	for (size_t i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, change_at_once, &race), 0);
	for (size_t i = 0; i < RACERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	(void)pthread_barrier_destroy(&race.start);
	assert_int_equal(race.changed, 1);
	assert_int_equal(race.not_changed, RACERS - 1);
	(void)snprintf(fresh, sizeof fresh, "umbrella number %u", (unsigned)race.winner);
	assert_int_equal(bind_of("racer", fresh), BIND_OK);
}

/* A server that takes no writes refers to another; the next one is asked. */
static void a_server_that_only_reads_is_passed_over(void **state)
{
	(void)state;
	struct slapd behind;
	slapd_new_with(&behind, "behind",
	    "syncrepl rid=1 provider=ldap://127.0.0.1:1 searchbase=\"" BASE
	    "\" type=refreshOnly retry=\"60 +\" bindmethod=simple\nupdateref ldap://127.0.0.1:1\n");
	CLEANUP(directory_free)
	struct directory *two = campus_open(campus_settings(behind.ldap, slapd.ldap));
	assert_true(is_changed(change_by(two, "referred", secret_of(PASSWORD), secret_of(FRESH))));
	assert_int_equal(bind_of("referred", FRESH), BIND_OK);
	slapd_kill(&behind);
}

/* --- answers that are lost --------------------------------------------------------------------------------------- */

/* Stands between us and the server: hands on what is said, and after the request to change a password, which it hands on as well,
 * keeps the answer and closes. */
struct between {
	int fd;
	char uri[64];
	pthread_t thread, lines[LINES_MAX];
	unsigned n_lines;
	_Atomic unsigned lost; /* answers to lose are left */
};

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	address.sin_port = htons((in_port_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

static bool hand_on(int from, int to, const char *sought, bool *found)
{
	char bytes[8192];
	ssize_t n = recv(from, bytes, sizeof bytes, 0);
	if (n <= 0 || send(to, bytes, (size_t)n, MSG_NOSIGNAL) != n)
		return false;
	*found = sought != NULL && memmem(bytes, (size_t)n, sought, strlen(sought)) != NULL;
	return true;
}

static void relay(struct between *between, int client, int server)
{
	struct pollfd ends[] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
	bool asked = false, none;
	char answer[4096];
	while (poll(ends, 2, -1) > 0) {
		if (ends[0].revents != 0 && !hand_on(client, server, "1.3.6.1.4.1.4203.1.11.1", &asked))
			return;
		if (asked && between->lost > 0) {
			between->lost--;
			(void)recv(server, answer, sizeof answer, 0); /* it is done */
			return;
		}
		if (ends[1].revents != 0 && !hand_on(server, client, NULL, &none))
			return;
	}
}

struct line {
	struct between *between;
	int client;
};

static void *hold_line(void *context)
{
	struct line line = *(struct line *)context;
	free(context);
	int server = connect_to(slapd.port);
	if (server >= 0) {
		relay(line.between, line.client, server);
		(void)close(server);
	}
	(void)close(line.client);
	return NULL;
}

static void *stand_between(void *context)
{
	struct between *between = context;
	int client;
	while ((client = accept(between->fd, NULL, NULL)) >= 0 && between->n_lines < LINES_MAX) {
		struct line *line = malloc(sizeof *line);
		*line = (struct line){ between, client };
		(void)pthread_create(&between->lines[between->n_lines++], NULL, hold_line, line);
	}
	return NULL;
}

static void between_start(struct between *between)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	between->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(between->fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(between->fd, 8), 0);
	assert_int_equal(getsockname(between->fd, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(between->uri, sizeof between->uri, "ldap://127.0.0.1:%d", ntohs(address.sin_port));
	assert_int_equal(pthread_create(&between->thread, NULL, stand_between, between), 0);
}

static void between_stop(struct between *between)
{
	(void)shutdown(between->fd, SHUT_RDWR);
	assert_int_equal(pthread_join(between->thread, NULL), 0);
	for (unsigned i = 0; i < between->n_lines; i++)
		assert_int_equal(pthread_join(between->lines[i], NULL), 0);
	(void)close(between->fd);
}

static bool reads_self(struct directory *by)
{
	static const char *const NAMES[] = { "cn" };
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person;
	struct attribute *attributes;
	struct text version;
	return find(by, &arena, "bob", &person) == OK &&
	       directory_read_self(by, &person, NAMES, 1, &arena, &attributes, &version) == OK;
}

/* The change was done and its answer got lost: asked again, the old one is wrong, and the new one tells that it was us. */
static void a_lost_answer_is_found_out(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "broken-off", "late-broken-off" };
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		struct between between = { .lost = 1 };
		between_start(&between);
		struct directory *through = campus_open(campus_settings(between.uri, NULL));
		/* connections that are there already: the pools replace one of those */
		ROW(NAMES[i],
		    is_old_wrong(change_by(through, NAMES[i], secret_of("wrong"), secret_of(FRESH))));
		assert_true(reads_self(through));
		ROW(NAMES[i],
		    is_changed(change_by(through, NAMES[i], secret_of(PASSWORD), secret_of(FRESH))));
		ROW(NAMES[i], between.lost == 0 && bind_of(NAMES[i], FRESH) == BIND_OK);
		directory_free(&through);
		between_stop(&between);
	}
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_the_old_one_it_is_changed),
		cmocka_unit_test(without_the_old_one_nobody_learns_a_state),
		cmocka_unit_test(guesses_at_the_old_one_are_counted),
		cmocka_unit_test(the_policy_says_why_not),
		cmocka_unit_test(what_is_no_password_is_not_sent),
		cmocka_unit_test(every_byte_is_part_of_it),
		cmocka_unit_test(one_that_must_be_changed_can_be),
		cmocka_unit_test(one_that_has_expired_can_be_changed),
		cmocka_unit_test(grace_logins_run_out_on_the_way),
		cmocka_unit_test(the_next_on_the_connection_is_not_that_person),
		cmocka_unit_test(of_many_at_once_one_changes_it),
		cmocka_unit_test(a_server_that_only_reads_is_passed_over),
		cmocka_unit_test(a_lost_answer_is_found_out),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

int main(void)
{
	return slapd_guard(run);
}
