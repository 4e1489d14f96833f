/* login.c - a login as the bench defines it: GET /login, POST the password, POST the code, and (with "home") GET / with the new session;
 * each by another person with an empty jar, over one connection. Who is told to come back later (503) waits a moment, as people do.
 * Arguments: port, workers, seconds, people, password, secret of everybody's authenticator, "login" or "home". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"
#include "http.h"

#define LATER_US 200000

static int port;
static struct bench_people people;
static const char *password, *secret;
static bool with_home;

struct client {
	struct bench_http http;
	char cookies[9000];
};

/* Adds what the answer sets to the jar. */
static void keep_cookies(struct client *client)
{
	size_t len = 0;
	if (strcasestr(client->http.answer, "\r\nSet-Cookie: ") != NULL)
		client->cookies[0] = '\0';
	for (char *at = client->http.answer; (at = strcasestr(at, "\r\nSet-Cookie: ")) != NULL;) {
		at += 14;
		size_t n = strcspn(at, ";\r");
		if (at[n - 1] != '=' && len + n + 4 < sizeof client->cookies)
			len += (size_t)snprintf(client->cookies + len, sizeof client->cookies - len, "%s%.*s",
			    len > 0 ? "; " : "", (int)n, at);
	}
}

/* The string value of a JSON field, good enough for our own answers. */
static bool field(const char *json, const char *name, char *value, size_t room)
{
	char key[40];
	(void)snprintf(key, sizeof key, "\"%s\":", name);
	const char *at = strstr(json, key);
	if (at == NULL)
		return false;
	at += strlen(key);
	at += strspn(at, " \"");
	(void)snprintf(value, room, "%.*s", (int)strcspn(at, "\""), at);
	return true;
}

static bool get(struct client *client, const char *path)
{
	char request[10000];
	int len = snprintf(request, sizeof request,
	    "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nAccept: application/json\r\n%s%s%s\r\n", path, port,
	    client->cookies[0] ? "Cookie: " : "", client->cookies, client->cookies[0] ? "\r\n" : "");
	return bench_http_ask(&client->http, request, (size_t)len) == 200;
}

static bool post(struct client *client, const char *body)
{
	char request[12000], csrf[100];
	if (!field(client->http.answer, "csrf", csrf, sizeof csrf))
		return false;
	keep_cookies(client);
	int len = snprintf(request, sizeof request,
	    "POST /login HTTP/1.1\r\nHost: localhost:%d\r\nAccept: application/json\r\nContent-Type: "
	    "application/json\r\n"
	    "X-CSRF-Token: %s\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n%s",
	    port, csrf, client->cookies, (int)strlen(body), body);
	return bench_http_ask(&client->http, request, (size_t)len) == 200;
}

static bool post_password(struct client *client, unsigned long person)
{
	char body[400], id[100];
	if (!field(client->http.answer, "id", id, sizeof id)) /* as a browser's form names it */
		return false;
	(void)snprintf(body, sizeof body, "{\"ask\":\"%s\",\"user\":\"g%07lu\",\"password\":\"%s\"}", id,
	    person, password);
	return post(client, body) && strstr(client->http.answer, "\"code\"") != NULL;
}

static bool post_code(struct client *client)
{
	char body[400], id[100], code[7];
	if (!field(client->http.answer, "id", id, sizeof id) || !bench_code(secret, code))
		return false;
	(void)snprintf(body, sizeof body, "{\"ask\":\"%s\",\"answer\":\"%s\"}", id, code);
	return post(client, body) && strstr(client->http.answer, "\"done\"") != NULL;
}

static void *begin(unsigned worker)
{
	(void)worker;
	struct client *client = calloc(1, sizeof *client);
	return client != NULL && bench_http_open(&client->http, port) ? client : NULL;
}

static bool act(void *state, unsigned long number)
{
	struct client *client = state;
	client->cookies[0] = '\0';
	bool in = get(client, "/login") && post_password(client, bench_person(&people, number)) &&
		  post_code(client);
	if (in && with_home) {
		keep_cookies(client);
		in = get(client, "/");
	}
	if (!in) {
		if (strncmp(client->http.answer, "HTTP/1.1 503", 12) == 0)
			(void)usleep(LATER_US);
		(void)bench_http_again(&client->http);
	}
	return in;
}

int main(int argc, char **argv)
{
	if (argc != 8 || !bench_people_parse(argv[4], &people))
		return 2;
	port = atoi(argv[1]);
	password = argv[5];
	secret = argv[6];
	with_home = strcmp(argv[7], "home") == 0;
	struct bench bench = { (unsigned)atoi(argv[2]), atof(argv[3]), act, begin };
	return bench_run(&bench);
}
