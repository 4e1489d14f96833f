/* Memory that is out anywhere on a message's way: an error, nothing handed out and nothing left; or the very same result. */
#include "unit.h"
#include <string.h>
#include <sys/socket.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "failing/failing.h"
#include "wire/json.h"
#include "wire/kinds.h"
#include "wire/link.h"
#include "wire/prompt.h"
#include "wire/sample.h"

/* A message to work with, made while there was memory. */
struct given {
	struct wire_any any;
	uint8_t *body;
	size_t len;
	struct text json;
	const char *printed; /* what was read from it */
	struct arena arena;
};

static uint8_t room[FRAME_MAX];

static void must_be_the_same(const struct given *given, const void *at)
{
	size_t len;
	assert_int_equal(wire_encode((struct wire_any){ given->any.msg, at }, room, sizeof room, &len), OK);
	assert_int_equal(len, given->len);
	assert_memory_equal(room, given->body, len);
}

/* Each is one way; OK: all went as it does with memory, which they have checked. */

static enum err encode(const struct given *given, struct arena *arena)
{
	(void)arena;
	must_be_the_same(given, given->any.at);
	return OK;
}

static enum err decode(const struct given *given, struct arena *arena)
{
	const void *at = NULL;
	enum err err = wire_decode(given->any.msg, given->body, given->len, arena, &at);
	if (err == OK)
		must_be_the_same(given, at);
	else
		assert_null(at);
	return err;
}

static enum err decode_lenient(const struct given *given, struct arena *arena)
{
	const void *at = NULL;
	enum err err = wire_decode_lenient(given->any.msg, given->body, given->len, arena, &at);
	if (err == OK)
		must_be_the_same(given, at);
	return err;
}

static enum err print(const struct given *given, struct arena *arena)
{
	return wire_print(given->any, arena) != NULL ? OK : ERR_NO_MEMORY;
}

static enum err write_json(const struct given *given, struct arena *arena)
{
	struct text json = { NULL, 0 };
	enum err err = wire_json_write(given->any, arena, &json);
	assert_true(err == OK ? text_equal(json, given->json) : json.at == NULL);
	return err;
}

/* What the JSON says, printed. Secrets are not in it, so what is missing at the end may be those. */
static enum err read_and_print(const struct given *given, struct arena *arena, const char **printed_r)
{
	const struct wire_msg *msg = given->any.msg;
	const char *field = NULL;
	void *at = arena_alloc(arena, msg->size);
	enum err err = at != NULL ? wire_json_put(msg, at, given->json, arena, &field) : ERR_NO_MEMORY;
	if (err != OK && err != ERR_MALFORMED)
		return err;
	const char *printed = wire_print((struct wire_any){ msg, at }, arena);
	if (printed != NULL)
		*printed_r = arena_printf(arena, "%s %s", err_text(err), printed);
	return *printed_r != NULL ? OK : ERR_NO_MEMORY;
}

static enum err read_json(const struct given *given, struct arena *arena)
{
	const char *printed = NULL;
	enum err err = read_and_print(given, arena, &printed);
	if (err == OK)
		assert_string_equal(printed, given->printed);
	return err;
}

static enum err get_and_put(const struct given *given, struct arena *arena)
{
	const struct wire_msg *msg = given->any.msg;
	void *to = arena_alloc(arena, msg->size);
	enum err err = to != NULL ? OK : ERR_NO_MEMORY;
	for (unsigned i = 0; err == OK && i < msg->n_fields; i++) {
		struct text name = text_of(msg->fields[i].name), value;
		err = wire_get(msg, given->any.at, name, arena, &value);
		if (err == ERR_NOT_FOUND ||
		    (err == OK && (value.at == NULL || msg->fields[i].kind == WIRE_TIME))) {
			err = OK;
			continue;
		}
		if (err == OK)
			err = wire_put(msg, to, name, value, arena);
		err = err == ERR_NOT_FOUND ? OK : err;
	}
	return err;
}

static enum err prompt(const struct given *given, struct arena *arena)
{
	uint8_t *made = NULL;
	uint64_t trace = 0;
	struct wire_any any = { NULL, NULL };
	enum err err = prompt_make(given->any, 7, &made);
	if (err != OK) {
		assert_null(made);
		return err;
	}
	err = prompt_read(made, arena, &trace, &any);
	if (err == OK)
		must_be_the_same(given, any.at);
	else
		assert_null(any.msg);
	prompt_free(&made);
	return err;
}

static enum err link_through(const struct given *given, struct arena *arena)
{
	int ends[2];
	struct frame frame;
	struct wire_any any = { NULL, NULL };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	struct link from = { .fd = ends[0] }, to = { .fd = ends[1] };
	int64_t deadline_ms = clock_steady_ms() + 2000;
	enum err err = link_send(&from, given->any, 1, 7, deadline_ms);
	if (err == OK)
		err = link_receive(&to, arena, deadline_ms, &frame, &any);
	if (err == OK)
		must_be_the_same(given, any.at);
	else
		assert_null(any.msg);
	link_close(&from);
	link_close(&to);
	return err;
}

static const struct way {
	const char *name;
	enum err (*go)(const struct given *given, struct arena *arena);
	bool is_tagged; /* only for messages that are sent by themselves */
} WAYS[] = {
	{ "encode", encode, false },
	{ "decode", decode, false },
	{ "decode leniently", decode_lenient, false },
	{ "print", print, false },
	{ "write JSON", write_json, false },
	{ "read JSON", read_json, false },
	{ "get and put", get_and_put, false },
	{ "prompt", prompt, true },
	{ "link", link_through, true },
};

/* The way with the nth allocation failing, for each n there is; their number. */
static unsigned go(const struct way *way, const struct given *given)
{
	for (unsigned n = 1;; n++) {
		CLEANUP(arena_done) struct arena arena = { .limit = 16 * MIB };
		failing_at(n);
		enum err err = way->go(given, &arena);
		unsigned seen = failing_seen();
		failing_at(0);
		if (err != OK && err != ERR_NO_MEMORY)
			fail_msg(
			    "%s of %s, allocation %u: %s", way->name, given->any.msg->name, n, err_text(err));
		if (seen < n && err != OK)
			fail_msg("%s of %s: no memory, though there was", way->name, given->any.msg->name);
		if (seen < n)
			return seen;
	}
}

static bool give(const struct wire_msg *msg, enum sample_size size, struct given *given)
{
	*given = (struct given){ .any.msg = msg, .arena.limit = 16 * MIB };
	return sample_body(msg, size, SAMPLE_NONE, 0, &given->arena, &given->body, &given->len) == OK &&
	       wire_decode(msg, given->body, given->len, &given->arena, &given->any.at) == OK &&
	       wire_json_write(given->any, &given->arena, &given->json) == OK &&
	       read_and_print(given, &given->arena, &given->printed) == OK;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	unsigned count, seen = 0;
	const struct wire_msg *const *all = kinds_all(&count);
	for (unsigned i = 0; i < count; i++)
		for (unsigned size = SAMPLE_MIN; size <= SAMPLE_FULL; size++) {
			struct given given;
			if (!give(all[i], (enum sample_size)size, &given))
				fail_msg("no sample of %s", all[i]->name);
			for (size_t j = 0; j < COUNT(WAYS); j++)
				if (!WAYS[j].is_tagged || wire_find(all[i]->tag) == all[i])
					seen += go(&WAYS[j], &given);
			arena_done(&given.arena);
		}
	assert_true(seen > 10 * count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
