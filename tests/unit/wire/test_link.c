/* The other side is a thread of the test: what it sends is a row of each test. */
#include "unit.h"
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "wire/link.h"

enum manner {
	FINE,
	NO_WELCOME,       /* another message comes first */
	HANG_UP,          /* closes behind the welcome */
	TAKE_AND_HANG_UP, /* reads the question, and closes */
	HANG_UP_ONCE,     /* the first connection closes behind the welcome, the next one is fine */
	WRONG_REQUEST,    /* answers a request that nobody made */
	HALF,             /* half a frame, then silence */
	OTHER_DIALECT,
	GARBAGE,
	BYTE_BY_BYTE,
	LONG, /* an answer that is not read at once */
	TWICE,
};

#define LONG_LEN 20000u

struct server {
	enum manner manner;
	unsigned connections, questions;
	char folder[32], path[64];
	int listener;
	pthread_t thread;
};

static int64_t soon(void)
{
	return clock_steady_ms() + 2000;
}

static void greet(struct link *link, enum manner manner)
{
	struct msg_welcome welcome = { ROLE_ADMIN, TEXT_LITERAL(SPOM_VERSION) };
	struct msg_done done = { .text = { NULL, 0 } };
	uint8_t bytes[200];
	size_t len = 0;
	if (manner == NO_WELCOME) {
		(void)!link_send(link, WIRE(done, &done), 0, 0, soon());
		return;
	}
	(void)!frame_write(WIRE(welcome, &welcome), 0, 0, bytes, sizeof bytes, &len);
	if (manner == OTHER_DIALECT)
		bytes[4] ^= 1;
	(void)!io_write(link->fd, bytes, len, soon());
}

/* As many bytes at once. */
static void write_in_parts(struct link *link, const uint8_t *bytes, size_t len, size_t part)
{
	for (size_t at = 0; at < len; at += part) {
		(void)!io_write(link->fd, bytes + at, part < len - at ? part : len - at, soon());
		if (part < len)
			(void)usleep(100);
	}
}

static void answer_long(struct link *link, const struct frame *frame)
{
	static char json[LONG_LEN];
	struct msg_oidc_json answer = { .json = { json, sizeof json } };
	memset(json, 'x', sizeof json);
	(void)!link_send(link, WIRE(oidc_json, &answer), frame->request, frame->trace, soon());
}

static void answer(struct link *link, enum manner manner, const struct frame *frame)
{
	struct msg_health_state health = { .ready = true, .release = TEXT_LITERAL(SPOM_VERSION) };
	uint8_t bytes[400];
	size_t len = 0;
	if (manner == LONG) {
		answer_long(link, frame);
		return;
	}
	(void)!frame_write(WIRE(health_state, &health), frame->request + (manner == WRONG_REQUEST),
	    frame->trace, bytes, sizeof bytes / 2, &len);
	if (manner == GARBAGE)
		memset(bytes + FRAME_HEAD, 0xee, len - FRAME_HEAD);
	if (manner == HALF)
		len /= 2;
	if (manner == TWICE) {
		memcpy(bytes + len, bytes, len);
		len *= 2;
	}
	write_in_parts(link, bytes, len, manner == BYTE_BY_BYTE ? 1 : len);
}

/* Whether there is to be another connection. */
static bool serve_one(struct server *server)
{
	struct arena arena = { 0 };
	struct frame frame;
	struct wire_any any;
	struct link link = LINK_CLOSED;
	struct pollfd listener = { server->listener, POLLIN, 0 };
	bool is_first = server->connections++ == 0;
	(void)poll(&listener, 1, 5000);
	link.fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	greet(&link, server->manner);
	bool hangs_up = server->manner == HANG_UP || (server->manner == HANG_UP_ONCE && is_first);
	while (!hangs_up && link_receive(&link, &arena, soon(), &frame, &any) == OK) {
		server->questions++;
		if (server->manner == TAKE_AND_HANG_UP)
			break;
		answer(&link, server->manner, &frame);
	}
	link_close(&link);
	arena_done(&arena);
	return server->manner == HANG_UP_ONCE && is_first;
}

static void *serve(void *argument)
{
	while (serve_one(argument))
		;
	return NULL;
}

static void start(struct server *server, enum manner manner)
{
	*server = (struct server){ .manner = manner, .folder = "/tmp/spom-link-XXXXXX" };
	assert_non_null(mkdtemp(server->folder));
	(void)snprintf(server->path, sizeof server->path, "%s/s", server->folder);
	assert_int_equal(io_listen(server->path, 4, &server->listener), OK);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	io_close(&server->listener);
	(void)unlink(server->path);
	(void)rmdir(server->folder);
}

static enum err ask_health(struct link *link, int64_t deadline_ms, bool *ready_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_health health = { TEXT_LITERAL(SPOM_VERSION) };
	struct wire_any any;
	enum err err = link_ask(link, WIRE(health, &health), 42, &arena, deadline_ms, &any);
	if (err == OK)
		*ready_r =
		    any.msg->tag == TAG_health_state && ((const struct msg_health_state *)any.at)->ready;
	return err;
}

static void asking_brings_the_answer(void **state)
{
	(void)state;
	struct server server;
	struct link link;
	start(&server, FINE);
	assert_int_equal(link_open(&link, server.path, soon()), OK);
	assert_int_equal(link.role, ROLE_ADMIN);
	for (unsigned i = 0; i < 5; i++) {
		bool ready = false;
		assert_int_equal(ask_health(&link, soon(), &ready), OK);
		assert_true(ready);
		assert_true(link_is_live(&link));
	}
	link_close(&link);
	assert_false(link_is_live(&link));
	stop(&server);
}

/* However it comes. */
static void answers_in_parts(void **state)
{
	(void)state;
	struct server server;
	struct link link;
	bool ready = false;
	start(&server, BYTE_BY_BYTE);
	assert_int_equal(link_open(&link, server.path, soon()), OK);
	assert_int_equal(ask_health(&link, soon(), &ready), OK);
	assert_true(ready);
	link_close(&link);
	stop(&server);
	start(&server, LONG);
	assert_int_equal(link_open(&link, server.path, soon()), OK);
	for (unsigned i = 0; i < 3; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct msg_health health = { TEXT_LITERAL(SPOM_VERSION) };
		struct wire_any any;
		assert_int_equal(link_ask(&link, WIRE(health, &health), 42, &arena, soon(), &any), OK);
		assert_int_equal(any.msg->tag, TAG_oidc_json);
		struct text json = ((const struct msg_oidc_json *)any.at)->json;
		assert_int_equal(json.len, LONG_LEN);
		assert_int_equal(json.at[LONG_LEN - 1], 'x');
	}
	link_close(&link);
	stop(&server);
}

static void request_ids_skip_zero(void **state)
{
	(void)state;
	struct server server;
	struct link link;
	bool ready = false;
	start(&server, FINE);
	assert_int_equal(link_open(&link, server.path, soon()), OK);
	link.next_request = UINT32_MAX;
	assert_int_equal(ask_health(&link, soon(), &ready), OK);
	assert_int_equal(link.next_request, 1);
	link_close(&link);
	stop(&server);
}

static void a_bad_greeting_is_no_link(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum manner manner;
		enum err expected;
	} ROWS[] = { { "no welcome", NO_WELCOME, ERR_MALFORMED }, { "dialect", OTHER_DIALECT, ERR_STALE } };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct server server;
		struct link link;
		start(&server, ROWS[i].manner);
		ROW(ROWS[i].name, link_open(&link, server.path, soon()) == ROWS[i].expected);
		ROW(ROWS[i].name, link.fd == -1);
		stop(&server);
	}
}

static void a_bad_answer_is_an_error(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum manner manner;
		enum err expected;
	} ROWS[] = { { "hang up", HANG_UP, ERR_UNREAD },
		{ "takes and hangs up", TAKE_AND_HANG_UP, ERR_CLOSED },
		{ "request", WRONG_REQUEST, ERR_MALFORMED }, { "half", HALF, ERR_TIMEOUT },
		{ "garbage", GARBAGE, ERR_MALFORMED }, { "two answers", TWICE, ERR_MALFORMED } };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct server server;
		struct link link;
		bool ready = false;
		start(&server, ROWS[i].manner);
		ROW(ROWS[i].name, link_open(&link, server.path, soon()) == OK);
		ROW(ROWS[i].name, ask_health(&link, clock_steady_ms() + 200, &ready) == ROWS[i].expected);
		link_close(&link);
		stop(&server);
	}
}

static enum err call_health(struct link *link, struct server *server, enum role role)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct link_end end = { server->path, role };
	struct msg_health health = { TEXT_LITERAL(SPOM_VERSION) };
	struct wire_any any;
	return link_call(link, &end, WIRE(health, &health), 42, &arena, soon(), &any);
}

/* A question that nobody took is asked of the next one; one that somebody took is not asked twice, whatever became of it. */
static void what_was_not_taken_is_asked_again(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum manner manner;
		enum role role;
		enum err expected;
		unsigned connections, questions;
	} ROWS[] = {
		{ "fine", FINE, ROLE_ADMIN, OK, 1, 1 },
		{ "not taken at first", HANG_UP_ONCE, ROLE_ADMIN, OK, 2, 1 },
		{ "taken and not answered", TAKE_AND_HANG_UP, ROLE_ADMIN, ERR_CLOSED, 1, 1 },
		{ "taken for another", FINE, ROLE_DOOR, ERR_FORBIDDEN, 1, 0 },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct server server;
		struct link link = LINK_CLOSED;
		start(&server, ROWS[i].manner);
		ROW(ROWS[i].name, call_health(&link, &server, ROWS[i].role) == ROWS[i].expected);
		ROW(ROWS[i].name, (link.fd >= 0) == (ROWS[i].expected == OK));
		link_close(&link);
		stop(&server);
		ROW(ROWS[i].name, server.connections == ROWS[i].connections);
		ROW(ROWS[i].name, server.questions == ROWS[i].questions);
	}
}

static void nobody_there_is_unreachable(void **state)
{
	(void)state;
	struct link link;
	assert_int_equal(link_open(&link, "/tmp/spom-link-nobody/s", soon()), ERR_UNREACHABLE);
	assert_int_equal(link.fd, -1);
}

/* What cannot be encoded is not sent in part: the link is as good as before. */
static void an_own_mistake_costs_no_link(void **state)
{
	(void)state;
	struct server server;
	struct link link;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_health broken = { TEXT_LITERAL("\x01") };
	struct wire_any any;
	bool ready = false;
	start(&server, FINE);
	assert_int_equal(link_open(&link, server.path, soon()), OK);
	assert_int_equal(link_ask(&link, WIRE(health, &broken), 1, &arena, soon(), &any), ERR_MALFORMED);
	assert_int_equal(ask_health(&link, soon(), &ready), OK);
	link_close(&link);
	stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asking_brings_the_answer),
		cmocka_unit_test(answers_in_parts),
		cmocka_unit_test(request_ids_skip_zero),
		cmocka_unit_test(a_bad_greeting_is_no_link),
		cmocka_unit_test(a_bad_answer_is_an_error),
		cmocka_unit_test(what_was_not_taken_is_asked_again),
		cmocka_unit_test(nobody_there_is_unreachable),
		cmocka_unit_test(an_own_mistake_costs_no_link),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
