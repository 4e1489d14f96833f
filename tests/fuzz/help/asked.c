#include "fuzz/help/asked.h"
#include <string.h>
#include "front/decode.h"
#include "fuzz/help/fill.h"
#include "fuzz/help/house.h"
#include "fuzz/help/must.h"

static struct {
	const struct asked_ways *ways;
	const struct asked_way *way;
	struct text pairs;
} now;

/* The next pair, as it is spelled or decoded; false: there is none, or what is none. */
static bool next_pair(struct text *rest, struct arena *arena, struct text *name_r, struct text *value_r)
{
	if (!now.way->raw)
		return decode_pair(rest, arena, name_r, value_r) == OK;
	if (rest->at == NULL)
		return false;
	*value_r = decode_cut(rest, '&');
	*name_r = decode_cut(value_r, '=');
	return true;
}

static void check_text(struct text is, const char *parameter, struct arena *arena)
{
	struct text rest = now.pairs, name, value, said = { NULL, 0 };
	while (next_pair(&rest, arena, &name, &value)) {
		if (!text_equal_str(name, parameter) || value.len == 0)
			continue;
		MUST(said.at == NULL);
		said = value;
	}
	MUST(is.len == said.len && (is.len == 0 || memcmp(is.at, said.at, is.len) == 0));
}

static void check_message(struct wire_any in, struct arena *arena)
{
	for (unsigned i = 0; i < in.msg->n_fields; i++) {
		const struct wire_field *field = &in.msg->fields[i];
		const void *at = (const char *)in.at + field->offset;
		if (field->kind == WIRE_ONE) {
			check_message((struct wire_any){ field->sub(), *(const void *const *)at }, arena);
			continue;
		}
		const char *parameter = now.ways->parameter(in, field->name);
		if (parameter == NULL)
			continue;
		if (field->kind == WIRE_TEXT)
			check_text(*(const struct text *)at, parameter, arena);
		if (field->kind == WIRE_SECRET) {
			const struct secret *secret = at;
			check_text((struct text){ (const char *)secret->at, secret->len }, parameter, arena);
		}
	}
}

/* In the place of front/links.c: nobody is there who would answer. */
enum err links_ask(struct links *links, struct wire_any ask, uint64_t trace, struct arena *arena,
    int64_t deadline_ms, struct wire_any *answer_r)
{
	static uint8_t body[WIRE_BODY_MAX];
	size_t len;
	(void)links, (void)trace, (void)deadline_ms, (void)answer_r;
	MUST(wire_encode(ask, body, sizeof body, &len) == OK);
	check_message(ask, arena);
	return ERR_UNREACHABLE;
}

static void serve(struct text authorization, struct arena *arena)
{
	struct front *front = house_front(now.way->instance);
	bool posts = now.way->method == METHOD_POST;
	struct request request = { .arena = arena,
		.method = now.way->method,
		.path = text_of(now.way->path),
		.content_type = TEXT_LITERAL("application/x-www-form-urlencoded"),
		.authorization = { (unsigned char *)(uintptr_t)authorization.at, authorization.len },
		.session = { (unsigned char *)(uintptr_t) "abc", 3 },
		.address = TEXT_LITERAL("192.0.2.7"),
		.origin = TEXT_LITERAL("http://localhost:8080"),
		.from_edge = true,
		.wants_json = true,
		.language = &front->strings->languages[0] };
	struct reply reply = { .arena = arena };
	struct exchange x = { front, NULL, &request, &reply };
	if (posts)
		request.body = (struct secret){ (unsigned char *)(uintptr_t)now.pairs.at, now.pairs.len };
	else
		request.query = now.pairs;
	if (front_admit(&x, posts ? now.pairs.len : 0))
		front_serve(&x);
	MUST(reply.status >= 200 && reply.status < 600);
}

void asked_try(const struct asked_ways *ways, const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { .limit = 16 * MIB };
	struct supply supply = { data, size };
	struct text field;
	if (size == 0)
		return;
	now.ways = ways;
	now.way = &ways->at[supply_byte(&supply) % ways->n];
	struct text authorization = supply_cut(&supply, '\n');
	if (authorization.len > REQUEST_AUTHORIZATION_MAX || memchr(supply.at, '\0', supply.left) != NULL)
		return;
	/* as the listener has them: strings, and absent where there is none */
	MUST(text_copy(&arena, (struct text){ (const char *)supply.at, supply.left }, &now.pairs));
	if (!text_copy(&arena, authorization, &field) || field.len == 0)
		field = (struct text){ NULL, 0 };
	serve(field, &arena);
}
