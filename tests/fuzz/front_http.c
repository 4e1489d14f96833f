/* front_http - a request as a stranger may write it: head, cookies, query, form, JSON. The input is a request line and header lines, each
 * ended by LF, an empty line, and the body. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "front/decode.h"
#include "front/front.h"
#include "front/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct front *house(void)
{
	static struct front front = { .instance = ROLE_DOOR };
	static const struct msg_value_row ORIGINS[] = { { { "http://localhost:8080", 21 } },
		{ { "https://localhost:8443", 22 } } };
	static const struct msg_front_config CONFIG = { .port = 1,
		.threads = 1,
		.origins = { ORIGINS, COUNT(ORIGINS) },
		.institution = { "x", 1 },
		.colour = { "#123456", 7 },
		.zone = { "UTC", 3 },
		.edge_secret = { (unsigned char *)(uintptr_t) "secret", 6 },
		.turn_timeout_ms = 1 };
	if (front.config == NULL) {
		front.strings = &web_strings;
		if (front_init(&front, &CONFIG) != OK)
			abort();
	}
	return &front;
}

/* The line that begins at *at, without its end. */
static struct text next_line(struct text *rest)
{
	return decode_cut(rest, '\n');
}

static void read_head(struct text *rest, struct head *head)
{
	struct text line = next_line(rest);
	head->method = decode_cut(&line, ' ');
	head->path = decode_cut(&line, ' ');
	head->version = line;
	head->query = head->path;
	head->path = decode_cut(&head->query, '?');
	for (line = next_line(rest); line.len > 0 && head->n_lines < HEAD_LINES_MAX; line = next_line(rest)) {
		struct text name = decode_cut(&line, ':');
		head->lines[head->n_lines++] = (struct head_line){ name, decode_trim(line) };
	}
}

static void read_forms(struct request *request, struct arena *arena)
{
	struct msg_login_form form = { .user = { NULL, 0 } };
	struct text value;
	const char *field;
	if (request_form(request, wire_msg_login_form(), &form) == OK &&
	    wire_check(WIRE(login_form, &form), &field) != OK)
		abort(); /* what was taken is a message */
	if (decode_query(request->query, "next", arena, &value) == OK && value.at != NULL &&
	    (memchr(value.at, '\0', value.len) != NULL))
		abort();
	if (show_may_lead_to(house(), request->path) && request->path.len > 1 && request->path.at[1] == '/')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct head head = { .n_lines = 0 };
	struct request request;
	uint64_t length;
	const char *why;
	struct text rest = { arena_copy(&arena, data, size), size };
	read_head(&rest, &head);
	if (rest.at != NULL && head_check(&head, &length, &why) == OK) {
		request_read(house(), &head, &arena, &request);
		request.body = (struct secret){ (unsigned char *)(uintptr_t)rest.at, rest.len };
		read_forms(&request, &arena);
	}
	arena_done(&arena);
	return 0;
}
