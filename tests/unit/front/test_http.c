/* The library below front, byte by byte: what it makes of odd heads, what is kept alive, and what follows what. */
#include "unit.h"
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "front/house.h"
#include "front/http.h"

static struct house house;
static struct http *http;
static struct msg_front_config config;

static bool authority(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	static const struct msg_done DONE = { .text = { "signed_out", 10 } };
	static const struct msg_refused REFUSED = { .reason = REFUSAL_FORM };
	(void)arena;
	const struct msg_logout *logout = ask.at;
	bool good =
	    ask.msg->tag == TAG_logout && logout->csrf.len == 3 && memcmp(logout->csrf.at, "abc", 3) == 0;
	*answer_r = good ? WIRE(done, &DONE) : WIRE(refused, &REFUSED);
	return true;
}

static unsigned free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	close(fd);
	return ntohs(in.sin_port);
}

static int begin(void **state)
{
	const char *why = NULL;
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	house_open(&house, ROLE_DOOR, authority, NULL);
	config = *house.front.config;
	config.port = free_port();
	house.front.config = &config;
	if (http_start(&house.front, -1, &http, &why) != OK)
		fail_msg("%s", why);
	return 0;
}

static int end(void **state)
{
	(void)state;
	http_stop(&http);
	house_close(&house);
	return 0;
}

/* -1: refused. */
static int connect_front(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)config.port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&in, sizeof in) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Sends all of it at once, ends the sending side, and reads what comes until the other side closes. */
static const char *send_all(const char *bytes, size_t len)
{
	static char answer[256 * KIB];
	int fd = connect_front();
	assert_true(fd >= 0);
	(void)!write(fd, bytes, len);
	(void)shutdown(fd, SHUT_WR);
	size_t n = 0;
	for (ssize_t got = 1; got > 0 && n<sizeof answer - 1; n += got> 0 ? (size_t)got : 0)
		got = read(fd, answer + n, sizeof answer - 1 - n);
	answer[n] = '\0';
	close(fd);
	return answer;
}

static unsigned answers(const char *reply)
{
	unsigned n = 0;
	for (const char *at = strstr(reply, "HTTP/1.1 "); at != NULL; at = strstr(at + 1, "HTTP/1.1 "))
		n++;
	return n;
}

#define HOST "Host: localhost\r\n"
#define POST \
	"POST /logout HTTP/1.1\r\n" HOST \
	"Cookie: spom=x\r\nContent-Type: application/x-www-form-urlencoded\r\n"

static const struct {
	const char *name, *bytes;
	int status;
	unsigned answers;
} HEADS[] = {
	{ "plain", "GET /login?x HTTP/1.1\r\n" HOST "\r\n", 403, 1 }, /* the fake refuses */
	{ "static file that is not there", "GET /static/x HTTP/1.1\r\n" HOST "\r\n", 404, 1 },
	{ "HEAD", "HEAD /static/x HTTP/1.1\r\n" HOST "\r\n", 404, 1 },
	{ "two requests", "GET /static/x HTTP/1.1\r\n" HOST "\r\nGET /static/y HTTP/1.1\r\n" HOST "\r\n", 404,
	    2 },
	{ "close after the first",
	    "GET /static/x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 404,
	    1 },
	{ "body and another request",
	    POST "Content-Length: 8\r\n\r\ncsrf=abcGET /static/x HTTP/1.1\r\n" HOST "\r\n", 303, 2 },
	{ "body that is not wanted",
	    "POST /static/x HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcdGET / HTTP/1.1\r\n" HOST "\r\n",
	    405, 1 },
	{ "GET with a body", "GET /login HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcd", 413, 1 },
	{ "body that ends early", POST "Content-Length: 9\r\n\r\ncsrf=abc", 400, 1 },
	{ "length and encoding",
	    POST "Content-Length: 8\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n" HOST
		 "\r\n",
	    400, 1 },
	{ "encoding behind a blank",
	    POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400, 1 },
	{ "blank behind any name", "GET / HTTP/1.1\r\n" HOST "X-Y : z\r\n\r\n", 400, 1 },
	{ "hexadecimal length", POST "Content-Length: 0x8\r\n\r\ncsrf=abc", 400, 1 },
	{ "LF only",
	    "GET / HTTP/1.1\n"
	    "Host: localhost\n\n",
	    400, 1 },
	{ "one LF among CRLFs", "GET / HTTP/1.1\r\n" HOST "X-Y: z\n\r\n", 400, 1 },
	{ "folded line", "GET / HTTP/1.1\r\n" HOST "X-Y: z\r\n more\r\n\r\n", 400, 1 },
	{ "field without a name", "GET / HTTP/1.1\r\n" HOST ": z\r\n\r\n", 400, 1 },
	{ "no fields", "GET / HTTP/1.1\r\n\r\n", 400, 1 },
	{ "no Host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", 400, 1 },
	{ "blanks in front", "  GET / HTTP/1.1\r\n" HOST "\r\n", 400, 1 },
#ifndef __SANITIZE_THREAD__
	{ "sixteen blanks in front", "                GET / HTTP/1.1\r\n" HOST "\r\n", 400, 1 },
#endif
	{ "a line's end in front", "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400, 1 },
	{ "NUL in the path", "GET /login%00 HTTP/1.1\r\n" HOST "\r\n", 400, 1 },
	{ "absolute address", "GET http://localhost/ HTTP/1.1\r\n" HOST "\r\n", 0, 0 },
	{ "asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0, 0 },
	{ "HTTP/3.0", "GET / HTTP/3.0\r\n" HOST "\r\n", 400, 1 },
	{ "HTTP/0.9", "GET /\r\n\r\n", 400, 1 },
	{ "garbage", "\x16\x03\x01\x02\r\n\r\n", 400, 1 },
	{ "empty field at the end", "GET /static/x HTTP/1.1\r\n" HOST "X-Y:\r\n\r\n", 404, 1 },
	{ "blanks behind a value", "GET /static/x HTTP/1.1\r\n" HOST "X-Y: z  \r\n\r\n", 404, 1 },
};

static void every_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(HEADS); i++) {
		const char *reply = send_all(HEADS[i].bytes, strlen(HEADS[i].bytes));
		if (HEADS[i].answers != answers(reply) ||
		    (HEADS[i].answers > 0 && house_status(reply) != HEADS[i].status))
			fail_msg("%s: %.300s", HEADS[i].name, reply);
		ROW(HEADS[i].name,
		    HEADS[i].status != 400 || strcmp(house_field(reply, "Connection"), "close") == 0);
	}
}

static void many_fields(void **state)
{
	(void)state;
	static char head[4 * KIB];
	for (unsigned n = 62; n <= 70; n++) {
		size_t len = (size_t)snprintf(head, sizeof head, "GET /static/x HTTP/1.1\r\n" HOST);
		for (unsigned i = 1; i < n; i++)
			len += (size_t)snprintf(head + len, sizeof head - len, "X-%u: y\r\n", i);
		len += (size_t)snprintf(head + len, sizeof head - len, "\r\n");
		assert_int_equal(house_status(send_all(head, len)), n < 64 ? 404 : 400);
	}
}

/* A head that fills the buffer to its last bytes, and one that does not fit. */
static void large_heads(void **state)
{
	(void)state;
	static char head[40 * KIB];
	for (size_t size = 32700; size <= 32780; size += 4) {
		int len = snprintf(head, sizeof head, "GET /static/x HTTP/1.1\r\n" HOST "X-Y: %0*d\r\n\r\n",
		    (int)(size - 49), 0);
		int status = house_status(send_all(head, (size_t)len));
		assert_true(status == 404 || status == 400 || status == 0);
		assert_true(size > 32760 || status == 404);
	}
}

static void head_has_no_body(void **state)
{
	(void)state;
	const char *reply = send_all("HEAD /static/x HTTP/1.1\r\n" HOST "\r\n", 44);
	assert_true(strlen(house_field(reply, "Content-Length")) > 1);
	assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
}

static bool is_drained_within(int ms)
{
	for (int64_t end_ms = clock_steady_ms() + ms; clock_left_ms(end_ms) > 0;) {
		usleep(HTTP_LOOK_MS * 1000);
		if (http_drain(http))
			return true;
	}
	return false;
}

/* Who connects is served, and let go, as long as somebody is there who may still be saying something; then nobody is let in. */
static void draining(void **state)
{
	(void)state;
	static const char REQUEST[] = "GET /static/x HTTP/1.1\r\n" HOST "\r\n";
	char some[64];
	int kept = connect_front();
	assert_int_equal(write(kept, REQUEST, sizeof REQUEST - 1), sizeof REQUEST - 1);
	assert_true(read(kept, some, sizeof some) > 0);
	assert_false(http_drain(http));
	const char *reply = send_all("GET /login HTTP/1.1\r\n" HOST "\r\n", 40);
	assert_int_equal(house_status(reply), 403);
	assert_string_equal(house_field(reply, "Connection"), "close");
	for (unsigned i = 0; i < 10; i++) {
		usleep(HTTP_LOOK_MS * 1000);
		assert_false(http_drain(http));
	}
	int taken =
	    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* as one for which no thread has time yet */
	close(kept);
	assert_false(is_drained_within(200));
	close(taken);
	assert_true(is_drained_within(5000));
	assert_int_equal(connect_front(), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_head),
		cmocka_unit_test(many_fields),
		cmocka_unit_test(large_heads),
		cmocka_unit_test(head_has_no_body),
		cmocka_unit_test(draining),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
