#include "fuzz/help/fill.h"
#include <string.h>
#include "wire/field.h"

#define LIST_MAX 3u
#define TEXT_MAX 120u

uint8_t supply_byte(struct supply *supply)
{
	if (supply->left == 0)
		return 0;
	supply->left--;
	return *supply->at++;
}

struct bytes supply_bytes(struct supply *supply, size_t max)
{
	size_t len = max < supply->left ? max : supply->left;
	struct bytes bytes = { supply->at, len };
	supply->at += len;
	supply->left -= len;
	return bytes;
}

struct text supply_cut(struct supply *supply, uint8_t separator)
{
	const uint8_t *end = supply->left > 0 ? memchr(supply->at, separator, supply->left) : NULL;
	struct bytes bytes = supply_bytes(supply, end != NULL ? (size_t)(end - supply->at) : supply->left);
	if (end != NULL)
		(void)supply_byte(supply);
	return (struct text){ (const char *)bytes.at, bytes.len };
}

static uint64_t number(struct supply *supply)
{
	uint8_t how = supply_byte(supply);
	uint64_t value = how;
	for (unsigned i = 0; how >= 0xf8 && i < 8; i++)
		value = value << 8 | supply_byte(supply);
	return value;
}

static bool is_allowed(const struct wire_field *field, struct bytes bytes)
{
	return field_check_bytes(field, bytes) == OK;
}

/* What is no text becomes one of the same length. */
static void fill_bytes(const struct wire_field *field, void *msg, struct supply *supply,
    enum fill_texts texts, struct arena *arena)
{
	size_t max = field->bound < TEXT_MAX ? (size_t)field->bound : TEXT_MAX;
	struct bytes from = supply_bytes(supply, supply_byte(supply) % (max + 1));
	char *at = arena_copy(arena, from.at, from.len);
	bool optional = (field->flags & OPTIONAL) != 0;
	if (at == NULL || (from.len == 0 && optional))
		return;
	bool harmless = texts == FILL_HARMLESS && field->kind != WIRE_BYTES;
	for (size_t i = 0; i < from.len; i++) {
		unsigned char c = (unsigned char)at[i];
		if (harmless)
			at[i] = 'x';
		else if (field->kind != WIRE_BYTES && (c < 0x20 || c == 0x7f))
			at[i] = '?';
	}
	for (size_t i = 0; !is_allowed(field, (struct bytes){ (uint8_t *)at, from.len }) && i < from.len; i++)
		if ((unsigned char)at[i] >= 0x7f)
			at[i] = '?';
	field_set_bytes(field, msg, (uint8_t *)at, from.len);
}

static void *fill(const struct wire_msg *msg, struct supply *supply, enum fill_texts texts,
    struct arena *arena, unsigned depth);

static void fill_list(const struct wire_field *field, void *msg, struct supply *supply, enum fill_texts texts,
    struct arena *arena, unsigned depth)
{
	struct wire_list *list = field_to(field, msg);
	const struct wire_msg *of = field->sub();
	uint32_t n = supply_byte(supply) % (LIST_MAX + 1);
	if (n > field->bound)
		n = (uint32_t)field->bound;
	char *elements = arena_array(arena, n, of->size);
	for (uint32_t i = 0; elements != NULL && i < n; i++) {
		const void *element = fill(of, supply, texts, arena, depth + 1);
		if (element == NULL)
			return;
		memcpy(elements + i * of->size, element, of->size);
	}
	if (elements != NULL)
		*list = (struct wire_list){ elements, n };
}

static void fill_one(const struct wire_field *field, void *msg, struct supply *supply, enum fill_texts texts,
    struct arena *arena, unsigned depth)
{
	const void **one = field_to(field, msg);
	bool optional = (field->flags & OPTIONAL) != 0;
	if (!optional || (supply_byte(supply) & 1) != 0)
		*one = fill(field->sub(), supply, texts, arena, depth + 1);
}

static void fill_field(const struct wire_field *field, void *msg, struct supply *supply,
    enum fill_texts texts, struct arena *arena, unsigned depth)
{
	uint64_t value;
	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_BYTES:
	case WIRE_SECRET:
		fill_bytes(field, msg, supply, texts, arena);
		break;
	case WIRE_ID: {
		struct bytes id = supply_bytes(supply, WIRE_ID_SIZE);
		memset(field_to(field, msg), 'i', WIRE_ID_SIZE);
		if (id.len > 0)
			memcpy(field_to(field, msg), id.at, id.len);
		break;
	}
	case WIRE_ONE:
		fill_one(field, msg, supply, texts, arena, depth);
		break;
	case WIRE_LIST:
		fill_list(field, msg, supply, texts, arena, depth);
		break;
	default:
		value = number(supply);
		if (field_check_number(field, value) != OK)
			value = field->kind == WIRE_ENUM ? value % field->list->count : value & 1;
		field_set_number(field, msg, value);
	}
}

static void *fill(const struct wire_msg *msg, struct supply *supply, enum fill_texts texts,
    struct arena *arena, unsigned depth)
{
	void *at = depth <= WIRE_DEPTH_MAX ? arena_alloc(arena, msg->size) : NULL;
	for (unsigned i = 0; at != NULL && i < msg->n_fields; i++)
		fill_field(&msg->fields[i], at, supply, texts, arena, depth);
	return at;
}

const void *fill_message(
    const struct wire_msg *msg, struct supply *supply, enum fill_texts texts, struct arena *arena)
{
	return fill(msg, supply, texts, arena, 0);
}
