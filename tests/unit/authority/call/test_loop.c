/* Every message from every socket, and every way to send a bad frame: the connection ends, the authority goes on. */
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include "../fake_audit.h"
#include "../house.h"
#include "authority/call/handler.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "conf/conf.h"
#include "wire/sample.h"

#define MS 3000

static void assert_serving(void)
{
	struct link link = house_link(ROLE_ADMIN);
	struct msg_health ask = { .release = TEXT_LITERAL("test") };
	assert_true(HOUSE_IS(health_state, house_ask(&link, WIRE(health, &ask)))->ready);
	link_close(&link);
}

/* Whether the other side closed, within a moment. */
static bool was_closed(struct link *link)
{
	char byte;
	return io_read(link->fd, &byte, 1, clock_steady_ms() + MS) == ERR_CLOSED;
}

static void send_message(const struct wire_msg *msg, struct link *link)
{
	struct arena arena = { 0 };
	const void *at;
	uint8_t *body;
	size_t len;
	assert_int_equal(sample_body(msg, SAMPLE_MIN, SAMPLE_NONE, 0, &arena, &body, &len), OK);
	assert_int_equal(wire_decode(msg, body, len, &arena, &at), OK);
	assert_int_equal(link_send(link, (struct wire_any){ msg, at }, 7, 1, clock_steady_ms() + MS), OK);
	arena_done(&arena);
}

/* The table walked: who may not send it, or what nobody serves here, is shown the door. */
static void test_every_message_every_socket(void **state)
{
	static const enum role ROLES[] = { ROLE_DOOR, ROLE_CHECK, ROLE_BACK, ROLE_GATE, ROLE_PAM,
		ROLE_ADMIN };
	(void)state;
	unsigned n, refused = 0, answered = 0;
	const struct wire_msg *const *all = wire_all(&n);
	for (unsigned i = 0; i < n; i++)
		for (size_t j = 0; all[i]->tag != 0 && j < COUNT(ROLES); j++) {
			struct link link = house_link(ROLES[j]);
			struct arena arena = { 0 };
			struct frame frame;
			struct wire_any any;
			const struct handler *handler = handler_find(all[i]->tag);
			send_message(all[i], &link);
			bool may = wire_may_send(all[i], ROLES[j]) && handler != NULL &&
				   (handler->talk == TALK_ANY || (handler->talk & TALK_FRESH) != 0);
			enum err err = link_receive(&link, &arena, clock_steady_ms() + MS, &frame, &any);
			char row[100];
			(void)snprintf(
			    row, sizeof row, "%s by %s", all[i]->name, WIRE_ENUM_TEXT(role, ROLES[j]));
			ROW(row, err == (may ? OK : ERR_CLOSED));
			may ? answered++ : refused++;
			arena_done(&arena);
			link_close(&link);
		}
	assert_true(answered > 10 && refused > 100);
	assert_serving();
}

static void test_bad_frames(void **state)
{
	static const struct {
		const char *name;
		uint8_t at; /* which byte of the head is changed */
		uint8_t to;
	} ROWS[] = {
		{ "a body over the bound", 1, 0xff },
		{ "another dialect", 4, 0xa5 },
		{ "an unknown tag", 13, 0xff },
		{ "bytes that must be zero", 15, 1 },
	};
	(void)state;
	fake_audit_reset();
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct link link = house_link(ROLE_ADMIN);
		struct msg_health ask = { .release = TEXT_LITERAL("test") };
		uint8_t bytes[200];
		size_t len;
		assert_int_equal(frame_write(WIRE(health, &ask), 1, 1, bytes, sizeof bytes, &len), OK);
		bytes[ROWS[i].at] = bytes[ROWS[i].at] == ROWS[i].to ? 0x5a : ROWS[i].to;
		assert_int_equal(io_write(link.fd, bytes, len, clock_steady_ms() + MS), OK);
		ROW(ROWS[i].name, was_closed(&link));
		ROW(ROWS[i].name, fake_audit_count(AUDIT_BAD_FRAME) == i + 1);
		link_close(&link);
	}
	assert_string_equal(text_str(fake_audit_find(AUDIT_BAD_FRAME)->door), "admin");
	assert_true(fake_audit_find(AUDIT_BAD_FRAME)->reason.len > 0);
	assert_serving();
}

static void test_truncated_and_random_frames(void **state)
{
	(void)state;
	struct msg_health ask = { .release = TEXT_LITERAL("test") };
	uint8_t bytes[200], noise[512];
	size_t len;
	assert_int_equal(frame_write(WIRE(health, &ask), 1, 1, bytes, sizeof bytes, &len), OK);
	for (size_t cut = 0; cut < len; cut++) {
		struct link link = house_link(ROLE_ADMIN);
		assert_int_equal(io_write(link.fd, bytes, cut, clock_steady_ms() + MS), OK);
		link_close(&link);
	}
	for (unsigned i = 0; i < 200; i++) {
		struct link link = house_link(ROLE_DOOR);
		secret_random(noise, sizeof noise);
		(void)!io_write(link.fd, noise, sizeof noise, clock_steady_ms() + MS);
		assert_true(was_closed(&link));
		link_close(&link);
	}
	assert_serving();
}

/* A message where its conversation does not allow it. */
static void test_out_of_turn(void **state)
{
	(void)state;
	struct link link = house_link(ROLE_PAM);
	struct msg_login_answer answer = { .id = TEXT_LITERAL("x"), .answer = { (uint8_t *)"x", 1 } };
	assert_int_equal(link_send(&link, WIRE(login_answer, &answer), 1, 1, clock_steady_ms() + MS), OK);
	assert_true(was_closed(&link));
	link_close(&link);
	link = house_link(ROLE_PAM);
	struct msg_login_open open = { .service = TEXT_LITERAL("sshd"), .user = TEXT_LITERAL("ada") };
	(void)HOUSE_IS(ask_password, house_ask(&link, WIRE(login_open, &open)));
	assert_int_equal(link_send(&link, WIRE(login_open, &open), 2, 1, clock_steady_ms() + MS), OK);
	assert_true(was_closed(&link));
	link_close(&link);
	assert_serving();
}

static void test_requests_of_one_connection_are_answered_by_their_ids(void **state)
{
	(void)state;
	struct link link = house_link(ROLE_ADMIN);
	struct arena arena = { 0 };
	struct msg_health ask = { .release = TEXT_LITERAL("test") };
	bool seen[32] = { false };
	for (uint32_t i = 0; i < COUNT(seen); i++)
		assert_int_equal(link_send(&link, WIRE(health, &ask), i, 1, clock_steady_ms() + MS), OK);
	for (size_t i = 0; i < COUNT(seen); i++) {
		struct frame frame;
		struct wire_any any;
		assert_int_equal(link_receive(&link, &arena, clock_steady_ms() + MS, &frame, &any), OK);
		assert_true(frame.request < COUNT(seen) && !seen[frame.request]);
		seen[frame.request] = true;
	}
	arena_done(&arena);
	link_close(&link);
}

/* Connections over the bound of one socket are refused; those of another one are not. */
static void test_connections_are_bounded_by_socket(void **state)
{
	(void)state;
	struct link links[32], more;
	for (size_t i = 0; i < COUNT(links); i++)
		links[i] = house_link(ROLE_DOOR);
	assert_int_equal(link_open(&more, house_path(ROLE_DOOR), clock_steady_ms() + MS), ERR_CLOSED);
	assert_serving();
	for (size_t i = 0; i < COUNT(links); i++)
		link_close(&links[i]);
}

static void *come_and_go(void *context)
{
	unsigned *refused = context;
	for (unsigned i = 0; i < 1000; i++) {
		struct link link;
		*refused += link_open(&link, house_path(ROLE_DOOR), clock_steady_ms() + MS) != OK;
		link_close(&link);
	}
	return NULL;
}

/* Four at a time are far below the bound, however fast they come and go. */
static void test_who_leaves_makes_room(void **state)
{
	(void)state;
	pthread_t threads[4];
	unsigned refused[COUNT(threads)] = { 0 };
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &refused[i]), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		(void)pthread_join(threads[i], NULL);
		assert_int_equal(refused[i], 0);
	}
	assert_serving();
}

/* One session's messages, each by a connection of its own: those over the limit get their answer at once. */
static void test_a_session_that_asks_too_much(void **state)
{
	(void)state;
	unsigned too_fast = 0, others = 0;
	/* the settings of now: the tests before have had them read again */
	struct conf *now = (struct conf *)(uintptr_t)house_authority()->conf;
	uint64_t kept = now->limits.messages_second;
	now->limits.messages_second = 5;
	const struct msg_home ask = { .session = { (uint8_t *)"session-of-nobody", 17 } };
	for (unsigned i = 0; i < now->limits.messages_second + 200; i++) {
		struct link link = house_link(ROLE_DOOR);
		const struct msg_refused *refused = HOUSE_IS(refused, house_ask(&link, WIRE(home, &ask)));
		bool is = refused->reason == REFUSAL_RATE;
		is ? too_fast++ : others++;
		assert_true(!is || refused->retry_s == 1);
		assert_true(is || refused->reason == REFUSAL_SIGN_IN);
		link_close(&link);
		house_forget();
	}
	assert_true(others >= now->limits.messages_second && too_fast > 0);
	const struct msg_home other = { .session = { (uint8_t *)"session-of-others", 17 } };
	struct link link = house_link(ROLE_DOOR);
	assert_int_equal(HOUSE_IS(refused, house_ask(&link, WIRE(home, &other)))->reason, REFUSAL_SIGN_IN);
	link_close(&link);
	now->limits.messages_second = kept;
}

/* Who asks and takes no answer is asked no more, costs a bounded amount, and ends. */
static void test_who_takes_no_answers(void **state)
{
	(void)state;
	struct msg_login_start ask = { .next = TEXT_LITERAL("/") };
	uint8_t bytes[4096];
	size_t len;
	struct link link = house_link(ROLE_DOOR);
	assert_int_equal(frame_write(WIRE(login_start, &ask), 1, 1, bytes, sizeof bytes, &len), OK);
	enum err err = OK;
	for (unsigned i = 0; err == OK && i < 100000; i++) {
		err = io_write(link.fd, bytes, len, clock_steady_ms() + 500);
		if (i % 512 == 0)
			assert_serving();
	}
	assert_true(err == ERR_TIMEOUT || err == ERR_CLOSED);
	assert_serving();
	link_close(&link);
}

static void *hammer(void *context)
{
	(void)context;
	for (unsigned i = 0; i < 100; i++) {
		struct link link;
		struct arena arena = { 0 };
		struct wire_any answer;
		struct msg_login_start ask = { .next = TEXT_LITERAL("/") };
		if (link_open(&link, house_path(ROLE_DOOR), clock_steady_ms() + MS) == OK)
			(void)!link_ask(
			    &link, WIRE(login_start, &ask), 1, &arena, clock_steady_ms() + MS, &answer);
		if (i % 3 == 0) /* leaves without waiting for the answer */
			(void)!link_send(&link, WIRE(login_start, &ask), 9, 1, clock_steady_ms() + MS);
		link_close(&link);
		arena_done(&arena);
	}
	return NULL;
}

static void test_many_at_once(void **state)
{
	(void)state;
	pthread_t threads[8];
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		(void)pthread_join(threads[i], NULL);
	assert_serving();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message_every_socket),
		cmocka_unit_test(test_bad_frames),
		cmocka_unit_test(test_truncated_and_random_frames),
		cmocka_unit_test(test_out_of_turn),
		cmocka_unit_test(test_requests_of_one_connection_are_answered_by_their_ids),
		cmocka_unit_test(test_connections_are_bounded_by_socket),
		cmocka_unit_test(test_who_leaves_makes_room),
		cmocka_unit_test(test_a_session_that_asks_too_much),
		cmocka_unit_test(test_who_takes_no_answers),
		cmocka_unit_test(test_many_at_once),
	};
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
