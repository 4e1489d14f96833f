/* get.c - fields by their names, for who works with any message: forms, feeds. */
#include <inttypes.h>
#include <string.h>
#include "base/arena.h"
#include "wire/field.h"
#include "wire/when.h"

static enum err number_text(
    const struct wire_field *field, uint64_t number, struct arena *arena, struct text *value_r)
{
	char when[WHEN_TEXT_SIZE];
	const char *text;
	if (field->kind == WIRE_BOOL) {
		text = number != 0 ? "true" : "false";
	} else if (field->kind == WIRE_ENUM) {
		text = wire_choice_text(field->list, (unsigned)number);
	} else if (field->kind == WIRE_TIME) {
		when_text((int64_t)number, when);
		text = arena_copy(arena, when, strlen(when));
	} else {
		text = arena_printf(arena, "%" PRIu64, number);
	}
	*value_r = text_of(text);
	return text != NULL ? OK : ERR_NO_MEMORY;
}

static enum err id_text(const struct id *id, struct arena *arena, struct text *value_r)
{
	char text[WIRE_ID_TEXT_SIZE];
	wire_id_text(id, text);
	return text_copy(arena, text_of(text), value_r) ? OK : ERR_NO_MEMORY;
}

enum err wire_get(
    const struct wire_msg *msg, const void *at, struct text name, struct arena *arena, struct text *value_r)
{
	const struct wire_field *field = wire_field(msg, name);
	if (field == NULL)
		return ERR_NOT_FOUND;
	switch (field->kind) {
	case WIRE_TEXT: {
		struct bytes bytes = field_bytes(field, at);
		*value_r = (struct text){ (const char *)bytes.at, bytes.len };
		return OK;
	}
	case WIRE_ID:
		return id_text(field_at(field, at), arena, value_r);
	case WIRE_SECRET:
	case WIRE_BYTES:
	case WIRE_ONE:
	case WIRE_LIST:
		return ERR_NOT_FOUND;
	default:
		if (field->kind == WIRE_TIME && field_number(field, at) == 0) {
			*value_r = (struct text){ NULL, 0 };
			return OK;
		}
		return number_text(field, field_number(field, at), arena, value_r);
	}
}

const void *wire_row(const struct wire_rows *rows, uint32_t i)
{
	return (const char *)rows->at + (size_t)i * rows->of->size;
}

static const struct wire_field *list_find(const struct wire_msg *msg, struct text name)
{
	const struct wire_field *field = wire_field(msg, name);
	return field != NULL && field->kind == WIRE_LIST ? field : NULL;
}

enum err wire_get_rows(const struct wire_msg *msg, const void *at, struct text name, struct wire_rows *rows_r)
{
	const struct wire_field *field = list_find(msg, name);
	if (field == NULL)
		return ERR_NOT_FOUND;
	const struct wire_list *list = field_at(field, at);
	*rows_r = (struct wire_rows){ field->sub(), list->at, list->n };
	return OK;
}

enum err wire_put_rows(const struct wire_msg *msg, void *at, struct text name, const struct wire_rows *rows)
{
	const struct wire_field *field = list_find(msg, name);
	if (field == NULL || field->sub() != rows->of)
		return ERR_NOT_FOUND;
	if (rows->n > field->bound)
		return ERR_TOO_LARGE;
	struct wire_list list = { rows->at, rows->n };
	memcpy(field_to(field, at), &list, sizeof list);
	return OK;
}
