/* front_http - a request as a stranger may write it, taken all the way to its reply by each instance that knows the path. The input is a
 * request line and header lines, each ended by LF, an empty line, and the body; behind two bytes 0xff, which stand in no
 * request of ours, what the authority and the gate answer. */
#include <jansson.h>
#include <stdint.h>
#include <string.h>
#include "front/decode.h"
#include "front/original.h"
#include "front/route.h"
#include "front/show.h"
#include "fuzz/help/fill.h"
#include "fuzz/help/house.h"
#include "fuzz/help/markup.h"
#include "fuzz/help/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct supply answers;

/* --- in the place of front/links.c and wire/link.c -------------------------------------------------------------------------- */

static enum err give(const struct wire_msg *msg, struct arena *arena, struct wire_any *answer_r)
{
	if (msg == NULL)
		msg = wire_msg_refused();
	const void *at = fill_message(msg, &answers, FILL_AS_THEY_ARE, arena);
	if (at != NULL)
		*answer_r = (struct wire_any){ msg, at };
	return at != NULL ? OK : ERR_NO_MEMORY;
}

/* Whatever front was asked, what it asks is a message. */
static void must_be_a_message(struct wire_any ask)
{
	static uint8_t body[WIRE_BODY_MAX];
	size_t len;
	MUST(wire_encode(ask, body, sizeof body, &len) == OK);
}

static enum err answer(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	static const enum err FAULTS[] = { ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY, ERR_CLOSED, ERR_STALE };
	unsigned count, how = supply_byte(&answers);
	const struct wire_msg *const *all = wire_all(&count);
	must_be_a_message(ask);
	if (how >= 0xf8)
		return FAULTS[how % COUNT(FAULTS)];
	if (how >= 0xe8)
		return give(NULL, arena, answer_r);
	if (how >= 0xe0) {
		const struct wire_msg *any = all[supply_byte(&answers) % count];
		return give(any->tag != 0 ? any : NULL, arena, answer_r);
	}
	return give(wire_find_name(ask.msg->answer), arena, answer_r);
}

enum err links_ask(struct links *links, struct wire_any ask, uint64_t trace, struct arena *arena,
    int64_t deadline_ms, struct wire_any *answer_r)
{
	(void)links, (void)trace, (void)deadline_ms;
	return answer(ask, arena, answer_r);
}

enum err link_call(struct link *link, const struct link_end *end, struct wire_any ask, uint64_t trace,
    struct arena *arena, int64_t deadline_ms, struct wire_any *answer_r)
{
	static const struct wire_msg *(*const OF_GATE[])(void) = { wire_msg_turn_passed,
		wire_msg_ask_password, wire_msg_ask_code, wire_msg_ask_notice, wire_msg_ask_choose,
		wire_msg_ask_recovery, wire_msg_ask_new_password, wire_msg_ask_enrol_totp,
		wire_msg_ask_recovery_sheet, wire_msg_login_denied, wire_msg_refused };
	(void)link, (void)end, (void)trace, (void)deadline_ms;
	unsigned which = supply_byte(&answers);
	if (which >= 0xf0)
		return answer(ask, arena, answer_r);
	must_be_a_message(ask);
	return give(OF_GATE[which % COUNT(OF_GATE)](), arena, answer_r);
}

void link_close(struct link *link)
{
	link->fd = -1;
}

/* --- the request ------------------------------------------------------------------------------------------------------------ */

/* The library below gives strings. */
static struct text string_of(struct text piece, struct arena *arena)
{
	struct text copy = { NULL, 0 };
	if (piece.at != NULL)
		MUST(text_copy(arena, piece, &copy));
	return copy;
}

static void read_head(struct text *rest, struct arena *arena, struct head *head)
{
	struct text line = decode_cut(rest, '\n');
	head->method = string_of(decode_cut(&line, ' '), arena);
	struct text path = decode_cut(&line, ' ');
	head->version = string_of(line, arena);
	head->path = string_of(decode_cut(&path, '?'), arena);
	head->query = string_of(path, arena);
	for (line = decode_cut(rest, '\n'); line.len > 0 && head->n_lines < HEAD_LINES_MAX;
	     line = decode_cut(rest, '\n')) {
		struct text name = string_of(decode_cut(&line, ':'), arena);
		head->lines[head->n_lines++] =
		    (struct head_line){ name, string_of(decode_trim(line), arena) };
	}
}

static void check_form(struct request *request)
{
	struct msg_login_form form = { .user = { NULL, 0 } };
	const char *field;
	if (request_form(request, wire_msg_login_form(), &form) == OK)
		MUST(wire_check(WIRE(login_form, &form), &field) == OK); /* what was taken is a message */
}

/* Where two readers could disagree, there is none. */
static void check_original(struct text url, struct arena *arena)
{
	struct original original;
	if (!original_read(url, arena, &original))
		return;
	const char *scheme = original.secure ? "https://" : "http://";
	MUST(text_starts_with(original.origin, scheme) && original.origin.len <= ORIGINAL_ORIGIN_MAX);
	for (size_t i = strlen(scheme); i < original.origin.len; i++) {
		char c = original.origin.at[i];
		MUST((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-.:[]", c) != NULL);
	}
	MUST(original.path.len > 0 && original.path.at[0] == '/');
	MUST(original.path.len == 1 ||
	     text_equal(
		 original.path, (struct text){ url.at + url.len - original.path.len, original.path.len }));
}

static void check_request(struct front *front, const struct head *head, struct request *request)
{
	struct text value;
	check_form(request);
	check_original(head_find(head, "X-Original-URL"), request->arena);
	if (decode_query(request->query, "next", request->arena, &value) == OK && value.at != NULL)
		MUST(memchr(value.at, '\0', value.len) == NULL);
	MUST(!show_may_lead_to(front, request->path) || request->path.len < 2 || request->path.at[1] != '/');
	MUST(request->from_edge || (request->address.at == NULL && request->original.at == NULL));
	MUST(request->session.len <= 64 && request->login.len <= 4096 && request->csrf.len <= 64);
}

/* --- the reply -------------------------------------------------------------------------------------------------------------- */

/* Lines, each ended by CR LF, and an empty one: nothing of a request or an answer has made a line of its own. */
static void check_head(const struct reply *reply, const struct front *front)
{
	struct text head = reply_head(reply, front->dress->policy);
	if (head.at == NULL)
		return;
	MUST(text_starts_with(head, "HTTP/1.1 ") && memcmp(head.at + head.len - 4, "\r\n\r\n", 4) == 0);
	MUST(memmem(head.at, head.len - 2, "\r\n\r\n", 4) == NULL);
	for (size_t i = 0; i < head.len; i++) {
		char c = head.at[i];
		MUST(c != '\0' && (c != '\r' || head.at[i + 1] == '\n') &&
		     (c != '\n' || head.at[i - 1] == '\r'));
	}
}

/* JSON that the authority has written, and front only passes on. */
static bool is_passed_on(const struct exchange *x)
{
	static void (*const RUNS[])(struct exchange *) = { oidc_discovery_get, oidc_keys_get,
		oidc_userinfo_any, oidc_introspect_post, oidc_register_post };
	bool passed = false;
	for (size_t i = 0; i < COUNT(RUNS); i++)
		passed |= x->route != NULL && x->route->run == RUNS[i] && x->reply->status < 300;
	return passed;
}

static void check_body(const struct exchange *x)
{
	const struct reply *reply = x->reply;
	if (reply->type == NULL || reply->body.at == NULL || is_passed_on(x))
		return;
	if (strcmp(reply->type, "text/html; charset=utf-8") == 0)
		MUST(markup_fault(reply->body, reply->arena) == NULL);
	if (strcmp(reply->type, "application/json") != 0)
		return;
	json_t *json = json_loadb(reply->body.at, reply->body.len, JSON_REJECT_DUPLICATES, NULL);
	MUST(json != NULL);
	json_decref(json);
}

/* The portal leads to itself; only a ticket, what services send people to, and the edge's instance, lead to where the authority says. */
static void check_location(const struct exchange *x)
{
	for (unsigned i = 0; i < x->reply->n_headers; i++) {
		const struct reply_header *header = &x->reply->headers[i];
		if (strcmp(header->name, "Location") == 0 && x->front->instance == ROLE_DOOR &&
		    x->route->run != hand_over_get && x->route->needs != NEEDS_CLIENT)
			MUST(show_may_lead_to(x->front, header->value));
	}
}

static void serve(enum role instance, const struct head *head, struct text body, struct arena *arena)
{
	struct front *front = house_front(instance);
	struct request request;
	struct reply reply = { .arena = arena };
	struct exchange x = { front, NULL, &request, &reply, false };
	request_read(front, head, arena, &request);
	request.body = (struct secret){ (unsigned char *)(uintptr_t)body.at, body.len };
	check_request(front, head, &request);
	if (front_admit(&x, body.len))
		front_serve(&x);
	MUST(reply.status >= 200 && reply.status < 600 && reply.n_headers <= REPLY_HEADERS_MAX);
	check_head(&reply, front);
	check_body(&x);
	check_location(&x);
}

static void try_request(struct text input, struct supply after, struct arena *arena)
{
	struct head head = { .n_lines = 0 };
	const struct route *route;
	uint64_t length;
	const char *why;
	bool known = false;
	read_head(&input, arena, &head);
	struct text body = string_of(input, arena);
	if (head_check(&head, &length, &why) != OK)
		return;
	for (unsigned i = ROLE_DOOR; i <= ROLE_BACK; i++) {
		bool knows = route_find((enum role)i, METHOD_GET, head.path, &route) != ROUTE_UNKNOWN;
		known |= knows;
		answers = after;
		if (knows || (i == ROLE_BACK && !known))
			serve((enum role)i, &head, body, arena);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { .limit = 16 * MIB };
	const uint8_t *end = size > 0 ? memmem(data, size, "\xff\xff", 2) : NULL;
	size_t len = end != NULL ? (size_t)(end - data) : size;
	struct supply after = { data + len, size - len };
	(void)supply_bytes(&after, 2);
	try_request((struct text){ (const char *)data, len }, after, &arena);
	return 0;
}
