#include "wire/field.h"
#include <string.h>
#include "base/enc.h"

uint64_t field_number(const struct wire_field *field, const void *msg)
{
	const void *at = field_at(field, msg);
	switch (field->kind) {
	case WIRE_BOOL:
		return *(const bool *)at;
	case WIRE_TIME:
		return (uint64_t) * (const int64_t *)at;
	case WIRE_ENUM: {
		unsigned value;
		memcpy(&value, at,
		    sizeof value); /* every enum of enums.def is an unsigned int to gcc and clang */
		return value;
	}
	default:
		return *(const uint64_t *)at;
	}
}

void field_set_number(const struct wire_field *field, void *msg, uint64_t number)
{
	void *to = field_to(field, msg);
	unsigned value = (unsigned)number;
	switch (field->kind) {
	case WIRE_BOOL:
		*(bool *)to = number != 0;
		return;
	case WIRE_TIME:
		*(int64_t *)to = (int64_t)number;
		return;
	case WIRE_ENUM:
		memcpy(to, &value, sizeof value);
		return;
	default:
		*(uint64_t *)to = number;
	}
}

enum err field_check_number(const struct wire_field *field, uint64_t number)
{
	if (field->kind == WIRE_ENUM)
		return number < field->list->count ? OK : ERR_MALFORMED;
	return number <= field->bound ? OK : ERR_TOO_LARGE;
}

struct bytes field_bytes(const struct wire_field *field, const void *msg)
{
	const void *at = field_at(field, msg);
	if (field->kind == WIRE_TEXT) {
		const struct text *text = at;
		return (struct bytes){ (const uint8_t *)text->at, text->len };
	}
	if (field->kind == WIRE_SECRET) {
		const struct secret *secret = at;
		return (struct bytes){ secret->at, secret->len };
	}
	return *(const struct bytes *)at;
}

void field_set_bytes(const struct wire_field *field, void *msg, uint8_t *at, size_t len)
{
	void *to = field_to(field, msg);
	if (field->kind == WIRE_TEXT)
		*(struct text *)to = (struct text){ (const char *)at, len };
	else if (field->kind == WIRE_SECRET)
		*(struct secret *)to = (struct secret){ at, len };
	else
		*(struct bytes *)to = (struct bytes){ at, len };
}

enum err field_check_bytes(const struct wire_field *field, struct bytes bytes)
{
	if (bytes.len > field->bound)
		return ERR_TOO_LARGE;
	if (field->kind != WIRE_TEXT || bytes.len == 0)
		return OK;
	if (!text_is_utf8((const char *)bytes.at, bytes.len) ||
	    text_has_control((const char *)bytes.at, bytes.len, (field->flags & LINES) != 0))
		return ERR_MALFORMED;
	return OK;
}

bool field_is_absent(const struct wire_field *field, const void *msg)
{
	const void *at = field_at(field, msg);
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_BYTES:
	case WIRE_SECRET:
		return field_bytes(field, msg).at == NULL;
	case WIRE_ID:
		return wire_id_is_zero(at);
	case WIRE_ONE:
		return *(void *const *)at == NULL;
	case WIRE_LIST:
		return ((const struct wire_list *)at)->n == 0;
	default:
		return field_number(field, msg) == 0;
	}
}

bool wire_id_is_zero(const struct id *id)
{
	static const struct id ZERO;
	return memcmp(id, &ZERO, sizeof ZERO) == 0;
}

void wire_id_text(const struct id *id, char text[WIRE_ID_TEXT_SIZE])
{
	enc_base64url(id->bytes, sizeof id->bytes, text);
}
