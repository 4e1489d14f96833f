/* json.c - the only file that knows jansson. */
#include "wire/json.h"
#include <jansson.h>
#include <malloc.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/enc.h"
#include "wire/field.h"
#include "wire/when.h"

#define NESTED_MAX 16u /* jansson itself goes 2048 deep */

/* What jansson takes for one byte of a document at most, with all that it gives back before the end: "{}," is the worst, with 80. */
#define ROOM_PER_BYTE 96u
#define ROOM_BESIDE (4 * KIB)

/* The memory of one document that is read, all of it there before the first byte is looked at: jansson's parser does not see
   whether a byte that it read could be kept, and runs past the end of a text whose last quote was not. */
struct room {
	uint8_t *at;
	size_t size, used;
	bool was_too_small;
};

static _Thread_local struct room *room; /* NULL: nothing is being read */

static void *take(struct room *from, size_t size)
{
	size_t whole = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	from->was_too_small |= whole < size || whole > from->size - from->used;
	if (from->was_too_small)
		return NULL;
	void *at = from->at + from->used;
	from->used += whole;
	return at;
}

static void *allocate(size_t size)
{
	return room != NULL ? take(room, size) : malloc(size);
}

/* Passwords and codes come in through here: jansson's heap is erased as an arena is. */
static void free_erased(void *at)
{
	if (at == NULL || room != NULL)
		return;
	explicit_bzero(at, malloc_usable_size(at));
	free(at);
}

__attribute__((constructor)) static void erase_what_is_freed(void)
{
	json_set_alloc_funcs(allocate, free_erased);
}

/* Until room_leave everything of jansson's on this thread lies in it. */
static bool room_enter(struct room *entered, size_t len)
{
	size_t size = len * ROOM_PER_BYTE + ROOM_BESIDE;
	uint8_t *at = len <= (SIZE_MAX - ROOM_BESIDE) / ROOM_PER_BYTE ? malloc(size) : NULL;
	*entered = (struct room){ .at = at, .size = size };
	if (at != NULL)
		room = entered;
	return at != NULL;
}

static void room_leave(struct room *left)
{
	room = NULL;
	if (left->at != NULL)
		explicit_bzero(left->at, left->used);
	free(left->at);
}

static void json_drop(json_t **json)
{
	json_decref(*json);
}

static enum err write_message(const struct wire_msg *msg, const void *at, json_t **json_r);

/* Takes a new JSON value over; NULL is a failed allocation. */
static enum err made(json_t *json, json_t **json_r)
{
	if (json == NULL)
		return ERR_NO_MEMORY;
	*json_r = json;
	return OK;
}

static enum err write_text(struct bytes bytes, json_t **json_r)
{
	if (bytes.at == NULL || !text_is_utf8((const char *)bytes.at, bytes.len))
		return ERR_MALFORMED;
	return made(json_stringn((const char *)bytes.at, bytes.len), json_r);
}

static enum err write_base64url(const void *bytes, size_t len, json_t **json_r)
{
	char *text = malloc(ENC_BASE64URL_SIZE(len));
	if (text == NULL)
		return ERR_NO_MEMORY;
	enc_base64url(bytes, len, text);
	enum err err = made(json_string(text), json_r);
	explicit_bzero(text, ENC_BASE64URL_SIZE(len));
	free(text);
	return err;
}

static enum err write_number(const struct wire_field *field, const void *msg, json_t **json_r)
{
	uint64_t number = field_number(field, msg);
	char text[WHEN_TEXT_SIZE];
	if (field_check_number(field, number) != OK)
		return ERR_MALFORMED;
	switch (field->kind) {
	case WIRE_BOOL:
		return made(json_boolean(number != 0), json_r);
	case WIRE_ENUM:
		return made(json_string(wire_choice_text(field->list, (unsigned)number)), json_r);
	case WIRE_TIME:
		when_text((int64_t)number, text);
		return made(json_string(text), json_r);
	default:
		if (number <= JSON_EXACT)
			return made(json_integer((json_int_t)number), json_r);
		return made(json_sprintf("%llu", (unsigned long long)number), json_r);
	}
}

static enum err write_list(const struct wire_field *field, const struct wire_list *list, json_t **json_r)
{
	CLEANUP(json_drop) json_t *array = json_array();
	if (array == NULL)
		return ERR_NO_MEMORY;
	for (uint32_t i = 0; i < list->n; i++) {
		json_t *item;
		enum err err = write_message(field->sub(), list_element(field, list, i), &item);
		if (err != OK)
			return err;
		if (json_array_append_new(array, item) != 0)
			return ERR_NO_MEMORY;
	}
	*json_r = json_incref(array);
	return OK;
}

static enum err write_value(const struct wire_field *field, const void *msg, json_t **json_r)
{
	const void *at = field_at(field, msg);
	struct bytes bytes;
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_SECRET:
		return write_text(field_bytes(field, msg), json_r);
	case WIRE_BYTES:
		bytes = field_bytes(field, msg);
		return bytes.at != NULL ? write_base64url(bytes.at, bytes.len, json_r) : ERR_MALFORMED;
	case WIRE_ID:
		return write_base64url(at, WIRE_ID_SIZE, json_r);
	case WIRE_ONE:
		at = *(const void *const *)at;
		return at != NULL ? write_message(field->sub(), at, json_r) : ERR_MALFORMED;
	case WIRE_LIST:
		return write_list(field, at, json_r);
	default:
		return write_number(field, msg, json_r);
	}
}

static bool is_shown(const struct wire_field *field, const void *msg)
{
	if (field->kind == WIRE_SECRET && (field->flags & SHOW_ONCE) == 0)
		return false;
	if (field->kind == WIRE_TIME && field_number(field, msg) == 0)
		return false;
	return field->kind == WIRE_LIST || (field->flags & OPTIONAL) == 0 || !field_is_absent(field, msg);
}

static enum err write_message(const struct wire_msg *msg, const void *at, json_t **json_r)
{
	CLEANUP(json_drop) json_t *object = json_object();
	if (object == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < msg->n_fields; i++) {
		const struct wire_field *field = &msg->fields[i];
		if (!is_shown(field, at))
			continue;
		json_t *value;
		enum err err = write_value(field, at, &value);
		if (err != OK)
			return err;
		if (json_object_set_new(object, field->name, value) != 0)
			return ERR_NO_MEMORY;
	}
	*json_r = json_incref(object);
	return OK;
}

enum err wire_json_write(struct wire_any any, struct arena *arena, struct text *json_r)
{
	CLEANUP(json_drop) json_t *json = NULL;
	enum err err = write_message(any.msg, any.at, &json);
	if (err != OK)
		return err;
	size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char *text = len > 0 ? arena_alloc(arena, len + 1) : NULL;
	if (text == NULL || json_dumpb(json, text, len, JSON_COMPACT) != len)
		return ERR_NO_MEMORY;
	*json_r = (struct text){ text, len };
	return OK;
}

struct reader {
	struct arena *arena;
	const char *field; /* the first one that is wrong */
};

static enum err read_message(struct reader *in, const struct wire_msg *msg, void *at, json_t *json);

static struct text text_in(json_t *json)
{
	return (struct text){ json_string_value(json), json_string_length(json) };
}

static enum err read_number(const struct wire_field *field, void *at, json_t *json)
{
	json_int_t number = json_integer_value(json);
	if (number < 0)
		return ERR_MALFORMED;
	if ((unsigned long long)number > JSON_EXACT)
		return ERR_MALFORMED; /* may have been another number before somebody's reader rounded it */
	enum err err = field_check_number(field, (uint64_t)number);
	if (err == OK)
		field_set_number(field, at, (uint64_t)number);
	return err;
}

static enum err read_time(const struct wire_field *field, void *at, json_t *json)
{
	int64_t when;
	if (!json_is_string(json) || !when_read(text_in(json), &when))
		return ERR_MALFORMED;
	field_set_number(field, at, (uint64_t)when);
	return OK;
}

static enum err read_bytes(struct reader *in, const struct wire_field *field, void *at, json_t *json)
{
	if (!json_is_string(json))
		return ERR_MALFORMED;
	struct text text = text_in(json);
	size_t len = text.len * 3 / 4;
	if (len > field->bound)
		return ERR_TOO_LARGE;
	uint8_t *bytes = arena_alloc(in->arena, len + 1);
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	enum err err = enc_from_base64url(text.at, text.len, bytes, len);
	if (err == OK)
		field_set_bytes(field, at, bytes, len);
	return err;
}

static enum err read_one(struct reader *in, const struct wire_field *field, void *at, json_t *json)
{
	void *one = arena_alloc(in->arena, field->sub()->size);
	if (one == NULL)
		return ERR_NO_MEMORY;
	enum err err = read_message(in, field->sub(), one, json);
	if (err == OK)
		err = wire_check((struct wire_any){ field->sub(), one }, &in->field);
	if (err == OK)
		memcpy(field_to(field, at), &one, sizeof one);
	return err;
}

static enum err read_list(struct reader *in, const struct wire_field *field, void *at, json_t *json)
{
	if (!json_is_array(json))
		return ERR_MALFORMED;
	size_t n = json_array_size(json);
	if (n > field->bound)
		return ERR_TOO_LARGE;
	char *items = arena_array(in->arena, n, field->sub()->size);
	if (items == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		void *item = items + i * field->sub()->size;
		enum err err = read_message(in, field->sub(), item, json_array_get(json, i));
		if (err == OK)
			err = wire_check((struct wire_any){ field->sub(), item }, &in->field);
		if (err != OK)
			return err;
	}
	struct wire_list list = { items, (uint32_t)n };
	memcpy(field_to(field, at), &list, sizeof list);
	return OK;
}

static enum err read_value(
    struct reader *in, const struct wire_msg *msg, const struct wire_field *field, void *at, json_t *json)
{
	switch (field->kind) {
	case WIRE_BOOL:
		if (!json_is_boolean(json))
			return ERR_MALFORMED;
		field_set_number(field, at, json_is_true(json));
		return OK;
	case WIRE_TIME:
		return read_time(field, at, json);
	case WIRE_BYTES:
		return read_bytes(in, field, at, json);
	case WIRE_ONE:
		return read_one(in, field, at, json);
	case WIRE_LIST:
		return read_list(in, field, at, json);
	case WIRE_NUMBER:
		if (json_is_integer(json))
			return read_number(field, at, json);
		break;
	default:
		break;
	}
	return json_is_string(json) ? wire_put(msg, at, text_of(field->name), text_in(json), in->arena)
				    : ERR_MALFORMED;
}

static enum err read_message(struct reader *in, const struct wire_msg *msg, void *at, json_t *json)
{
	if (!json_is_object(json))
		return ERR_MALFORMED;
	const char *key;
	json_t *value;
	json_object_foreach(json, key, value)
	{
		const struct wire_field *field = wire_field(msg, text_of(key));
		enum err err = field != NULL ? read_value(in, msg, field, at, value) : ERR_MALFORMED;
		if (err == OK)
			continue;
		if (in->field == NULL)
			in->field = field != NULL ? field->name : arena_copy(in->arena, key, strlen(key));
		return err;
	}
	return OK;
}

/* Whether brackets outside of strings nest no deeper than any message; the parser recurses. */
static bool is_flat(struct text json)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < json.len; i++) {
		char c = json.at[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > NESTED_MAX)
			return false;
	}
	return true;
}

/* Within a room of its own. */
static enum err load(struct text json, const struct room *own, json_t **read_r)
{
	json_error_t error;
	json_t *read = json_loadb(json.at, json.len, JSON_REJECT_DUPLICATES, &error);
	explicit_bzero(&error, sizeof error); /* it quotes the text near the fault */
	if (read == NULL)
		return own->was_too_small ? ERR_NO_MEMORY : ERR_MALFORMED;
	*read_r = read;
	return OK;
}

enum err wire_json_look(struct text json, wire_json_reader *look, void *to)
{
	json_t *read;
	if (json.len == 0 || !is_flat(json))
		return ERR_MALFORMED;
	CLEANUP(room_leave) struct room own;
	if (!room_enter(&own, json.len))
		return ERR_NO_MEMORY;
	enum err err = load(json, &own, &read);
	if (err == OK && !json_is_object(read))
		err = ERR_MALFORMED;
	return err == OK ? look(read, to) : err;
}

struct putting {
	struct reader in;
	const struct wire_msg *msg;
	void *at;
};

static enum err put_members(struct json_t *object, void *to)
{
	struct putting *putting = to;
	return read_message(&putting->in, putting->msg, putting->at, object);
}

enum err wire_json_put(
    const struct wire_msg *msg, void *at, struct text json, struct arena *arena, const char **field_r)
{
	struct putting putting = { { arena, NULL }, msg, at };
	enum err err = wire_json_look(json, put_members, &putting);
	if (err != OK && putting.in.field != NULL)
		*field_r = putting.in.field;
	return err;
}

enum err wire_json_read(const struct wire_msg *msg, struct text json, struct arena *arena, const void **at_r,
    const char **field_r)
{
	void *at = arena_alloc(arena, msg->size);
	if (at == NULL)
		return ERR_NO_MEMORY;
	enum err err = wire_json_put(msg, at, json, arena, field_r);
	if (err == OK)
		err = wire_check((struct wire_any){ msg, at }, field_r);
	if (err == OK)
		*at_r = at;
	return err;
}
