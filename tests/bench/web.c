/* web.c - GETs over some connections from one process, each with the next of many cookies: what applications and browsers ask for. Arguments:
 * port, host, connections, seconds, rate (0: as fast as they are answered), a file with a Cookie header's value on each line, paths.
 *
 * With a rate the requests become due at even distances whether or not the ones before were answered, and time counts from then: waiting in
 * line is part of what a request takes. SIGTERM ends it early. An answer 200 is done, 401, 403 and a redirect are refused, all else failed. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define ANSWER_MAX 65536
#define REQUEST_MAX 2048
#define AT_ONCE 64
#define LOOK_S 0.1 /* so often at least it is looked whether the time is up */

struct connection {
	int fd;
	bool busy;
	double due_s;
	size_t have;
	char answer[ANSWER_MAX + 1];
};

static int port, epoll_fd;
static const char *host;
static char **cookies, **paths;
static unsigned long n_cookies, n_paths, n_sent, n_refused, bytes;
static struct bench_tally *tally;
static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static bool read_cookies(const char *file)
{
	FILE *lines = fopen(file, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	unsigned long room = 0;
	if (lines == NULL)
		return false;
	while ((len = getline(&line, &size, lines)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (n_cookies == room) {
			room = room > 0 ? room * 2 : 1024;
			char **more = realloc(cookies, room * sizeof *more);
			if (more == NULL)
				return false;
			cookies = more;
		}
		cookies[n_cookies++] = strdup(line);
	}
	free(line);
	(void)fclose(lines);
	return n_cookies > 0;
}

static bool open_connection(struct connection *connection)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
	int on = 1;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	connection->busy = false;
	(void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return connect(connection->fd, (struct sockaddr *)&at, sizeof at) == 0 &&
	       epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) == 0;
}

static void open_again(struct connection *connection)
{
	(void)close(connection->fd);
	if (!open_connection(connection))
		ended = 1; /* nobody listens any more */
}

/* Each cookie comes with each path before one comes again. */
static void send_next(struct connection *connection, double due_s)
{
	char request[REQUEST_MAX];
	unsigned long path = n_sent % n_paths;
	int len = snprintf(request, sizeof request,
	    "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nCookie: %s\r\n\r\n", paths[path], host,
	    cookies[n_sent / n_paths % n_cookies]);
	n_sent++;
	connection->busy = true;
	connection->due_s = due_s;
	connection->have = 0;
	if (send(connection->fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
		bench_tally_failed(tally);
		open_again(connection);
	}
}

static void judge(struct connection *connection, double now_s)
{
	int status = atoi(connection->answer + 9);
	bool refused = status == 401 || status == 403 || (status >= 300 && status < 400);
	bytes += connection->have;
	n_refused += refused;
	if (status == 200)
		bench_tally_done(tally, now_s - connection->due_s);
	else if (!refused)
		bench_tally_failed(tally);
	connection->busy = false;
	*strstr(connection->answer, "\r\n\r\n") = '\0'; /* a page may say what it likes */
	if (strcasestr(connection->answer, "\r\nConnection: close") != NULL)
		open_again(connection);
}

/* How long the answer is; 0: its head is not there yet. */
static size_t length_of(const struct connection *connection)
{
	const char *end = strstr(connection->answer, "\r\n\r\n");
	if (end == NULL)
		return 0;
	const char *length = strcasestr(connection->answer, "\r\nContent-Length: ");
	size_t body = length != NULL && length < end ? strtoul(length + 18, NULL, 10) : 0;
	return (size_t)(end + 4 - connection->answer) + body;
}

static void receive(struct connection *connection, double now_s)
{
	ssize_t n = recv(connection->fd, connection->answer + connection->have, ANSWER_MAX - connection->have,
	    MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		if (connection->busy)
			bench_tally_failed(tally);
		open_again(connection);
		return;
	}
	connection->have += (size_t)n;
	connection->answer[connection->have] = '\0';
	size_t length = length_of(connection);
	if (length > 0 && connection->have >= length)
		judge(connection, now_s);
}

struct run {
	struct connection *connections;
	unsigned n;
	double began_s, seconds, rate;
	unsigned long n_due; /* so many have been sent */
};

/* Sends what is due to whom has nothing to do; how long there is nothing to send then. */
static double send_due(struct run *run, double now_s)
{
	for (unsigned i = 0; i < run->n; i++) {
		double due_s = now_s;
		if (run->connections[i].busy)
			continue;
		if (run->rate > 0)
			due_s = run->began_s + (double)run->n_due / run->rate;
		if (due_s > now_s)
			return due_s - now_s;
		run->n_due++;
		send_next(&run->connections[i], due_s);
	}
	return LOOK_S;
}

static void load(struct run *run)
{
	struct epoll_event events[AT_ONCE];
	while (!ended && bench_now_s() - run->began_s < run->seconds) {
		double left_s = send_due(run, bench_now_s());
		struct timespec left = { 0, (long)((left_s < LOOK_S ? left_s : LOOK_S) * 1e9) };
		int n = epoll_pwait2(epoll_fd, events, AT_ONCE, &left, NULL);
		double now_s = bench_now_s();
		for (int i = 0; i < n; i++)
			receive(events[i].data.ptr, now_s);
	}
}

static bool open_all(struct run *run)
{
	bool opened = run->connections != NULL;
	for (unsigned i = 0; opened && i < run->n; i++)
		opened = open_connection(&run->connections[i]);
	return opened;
}

int main(int argc, char **argv)
{
	char more[120];
	if (argc < 8 || !read_cookies(argv[6]))
		return 2;
	port = atoi(argv[1]);
	host = argv[2];
	paths = argv + 7;
	n_paths = (unsigned long)argc - 7;
	tally = bench_tally_new();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct run run = { .n = (unsigned)atoi(argv[3]), .seconds = atof(argv[4]), .rate = atof(argv[5]) };
	run.connections = calloc(run.n, sizeof *run.connections);
	(void)signal(SIGTERM, on_signal);
	if (tally == NULL || epoll_fd < 0 || !open_all(&run))
		return EXIT_FAILURE;
	run.began_s = bench_now_s();
	load(&run);
	unsigned long used = n_sent / n_paths < n_cookies ? n_sent / n_paths : n_cookies;
	(void)snprintf(more, sizeof more, ", \"refused\": %lu, \"sessions\": %lu, \"bytes\": %lu", n_refused,
	    used, bytes);
	return bench_tally_print(tally, bench_now_s() - run.began_s, more);
}
