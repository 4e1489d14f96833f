/* wire.c - bodies as a hostile program would send them: a tag, then the body. What decodes must encode to the same bytes, and
 * printing and JSON must cope with it. The first bytes are tried as a frame's head, too.
 * Inputs: build/bin/wiretool corpus DIR. tests/unit/wire/test_corpus.c runs them in make unit. */
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "wire/frame.h"
#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

static void decoded(struct wire_any any, const uint8_t *body, size_t len, struct arena *arena)
{
	static uint8_t again[WIRE_BODY_MAX];
	size_t again_len;
	struct text json;
	const char *field;
	MUST(wire_encode(any, again, sizeof again, &again_len) == OK);
	MUST(again_len == len && memcmp(again, body, len) == 0);
	MUST(len <= wire_greatest(any.msg));
	MUST(wire_print(any, arena) != NULL);
	if (wire_json_write(any, arena, &json) != OK)
		return; /* a secret to be shown that is no text */
	void *read = arena_alloc(arena, any.msg->size);
	MUST(read != NULL);
	enum err err =
	    wire_json_put(any.msg, read, json, arena, &field); /* a nested one may lack a secret now */
	MUST(err == OK || err == ERR_MALFORMED);
}

static void try_body(const struct wire_msg *msg, const uint8_t *data, size_t size)
{
	struct arena arena = { .limit = 64u * MIB };
	uint8_t *body = (uint8_t *)arena_copy(&arena, data, size);
	const void *at = NULL;
	MUST(body != NULL);
	enum err err = wire_decode(msg, body, size, &arena, &at);
	if (err == OK)
		decoded((struct wire_any){ msg, at }, data, size, &arena);
	else
		MUST(at == NULL);
	enum err lenient = wire_decode_lenient(msg, body, size, &arena, &at);
	MUST(err != OK || lenient == OK);
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;
	if (size >= FRAME_HEAD && frame_read(data, &frame) == OK)
		MUST(frame.body_len <= WIRE_BODY_MAX && frame.msg != NULL);
	if (size < 2)
		return 0;
	const struct wire_msg *msg = wire_find((unsigned)data[0] << 8 | data[1]);
	if (msg != NULL)
		try_body(msg, data + 2, size - 2);
	return 0;
}
