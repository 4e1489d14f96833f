/* json.h - messages as JSON: what pages answer and take with Accept: application/json, and spomctl --json.
 *
 * Bools, numbers, texts, objects and arrays as JSON has them; a number past 2^53 as a string; enums by their text; ids and
 * bytes as base64url; times as "2026-11-23T08:30:00.250Z". An optional field that is absent is left out, and so is a time that
 * never was (0); a list is always there. A secret is left out unless its row says SHOW_ONCE. Whatever passes through here is erased. */
#ifndef SPOM_WIRE_JSON_H
#define SPOM_WIRE_JSON_H
#include "wire/wire.h"

/* Numbers that every JSON reader keeps exact. */
#define JSON_EXACT (1ull << 53)

/* One compact line of JSON, on the arena. ERR_MALFORMED: a field that must be there is not, or a secret to be shown is no
 * text; ERR_NO_MEMORY. */
NODISCARD enum err wire_json_write(struct wire_any any, struct arena *arena, struct text *json_r);

/* Sets in at, a struct of msg, the fields that a JSON object names; texts and secrets are copied to the arena. Whether the
 * message is complete is for wire_check afterwards (nested ones are checked here). A stranger may name any field: set
 * the ones that are not theirs (session, address) after this. ERR_MALFORMED: no JSON object, a key twice, anything behind
 * it, nested too deep; or, with *field_r (on the arena) set, that key is unknown or its value is none for it.
 * ERR_TOO_LARGE (*field_r): a value over its bound. ERR_NO_MEMORY. */
NODISCARD enum err wire_json_put(
    const struct wire_msg *msg, void *at, struct text json, struct arena *arena, const char **field_r);

/* The same for a whole message on the arena, complete by wire_check. */
NODISCARD enum err wire_json_read(const struct wire_msg *msg, struct text json, struct arena *arena,
    const void **at_r, const char **field_r);

/* An object of jansson's that is no message: look reads it, and keeps nothing of it. Its error is the answer; ERR_MALFORMED: it is no JSON
 * object, has a key twice, anything behind it, or is nested too deep; ERR_NO_MEMORY. */
struct json_t;
typedef enum err wire_json_reader(struct json_t *object, void *to);
NODISCARD enum err wire_json_look(struct text json, wire_json_reader *look, void *to);

#endif
