/* field.h - private to gateway/wire: typed access to a field by its descriptor, and the rules of values. */
#ifndef SPOM_WIRE_FIELD_H
#define SPOM_WIRE_FIELD_H
#include "wire/wire.h"

/* Any LIST field, seen without its element's type. */
struct wire_list {
	const void *at;
	uint32_t n;
};

static inline const void *field_at(const struct wire_field *field, const void *msg)
{
	return (const char *)msg + field->offset;
}

static inline void *field_to(const struct wire_field *field, void *msg)
{
	return (char *)msg + field->offset;
}

/* The element of a list, by its index. */
static inline const void *list_element(
    const struct wire_field *field, const struct wire_list *list, uint32_t i)
{
	return (const char *)list->at + (size_t)i * field->sub()->size;
}

/* BOOL, NUMBER, TIME and ENUM as a number. */
uint64_t field_number(const struct wire_field *field, const void *msg);
void field_set_number(const struct wire_field *field, void *msg, uint64_t number);

/* Whether the number is one that the field may have. */
enum err field_check_number(const struct wire_field *field, uint64_t number);

/* TEXT, BYTES and SECRET as bytes; at is NULL when absent. */
struct bytes field_bytes(const struct wire_field *field, const void *msg);
void field_set_bytes(const struct wire_field *field, void *msg, uint8_t *at, size_t len);

/* Whether the bytes are ones that the field may have. */
enum err field_check_bytes(const struct wire_field *field, struct bytes bytes);

/* Whether the value is the one that an optional field shows by not being there. */
bool field_is_absent(const struct wire_field *field, const void *msg);

#endif
