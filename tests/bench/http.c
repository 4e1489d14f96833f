#include "http.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool bench_http_open(struct bench_http *http, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int on = 1;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	http->port = port;
	http->fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)setsockopt(http->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return connect(http->fd, (struct sockaddr *)&at, sizeof at) == 0;
}

bool bench_http_again(struct bench_http *http)
{
	(void)close(http->fd);
	return bench_http_open(http, http->port);
}

/* The web server ends a connection after so many requests, and says so. */
static void reconnect_if_closed(struct bench_http *http)
{
	if (strcasestr(http->answer, "\r\nConnection: close") != NULL)
		(void)bench_http_again(http);
}

int bench_http_ask(struct bench_http *http, const char *request, size_t len)
{
	size_t have = 0;
	if (send(http->fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 0;
	for (;;) {
		ssize_t n = recv(http->fd, http->answer + have, BENCH_ANSWER_MAX - have, 0);
		if (n <= 0)
			return 0;
		have += (size_t)n;
		http->answer[have] = '\0';
		char *end = strstr(http->answer, "\r\n\r\n");
		if (end == NULL)
			continue;
		const char *length = strcasestr(http->answer, "\r\nContent-Length: ");
		size_t body = length != NULL && length < end ? strtoul(length + 18, NULL, 10) : 0;
		if (have < (size_t)(end + 4 - http->answer) + body)
			continue;
		reconnect_if_closed(http);
		return atoi(http->answer + 9);
	}
}
