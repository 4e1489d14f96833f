/* put.c - a message filled from what a person or a script typed: forms, JSON, command lines. */
#include <string.h>
#include "base/arena.h"
#include "base/enc.h"
#include "wire/field.h"

static enum err choice(const struct wire_enum *list, struct text value, uint64_t *number_r)
{
	for (unsigned i = 0; i < list->count; i++)
		if (text_equal_str(value, list->texts[i])) {
			*number_r = i;
			return OK;
		}
	return ERR_MALFORMED;
}

static enum err to_number(const struct wire_field *field, struct text value, uint64_t *number_r)
{
	if (field->kind == WIRE_ENUM)
		return choice(field->list, value, number_r);
	if (field->kind == WIRE_BOOL) {
		bool yes = text_equal_str(value, "true") || text_equal_str(value, "on");
		if (!yes && !text_equal_str(value, "false"))
			return ERR_MALFORMED;
		*number_r = yes;
		return OK;
	}
	unsigned long long number;
	if (!text_to_number(value, UINT64_MAX, &number))
		return ERR_MALFORMED;
	*number_r = number;
	return OK;
}

static enum err put_number(const struct wire_field *field, void *at, struct text value)
{
	uint64_t number;
	enum err err = to_number(field, value, &number);
	if (err == OK)
		err = field_check_number(field, number);
	if (err == OK)
		field_set_number(field, at, number);
	return err;
}

static enum err put_bytes(const struct wire_field *field, void *at, struct text value, struct arena *arena)
{
	enum err err = field_check_bytes(field, (struct bytes){ (const uint8_t *)value.at, value.len });
	if (err != OK)
		return err;
	char *copy = arena_copy(arena, value.at, value.len);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	field_set_bytes(field, at, (uint8_t *)copy, value.len);
	return OK;
}

static enum err put_id(const struct wire_field *field, void *at, struct text value)
{
	struct id id;
	enum err err = enc_from_base64url(text_str(value), value.len, id.bytes, sizeof id.bytes);
	if (err == OK)
		memcpy(field_to(field, at), &id, sizeof id);
	return err;
}

enum err wire_put(
    const struct wire_msg *msg, void *at, struct text name, struct text value, struct arena *arena)
{
	const struct wire_field *field = wire_field(msg, name);
	if (field == NULL)
		return ERR_NOT_FOUND;
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_SECRET:
		return put_bytes(field, at, value, arena);
	case WIRE_ID:
		return put_id(field, at, value);
	case WIRE_ONE:
	case WIRE_LIST:
	case WIRE_BYTES:
		return ERR_NOT_FOUND;
	default:
		return put_number(field, at, value);
	}
}

static enum err check_field(const struct wire_field *field, const void *at)
{
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_BYTES:
	case WIRE_SECRET:
		return field_check_bytes(field, field_bytes(field, at));
	case WIRE_ID:
	case WIRE_ONE:
		return OK;
	case WIRE_LIST:
		return ((const struct wire_list *)field_at(field, at))->n <= field->bound ? OK
											  : ERR_TOO_LARGE;
	default:
		return field_check_number(field, field_number(field, at));
	}
}

/* Whether absence shows: a number that is not optional may well be zero. */
static bool shows_absence(enum wire_kind kind)
{
	return kind == WIRE_TEXT || kind == WIRE_SECRET || kind == WIRE_BYTES || kind == WIRE_ONE ||
	       kind == WIRE_ID;
}

enum err wire_check(struct wire_any any, const char **field_r)
{
	for (unsigned i = 0; i < any.msg->n_fields; i++) {
		const struct wire_field *field = &any.msg->fields[i];
		bool missing = shows_absence(field->kind) && field_is_absent(field, any.at);
		enum err err = missing ? ((field->flags & OPTIONAL) != 0 ? OK : ERR_MALFORMED)
				       : check_field(field, any.at);
		if (err != OK) {
			*field_r = field->name;
			return err;
		}
	}
	return OK;
}
