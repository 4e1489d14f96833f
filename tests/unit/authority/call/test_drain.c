/* A loop on its way out, and the one that comes after it at the same socket: what was begun is finished, what was not taken goes to the next. */
#include "unit.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../house.h"
#include "authority/alone.h"
#include "authority/call/loop.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"

#define MS 3000
#define GRACE_MS 20000 /* none of these may come near it */

/* One that serves the house's authority at a socket that somebody else holds. */
struct server {
	struct loop *loop;
	pthread_t thread;
	_Atomic bool ended;
};

static char folder[] = "/tmp/spom-drain-XXXXXX", path[64];
static int held = -1;
static enum role role;

static void *run(void *context)
{
	struct server *place = context;
	loop_run(place->loop, GRACE_MS);
	place->ended = true;
	return NULL;
}

static void serve(struct server *place)
{
	const struct loop_settings settings = { .authority = house_authority(),
		.threads = { 1, 2 },
		.queue = { 8, 8 },
		.patience_ms = GRACE_MS,
		.connections = 8 };
	*place = (struct server){ .loop = NULL };
	assert_int_equal(loop_new(&settings, &place->loop), OK);
	assert_int_equal(loop_take(place->loop, fcntl(held, F_DUPFD_CLOEXEC, 0), role, getuid()), OK);
	assert_int_equal(pthread_create(&place->thread, NULL, run, place), 0);
}

static void leave(struct server *place)
{
	loop_stop(place->loop);
	(void)pthread_join(place->thread, NULL);
	loop_free(&place->loop);
}

static void hold(enum role as)
{
	role = as;
	assert_int_equal(io_listen(path, 8, &held), OK);
}

static int let_go(void **state)
{
	(void)state;
	io_close(&held);
	return unlink(path);
}

static int begin(void **state)
{
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/s", folder);
	return house_start(state);
}

static int end(void **state)
{
	(void)rmdir(folder);
	return house_stop(state);
}

static const struct msg_health HEALTH = { .release = TEXT_LITERAL("test") };

static enum err call_health(struct link *link)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct link_end to = { path, role };
	struct wire_any any;
	return link_call(link, &to, WIRE(health, &HEALTH), 1, &arena, clock_steady_ms() + MS, &any);
}

static void test_what_is_not_taken_goes_to_the_next(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct server first, next;
	struct wire_any any;
	struct link used = LINK_CLOSED, fresh = LINK_CLOSED, waiting = LINK_CLOSED;
	hold(ROLE_ADMIN);
	serve(&first);
	assert_int_equal(call_health(&used), OK);
	assert_int_equal(link_open(&fresh, path, clock_steady_ms() + MS), OK);
	leave(&first);
	assert_int_equal(
	    link_ask(&fresh, WIRE(health, &HEALTH), 1, &arena, clock_steady_ms() + MS, &any), ERR_UNREAD);
	assert_int_equal(io_connect(path, clock_steady_ms() + MS, &waiting.fd), OK); /* refused by nobody */
	serve(&next);
	assert_int_equal(call_health(&used), OK);
	struct frame frame;
	assert_int_equal(link_receive(&waiting, &arena, clock_steady_ms() + MS, &frame, &any), OK);
	assert_int_equal(any.msg->tag, TAG_welcome);
	link_close(&used);
	link_close(&fresh);
	link_close(&waiting);
	leave(&next);
}

/* What a browser has from GET /login, as the gate would pass it on. */
static struct msg_login_intro browser_intro(void)
{
	const struct msg_login_start start = { .fresh = true };
	struct link door = house_link(ROLE_DOOR);
	const struct msg_login_started *started =
	    HOUSE_IS(login_started, house_ask(&door, WIRE(login_start, &start)));
	link_close(&door);
	return (struct msg_login_intro){ .cookie = started->cookie, .csrf = started->csrf };
}

static struct wire_any open_login(struct link *link, struct arena *arena)
{
	const struct msg_login_intro intro = browser_intro();
	const struct msg_login_open open = { .service = text_of(role == ROLE_GATE ? "spom" : "sshd"),
		.user = TEXT_LITERAL("ada"),
		.intro = role == ROLE_GATE ? &intro : NULL };
	struct wire_any any = { NULL, NULL };
	assert_int_equal(link_open(link, path, clock_steady_ms() + MS), OK);
	assert_int_equal(link_ask(link, WIRE(login_open, &open), 1, arena, clock_steady_ms() + MS, &any), OK);
	return any;
}

/* The gate's goes on to its end, and holds the loop; a person at a terminal is asked anew. */
static void test_conversations(void **state)
{
	static const struct {
		const char *name;
		enum role role;
		bool goes_on;
	} ROWS[] = { { "gate", ROLE_GATE, true }, { "pam", ROLE_PAM, false } };
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct server place;
		struct link link;
		hold(ROWS[i].role);
		serve(&place);
		struct wire_any ask = open_login(&link, &arena);
		ROW(ROWS[i].name, wire_is_ask(ask.msg));
		loop_stop(place.loop);
		struct msg_login_answer answer = { .id = *(const struct text *)ask.at,
			.answer = { (unsigned char *)"wrong", 5 } };
		if (!ROWS[i].goes_on)
			(void)pthread_join(place.thread, NULL);
		struct wire_any any;
		enum err err =
		    link_ask(&link, WIRE(login_answer, &answer), 1, &arena, clock_steady_ms() + MS, &any);
		ROW(ROWS[i].name, err == (ROWS[i].goes_on ? OK : ERR_UNREAD));
		ROW(ROWS[i].name, place.ended != ROWS[i].goes_on);
		link_close(&link);
		if (ROWS[i].goes_on)
			(void)pthread_join(place.thread, NULL);
		loop_free(&place.loop);
		assert_int_equal(let_go(NULL), 0);
	}
}

static volatile sig_atomic_t is_asked_to_end;

static void *take_later(void *context)
{
	static int lock = -1;
	*(enum err *)context = alone_take(folder, clock_steady_ms() + GRACE_MS, &is_asked_to_end, &lock);
	return &lock;
}

/* Who comes second waits: until the first lets go, until its time is over, or until it is told to end. */
static void test_one_at_a_time(void **state)
{
	(void)state;
	int first = -1, second = -1;
	void *third = NULL;
	enum err err = ERR_INTERNAL;
	pthread_t thread;
	is_asked_to_end = 0;
	assert_int_equal(alone_take(folder, clock_steady_ms(), &is_asked_to_end, &first), OK);
	assert_int_equal(alone_take(folder, clock_steady_ms() + 50, &is_asked_to_end, &second), ERR_BUSY);
	is_asked_to_end = 1;
	assert_int_equal(alone_take(folder, clock_steady_ms() + MS, &is_asked_to_end, &second), ERR_CLOSED);
	is_asked_to_end = 0;
	assert_int_equal(pthread_create(&thread, NULL, take_later, &err), 0);
	io_close(&first);
	assert_int_equal(pthread_join(thread, &third), 0);
	assert_int_equal(err, OK);
	assert_int_equal(alone_take(folder, clock_steady_ms(), &is_asked_to_end, &second), ERR_BUSY);
	io_close(third);
	assert_int_equal(second, -1);
	assert_int_equal(alone_take("/dev/null", clock_steady_ms(), &is_asked_to_end, &second), ERR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_what_is_not_taken_goes_to_the_next, let_go),
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_one_at_a_time),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
