#include "front/house.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "front/show.h"
#include "log/log.h"

#define FOLDER "/tmp/spom-front-XXXXXX"

const struct msg_front_config *house_config(void)
{
	static const struct msg_value_row origins[] = { { { HOUSE_ORIGIN, sizeof HOUSE_ORIGIN - 1 } },
		{ { HOUSE_ORIGIN_HTTPS, sizeof HOUSE_ORIGIN_HTTPS - 1 } } };
	static const struct msg_goal_row applications[] = { { { HOUSE_APP, sizeof HOUSE_APP - 1 },
	    TEXT_LITERAL("Library") } };
	static struct msg_front_config config;
	config = (struct msg_front_config){
		.port = 1,
		.threads = 8,
		.origins = { origins, COUNT(origins) },
		.applications = { applications, COUNT(applications) },
		.institution = TEXT_LITERAL("Example <University>"),
		.colour = TEXT_LITERAL("#1d4f91"),
		.help = TEXT_LITERAL("help@example.edu"),
		.zone = TEXT_LITERAL("Europe/Berlin"),
		.edge_secret = { (unsigned char *)(uintptr_t)HOUSE_EDGE, sizeof HOUSE_EDGE - 1 },
		.turn_timeout_ms = 2000,
	};
	return &config;
}

void house_open(struct house *house, enum role instance, fake_answer authority, fake_answer gate)
{
	*house = (struct house){ .front = { .instance = instance, .strings = &web_strings } };
	log_open("front", LOG_LEVEL_ERROR);
	memcpy(house->folder, FOLDER, sizeof FOLDER);
	if (mkdtemp(house->folder) == NULL)
		abort();
	snprintf(house->authority_path, sizeof house->authority_path, "%s/a", house->folder);
	snprintf(house->gate_path, sizeof house->gate_path, "%s/g", house->folder);
	if (authority != NULL)
		house->authority = fake_start(house->authority_path, instance, authority);
	if (gate != NULL)
		house->gate = fake_start(house->gate_path, ROLE_DOOR, gate);
	house->front.gate = house->gate_path;
	links_init(&house->front.links, house->authority_path, instance);
	if (front_init(&house->front, house_config()) != OK)
		abort();
}

void house_close(struct house *house)
{
	if (house->authority != NULL)
		fake_end(&house->authority);
	if (house->gate != NULL)
		fake_end(&house->gate);
	links_done(&house->front.links);
	front_done(&house->front);
	arena_done(&house->arena);
	(void)unlink(house->authority_path);
	(void)unlink(house->gate_path);
	(void)rmdir(house->folder);
}

static void add_lines(struct head *head, char *lines)
{
	for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *value = strstr(line, ": ");
		if (value == NULL)
			abort();
		*value = '\0';
		head->lines[head->n_lines++] = (struct head_line){ text_of(line), text_of(value + 2) };
	}
}

static void read_head(
    struct arena *arena, const char *method, const char *uri, const char *lines, struct head *head)
{
	char *path = arena_copy(arena, uri, strlen(uri));
	*head = (struct head){ .method = text_of(method), .version = text_of("1.1") };
	head->lines[head->n_lines++] = (struct head_line){ text_of("Host"), text_of("evil.example") };
	add_lines(head, arena_copy(arena, lines, strlen(lines)));
	head->query = text_of(strchr(path, '?'));
	if (head->query.at != NULL) {
		path[strlen(path) - head->query.len] = '\0';
		head->query = (struct text){ head->query.at + 1, head->query.len - 1 };
	}
	head->path = text_of(path);
}

const char *house_ask(
    struct house *house, const char *method, const char *uri, const char *lines, const char *body)
{
	struct head head;
	struct request request;
	struct reply reply = { .arena = &house->arena };
	struct exchange x = { &house->front, NULL, &request, &reply, false };
	uint64_t length;
	const char *why;
	arena_reset(&house->arena);
	read_head(&house->arena, method, uri, lines, &head);
	request_read(&house->front, &head, &house->arena, &request);
	if (head_check(&head, &length, &why) != OK) {
		show_fault(&x, FAULT_MALFORMED, 0);
	} else if (front_admit(&x, strlen(body))) {
		request.body = secret_copy(&house->arena, body, strlen(body));
		front_serve(&x);
	}
	struct text written = reply_head(&reply, house->front.dress->policy);
	return arena_printf(&house->arena, "%s%.*s", written.at, TEXT_ARGS(reply.body));
}

int house_status(const char *reply)
{
	return atoi(reply + strlen("HTTP/1.1 "));
}

const char *house_field(const char *reply, const char *name)
{
	static char value[4096];
	char wanted[64];
	snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
	const char *at = strstr(reply, wanted);
	const char *end = strstr(reply, "\r\n\r\n");
	value[0] = '\0';
	if (at != NULL && at < end) {
		at += strlen(wanted);
		snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
	}
	return value;
}

struct secret house_secret(const char *string)
{
	return (struct secret){ (unsigned char *)(uintptr_t)string, strlen(string) };
}

void house_note(char *to, size_t room, const void *at, size_t len)
{
	snprintf(to, room, "%.*s", (int)len, at != NULL ? (const char *)at : "");
}
