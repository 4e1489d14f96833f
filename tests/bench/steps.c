/* steps.c - an act of some requests, one behind the other over one connection, again and again: what a browser and a service ask for in a sign-on.
 * Arguments: port, workers, seconds, a file with a Cookie header's value on each line, a file with a row on each line, then for each step:
 * the request's line and fields (CR LF between them; Host and Content-Length are added), its body, the status that is right, and what stands before
 * the value to keep of the answer ("": nothing is kept; it ends before a quote, &, < or the line's end).
 *
 * In lines, fields and bodies %c is the next cookie, %r the next row, %v what was kept last, %% a percent sign. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"
#include "http.h"

#define REQUEST_MAX 32768
#define VALUE_MAX 4096
#define STEP_ARGUMENTS 4

struct lines {
	char **at;
	unsigned long n;
};

struct worker {
	struct bench_http http;
	char value[VALUE_MAX], head[REQUEST_MAX], body[REQUEST_MAX], request[2 * REQUEST_MAX];
};

struct step {
	const char *head, *body, *before;
	int status;
};

static int port, n_steps;
static struct lines cookies, rows;
static struct step steps[8];

static bool read_lines(const char *file, struct lines *lines)
{
	FILE *from = fopen(file, "r");
	char *line = NULL;
	size_t size = 0;
	if (from == NULL)
		return false;
	while (getline(&line, &size, from) > 0) {
		line[strcspn(line, "\n")] = '\0';
		char **more = realloc(lines->at, (lines->n + 1) * sizeof *more);
		if (more == NULL)
			return false;
		lines->at = more;
		lines->at[lines->n++] = strdup(line);
	}
	free(line);
	(void)fclose(from);
	return lines->n > 0;
}

/* The text with what stands for %c, %r and %v; its length. */
static size_t fill(char *to, const char *text, const struct worker *worker, unsigned long number)
{
	size_t len = 0;
	to[0] = '\0';
	for (; *text != '\0' && len < REQUEST_MAX - 1; text++) {
		char single[2] = { *text, '\0' };
		const char *put = single;
		if (*text == '%' && text[1] != '\0') {
			text++;
			put = *text == 'c'   ? cookies.at[number % cookies.n]
			      : *text == 'r' ? rows.at[number % rows.n]
			      : *text == 'v' ? worker->value
					     : "%";
		}
		int n = snprintf(to + len, REQUEST_MAX - len, "%s", put);
		len += (size_t)n;
	}
	return len < REQUEST_MAX ? len : REQUEST_MAX - 1;
}

static bool keep(struct worker *worker, const char *before)
{
	const char *at = strstr(worker->http.answer, before);
	if (at == NULL)
		return false;
	at += strlen(before);
	(void)snprintf(worker->value, sizeof worker->value, "%.*s", (int)strcspn(at, "\"'&<\r\n"), at);
	return true;
}

static bool take_step(struct worker *worker, const struct step *step, unsigned long number)
{
	size_t body = fill(worker->body, step->body, worker, number);
	(void)fill(worker->head, step->head, worker, number);
	int len = snprintf(worker->request, sizeof worker->request,
	    "%s\r\nHost: localhost:%d\r\nContent-Length: %zu\r\n\r\n%s", worker->head, port, body,
	    worker->body);
	return bench_http_ask(&worker->http, worker->request, (size_t)len) == step->status &&
	       (step->before[0] == '\0' || keep(worker, step->before));
}

static void *begin(unsigned number)
{
	(void)number;
	struct worker *worker = calloc(1, sizeof *worker);
	return worker != NULL && bench_http_open(&worker->http, port) ? worker : NULL;
}

static bool act(void *state, unsigned long number)
{
	struct worker *worker = state;
	bool good = true;
	for (int i = 0; good && i < n_steps; i++)
		good = take_step(worker, &steps[i], number);
	if (!good) {
		if (getenv("SPOM_BENCH_SHOW") != NULL)
			(void)fprintf(stderr, "%.600s\n%.600s\n", worker->request, worker->http.answer);
		(void)bench_http_again(&worker->http);
	}
	return good;
}

int main(int argc, char **argv)
{
	if (argc < 6 + STEP_ARGUMENTS || (argc - 6) % STEP_ARGUMENTS != 0 || !read_lines(argv[4], &cookies) ||
	    !read_lines(argv[5], &rows))
		return 2;
	port = atoi(argv[1]);
	for (char **at = argv + 6; *at != NULL && n_steps < 8; at += STEP_ARGUMENTS)
		steps[n_steps++] = (struct step){ at[0], at[1], at[3], atoi(at[2]) };
	struct bench bench = { (unsigned)atoi(argv[2]), atof(argv[3]), act, begin };
	return bench_run(&bench);
}
