/* http.h - one connection of a load generator, and one answer after the other. */
#ifndef SPOM_BENCH_HTTP_H
#define SPOM_BENCH_HTTP_H
#include <stdbool.h>
#include <stddef.h>

#define BENCH_ANSWER_MAX 131072

struct bench_http {
	int fd, port;
	char answer[BENCH_ANSWER_MAX + 1]; /* the last one, head and body */
};

bool bench_http_open(struct bench_http *http, int port);
bool bench_http_again(
    struct bench_http *http); /* a new connection in place of one that is no good any more */

/* Sends a request and reads one answer by its Content-Length; its status, 0 when there is none. */
int bench_http_ask(struct bench_http *http, const char *request, size_t len);

#endif
