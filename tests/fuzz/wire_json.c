/* wire_json.c - JSON as a browser or a script may send it: a tag, then the text. What reads must be a message that
 * encodes. Inputs: tests/fuzz/seeds.py. */
#include <stdlib.h>
#include "base/arena.h"
#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_json(const struct wire_msg *msg, struct text json)
{
	static uint8_t body[WIRE_BODY_MAX];
	struct arena arena = { .limit = 64u * MIB };
	const void *at = NULL;
	const char *field = NULL;
	size_t len;
	enum err err = wire_json_read(msg, json, &arena, &at, &field);
	if (err == OK && wire_encode((struct wire_any){ msg, at }, body, sizeof body, &len) != OK)
		abort();
	if (err != OK && at != NULL)
		abort();
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct wire_msg *msg = wire_find((unsigned)data[0] << 8 | data[1]);
	if (msg != NULL)
		try_json(msg, (struct text){ (const char *)data + 2, size - 2 });
	return 0;
}
