/* Answers that workers write themselves: whole, and none of them inside another one. */
#include "unit.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "authority/call/conn.h"

#define BIG 60000u
#define SMALL 100u

static const struct handler HANDLER = { .talk = TALK_ANY };
static const struct handler TALKING = { .talk = TALK_FRESH };

static struct conn_socket shared;
static struct conn conn;
static int peer;

static int begin(void **state)
{
	int pair[2], size = 4096;
	(void)state;
	shared = (struct conn_socket){ .role = ROLE_DOOR };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
	conn = (struct conn){ .fd = pair[0], .socket = &shared, .out = PTHREAD_MUTEX_INITIALIZER };
	peer = pair[1];
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)close(conn.fd);
	(void)close(peer);
	pthread_mutex_destroy(&conn.out);
	return 0;
}

/* An answered call whose frame is len times that byte. */
static struct call *answered(char byte, size_t len, const struct handler *handler)
{
	struct call *call = calloc(1, sizeof *call);
	assert_non_null(call);
	call->out = arena_alloc(&call->arena, len);
	assert_non_null(call->out);
	memset(call->out, byte, len);
	call->out_len = len;
	call->handler = handler;
	call->conn = &conn;
	conn.calls++;
	shared.calls++;
	return call;
}

/* Reads what is there, each time after the loop had its turn; how many bytes. */
static size_t read_all(char *to, size_t size)
{
	size_t have = 0;
	for (ssize_t n = 1; n > 0; have += n > 0 ? (size_t)n : 0) {
		assert_true(conn_write(&conn));
		n = recv(peer, to + have, size - have, 0);
	}
	return have;
}

static void test_at_once(void **state)
{
	char bytes[2 * SMALL];
	(void)state;
	struct call *call = answered('a', SMALL, &HANDLER);
	assert_true(conn_send_now(&conn, call));
	assert_int_equal(read_all(bytes, sizeof bytes), SMALL);
	assert_null(call->arena.newest);
	conn_call_free(&conn, call);
	assert_int_equal(conn.calls, 0);
}

static void test_a_conversation_is_the_loops(void **state)
{
	(void)state;
	struct call *call = answered('a', SMALL, &TALKING);
	assert_false(conn_send_now(&conn, call));
	assert_int_equal(call->out_sent, 0);
	conn_call_free(&conn, call);
	call = answered('a', SMALL, &HANDLER);
	call->fatal = true;
	assert_false(conn_send_now(&conn, call));
	conn_call_free(&conn, call);
}

static void test_none_inside_another(void **state)
{
	static char bytes[BIG + 4 * SMALL];
	(void)state;
	struct call *big = answered('a', BIG, &HANDLER), *small = answered('b', SMALL, &HANDLER);
	assert_false(conn_send_now(&conn, big));
	assert_true(big->out_sent > 0 && big->out_sent < BIG && conn.cut);
	assert_false(conn_send_now(&conn, small)); /* another worker, meanwhile */
	assert_int_equal(small->out_sent, 0);
	assert_true(conn_answer(&conn, small)); /* it comes back first */
	assert_ptr_equal(conn.first, small);
	assert_true(conn_answer(&conn, big));
	assert_ptr_equal(conn.first, big);
	struct call *last = answered('c', SMALL, &HANDLER);
	assert_false(conn_send_now(&conn, last));
	assert_true(conn_answer(&conn, last));
	assert_int_equal(read_all(bytes, sizeof bytes), BIG + 2 * SMALL);
	for (size_t i = 0; i < BIG + 2 * SMALL; i++)
		assert_int_equal(bytes[i], i < BIG ? 'a' : i < BIG + SMALL ? 'b' : 'c');
	assert_int_equal(conn.calls, 0);
	test_at_once(state);
}

static void test_who_has_gone(void **state)
{
	(void)state;
	(void)shutdown(conn.fd, SHUT_RDWR);
	struct call *call = answered('a', SMALL, &HANDLER);
	assert_false(conn_send_now(&conn, call));
	assert_false(conn_answer(&conn, call));
	conn_call_free(&conn, call);
	call = answered('a', SMALL, &HANDLER);
	conn.ending = true;
	conn.first = NULL;
	assert_false(conn_send_now(&conn, call));
	assert_false(conn_answer(&conn, call)); /* and it is freed */
	assert_int_equal(conn.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_a_conversation_is_the_loops, begin, end),
		cmocka_unit_test_setup_teardown(test_none_inside_another, begin, end),
		cmocka_unit_test_setup_teardown(test_who_has_gone, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
