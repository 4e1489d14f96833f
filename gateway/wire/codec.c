/* codec.c - bodies: structs to bytes and back, by the descriptors. The decoder reads what strangers may have written:
 * every length is checked against what is left before anything else happens with it. */
#include <string.h>
#include "base/arena.h"
#include "wire/field.h"
#include "wire/wire.h"

#define FIELD_HEAD 5u /* u8 number, u32 length */
#define COUNT_SIZE 4u
#define ITEM_HEAD 4u

struct writer {
	uint8_t *at;
	size_t left;
};

struct reader {
	uint8_t *at;
	size_t left;
	struct arena *arena;
	unsigned depth;
	bool lenient;
};

static enum err encode_message(
    const struct wire_msg *msg, const void *at, struct writer *out, unsigned depth);
static enum err decode_message(const struct wire_msg *msg, void *to, struct reader in);

static enum err put(struct writer *out, const void *bytes, size_t len)
{
	if (out->left < len)
		return ERR_TOO_LARGE;
	if (len > 0)
		memcpy(out->at, bytes, len);
	out->at += len;
	out->left -= len;
	return OK;
}

static enum err put_number(struct writer *out, uint64_t number, size_t size)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
	return put(out, bytes, size);
}

static uint64_t number_at(const uint8_t *at, size_t size)
{
	uint64_t number = 0;
	for (size_t i = 0; i < size; i++)
		number = number << 8 | at[i];
	return number;
}

static size_t number_size(enum wire_kind kind)
{
	return kind == WIRE_BOOL || kind == WIRE_ENUM ? 1 : 8;
}

/* Writes a length in front of what a nested message turned out to be. */
static enum err encode_nested(
    const struct wire_msg *msg, const void *at, struct writer *out, size_t head, unsigned depth)
{
	uint8_t *length = out->at;
	enum err err = put_number(out, 0, head);
	if (err == OK)
		err = encode_message(msg, at, out, depth + 1);
	if (err != OK)
		return err;
	struct writer back = { length, head };
	return put_number(&back, (size_t)(out->at - length) - head, head);
}

static enum err encode_list(
    const struct wire_field *field, const struct wire_list *list, struct writer *out, unsigned depth)
{
	if (list->n > field->bound)
		return ERR_TOO_LARGE;
	enum err err = put_number(out, list->n, COUNT_SIZE);
	for (uint32_t i = 0; err == OK && i < list->n; i++)
		err = encode_nested(field->sub(), list_element(field, list, i), out, ITEM_HEAD, depth);
	return err;
}

static enum err encode_bytes(const struct wire_field *field, struct bytes bytes, struct writer *out)
{
	if (bytes.at == NULL)
		return ERR_MALFORMED;
	enum err err = field_check_bytes(field, bytes);
	if (err == OK)
		err = put(out, bytes.at, bytes.len);
	if (err == OK && field->kind != WIRE_BYTES)
		err = put(out, "", 1);
	return err;
}

static enum err encode_value(
    const struct wire_field *field, const void *msg, struct writer *out, unsigned depth)
{
	const void *at = field_at(field, msg);
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_BYTES:
	case WIRE_SECRET:
		return encode_bytes(field, field_bytes(field, msg), out);
	case WIRE_ID:
		return put(out, at, WIRE_ID_SIZE);
	case WIRE_ONE: {
		const void *one = *(const void *const *)at;
		return one != NULL ? encode_message(field->sub(), one, out, depth + 1) : ERR_MALFORMED;
	}
	case WIRE_LIST:
		return encode_list(field, at, out, depth);
	default: {
		uint64_t number = field_number(field, msg);
		enum err err = field_check_number(field, number);
		return err == OK ? put_number(out, number, number_size(field->kind)) : err;
	}
	}
}

static enum err encode_message(const struct wire_msg *msg, const void *at, struct writer *out, unsigned depth)
{
	if (depth > WIRE_DEPTH_MAX)
		return ERR_MALFORMED;
	for (unsigned i = 0; i < msg->n_fields; i++) {
		const struct wire_field *field = &msg->fields[i];
		if ((field->flags & OPTIONAL) != 0 && field_is_absent(field, at))
			continue;
		enum err err = put_number(out, i + 1, 1);
		uint8_t *length = out->at;
		if (err == OK)
			err = put_number(out, 0, 4);
		if (err == OK)
			err = encode_value(field, at, out, depth);
		if (err != OK)
			return err;
		struct writer back = { length, 4 };
		err = put_number(&back, (size_t)(out->at - length) - 4, 4);
		if (err != OK)
			return err;
	}
	return OK;
}

enum err wire_encode(const struct wire_any from, uint8_t *body, size_t room, size_t *len_r)
{
	struct writer out = { body, room < WIRE_BODY_MAX ? room : WIRE_BODY_MAX };
	enum err err = encode_message(from.msg, from.at, &out, 1);
	if (err == OK)
		*len_r = (size_t)(out.at - body);
	return err;
}

static enum err decode_number(const struct wire_field *field, void *msg, struct reader value)
{
	if (value.left != number_size(field->kind))
		return ERR_MALFORMED;
	uint64_t number = number_at(value.at, value.left);
	enum err err = field_check_number(field, number);
	if (err == OK)
		field_set_number(field, msg, number);
	return err;
}

static enum err decode_bytes(const struct wire_field *field, void *msg, struct reader value)
{
	size_t len = value.left;
	if (field->kind != WIRE_BYTES) {
		if (len == 0 || value.at[len - 1] != 0)
			return ERR_MALFORMED;
		len--;
	}
	enum err err = field_check_bytes(field, (struct bytes){ value.at, len });
	if (err == OK)
		field_set_bytes(field, msg, value.at, len);
	return err;
}

static enum err decode_one(const struct wire_field *field, void *msg, struct reader value)
{
	value.depth++;
	void *one = arena_alloc(value.arena, field->sub()->size);
	if (one == NULL)
		return ERR_NO_MEMORY;
	enum err err = decode_message(field->sub(), one, value);
	if (err == OK)
		memcpy(field_to(field, msg), &one, sizeof one);
	return err;
}

static enum err decode_items(const struct wire_field *field, char *items, uint32_t n, struct reader value)
{
	for (uint32_t i = 0; i < n; i++) {
		if (value.left < ITEM_HEAD)
			return ERR_MALFORMED;
		size_t len = (size_t)number_at(value.at, ITEM_HEAD);
		value.at += ITEM_HEAD;
		value.left -= ITEM_HEAD;
		if (len > value.left)
			return ERR_MALFORMED;
		struct reader item = value;
		item.left = len;
		item.depth++;
		enum err err = decode_message(field->sub(), items + (size_t)i * field->sub()->size, item);
		if (err != OK)
			return err;
		value.at += len;
		value.left -= len;
	}
	return value.left == 0 ? OK : ERR_MALFORMED;
}

static enum err decode_list(const struct wire_field *field, void *msg, struct reader value)
{
	if (value.left < COUNT_SIZE)
		return ERR_MALFORMED;
	uint64_t n = number_at(value.at, COUNT_SIZE);
	value.at += COUNT_SIZE;
	value.left -= COUNT_SIZE;
	if (n > field->bound)
		return ERR_TOO_LARGE;
	if (n > value.left / ITEM_HEAD) /* before anything is allocated */
		return ERR_MALFORMED;
	char *items = arena_array(value.arena, (size_t)n, field->sub()->size);
	if (items == NULL)
		return ERR_NO_MEMORY;
	enum err err = decode_items(field, items, (uint32_t)n, value);
	if (err != OK)
		return err;
	struct wire_list list = { items, (uint32_t)n };
	memcpy(field_to(field, msg), &list, sizeof list);
	return OK;
}

static enum err decode_value(const struct wire_field *field, void *msg, struct reader value)
{
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_BYTES:
	case WIRE_SECRET:
		return decode_bytes(field, msg, value);
	case WIRE_ID:
		if (value.left != WIRE_ID_SIZE)
			return ERR_MALFORMED;
		memcpy(field_to(field, msg), value.at, WIRE_ID_SIZE);
		return OK;
	case WIRE_ONE:
		return decode_one(field, msg, value);
	case WIRE_LIST:
		return decode_list(field, msg, value);
	default:
		return decode_number(field, msg, value);
	}
}

/* Takes one field's head; *index_r is its position. */
static enum err next_field(struct reader *in, unsigned *index_r, struct reader *value_r)
{
	if (in->left < FIELD_HEAD || in->at[0] == 0)
		return ERR_MALFORMED;
	size_t len = (size_t)number_at(in->at + 1, 4);
	*index_r = in->at[0] - 1u;
	in->at += FIELD_HEAD;
	in->left -= FIELD_HEAD;
	if (len > in->left)
		return ERR_MALFORMED;
	*value_r = *in;
	value_r->left = len;
	in->at += len;
	in->left -= len;
	return OK;
}

/* Whether every field from first to before may be missing. */
static bool may_miss(const struct wire_msg *msg, unsigned first, unsigned before)
{
	for (unsigned i = first; i < before && i < msg->n_fields; i++)
		if ((msg->fields[i].flags & OPTIONAL) == 0)
			return false;
	return true;
}

static enum err decode_field(const struct wire_field *field, void *to, struct reader value)
{
	enum err err = decode_value(field, to, value);
	if (err == OK && (field->flags & OPTIONAL) != 0 && field_is_absent(field, to))
		return ERR_MALFORMED; /* the one encoding of nothing is nothing */
	return err;
}

static enum err decode_message(const struct wire_msg *msg, void *to, struct reader in)
{
	if (in.depth > WIRE_DEPTH_MAX)
		return ERR_MALFORMED;
	unsigned expected = 0;
	while (in.left > 0) {
		unsigned index;
		struct reader value;
		enum err err = next_field(&in, &index, &value);
		if (err != OK)
			return err;
		if (index < expected || !may_miss(msg, expected, index))
			return ERR_MALFORMED;
		expected = index + 1;
		if (index >= msg->n_fields) {
			if (!in.lenient)
				return ERR_MALFORMED;
			continue;
		}
		err = decode_field(&msg->fields[index], to, value);
		if (err != OK)
			return err;
	}
	return may_miss(msg, expected, msg->n_fields) ? OK : ERR_MALFORMED;
}

static enum err decode(const struct wire_msg *msg, struct reader in, const void **at_r)
{
	if (in.left > WIRE_BODY_MAX)
		return ERR_TOO_LARGE;
	void *to = arena_alloc(in.arena, msg->size);
	if (to == NULL)
		return ERR_NO_MEMORY;
	enum err err = decode_message(msg, to, in);
	if (err == OK)
		*at_r = to;
	return err;
}

enum err wire_decode(
    const struct wire_msg *msg, uint8_t *body, size_t len, struct arena *arena, const void **at_r)
{
	return decode(msg, (struct reader){ body, len, arena, 1, false }, at_r);
}

enum err wire_decode_lenient(
    const struct wire_msg *msg, uint8_t *body, size_t len, struct arena *arena, const void **at_r)
{
	return decode(msg, (struct reader){ body, len, arena, 1, true }, at_r);
}

enum err wire_copy(struct wire_any from, struct arena *arena, const void **at_r)
{
	size_t len;
	CLEANUP(arena_done) struct arena scratch = { 0 };
	uint8_t *room = arena_alloc(&scratch, WIRE_BODY_MAX);
	if (room == NULL)
		return ERR_NO_MEMORY;
	enum err err = wire_encode(from, room, WIRE_BODY_MAX, &len);
	if (err != OK)
		return err;
	uint8_t *body = (uint8_t *)arena_copy(arena, room, len);
	return body != NULL ? wire_decode(from.msg, body, len, arena, at_r) : ERR_NO_MEMORY;
}

static uint64_t greatest_value(const struct wire_field *field)
{
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_SECRET:
		return field->bound + 1;
	case WIRE_BYTES:
		return field->bound;
	case WIRE_ID:
		return WIRE_ID_SIZE;
	case WIRE_ONE:
		return wire_greatest(field->sub());
	case WIRE_LIST:
		return COUNT_SIZE + field->bound * (ITEM_HEAD + wire_greatest(field->sub()));
	default:
		return number_size(field->kind);
	}
}

uint64_t wire_greatest(const struct wire_msg *msg)
{
	uint64_t total = 0;
	for (unsigned i = 0; i < msg->n_fields; i++)
		total += FIELD_HEAD + greatest_value(&msg->fields[i]);
	return total;
}
