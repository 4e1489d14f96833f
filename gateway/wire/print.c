/* print.c - a message as text for a log line. A secret shows only that it is one. */
#include <stdarg.h>
#include <stdio.h>
#include "base/arena.h"
#include "wire/field.h"

#define PRINT_MAX 2000u /* a log line is for people */

struct line {
	char *at;
	size_t len;
};

static void print_message(const struct wire_msg *msg, const void *at, struct line *line);

static void add(struct line *line, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add(struct line *line, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(line->at + line->len, PRINT_MAX - line->len, fmt, args);
	va_end(args);
	if (n > 0)
		line->len = line->len + (size_t)n < PRINT_MAX ? line->len + (size_t)n : PRINT_MAX - 1;
}

static void print_list(const struct wire_field *field, const struct wire_list *list, struct line *line)
{
	add(line, "[");
	for (uint32_t i = 0; i < list->n && line->len + 1 < PRINT_MAX; i++) {
		if (i > 0)
			add(line, " ");
		print_message(field->sub(), list_element(field, list, i), line);
	}
	add(line, "]");
}

static void print_value(const struct wire_field *field, const void *msg, struct line *line)
{
	const void *at = field_at(field, msg);
	struct text text;
	char id[WIRE_ID_TEXT_SIZE];
	switch (field->kind) {
	case WIRE_TEXT:
		text = *(const struct text *)at;
		add(line, "\"%.*s\"", TEXT_ARGS(text));
		break;
	case WIRE_BYTES:
		add(line, "<%zu bytes>", ((const struct bytes *)at)->len);
		break;
	case WIRE_SECRET:
		add(line, "<secret>");
		break;
	case WIRE_ID:
		wire_id_text(at, id);
		add(line, "%s", id);
		break;
	case WIRE_ONE:
		print_message(field->sub(), *(const void *const *)at, line);
		break;
	case WIRE_LIST:
		print_list(field, at, line);
		break;
	case WIRE_ENUM:
		add(line, "%s", wire_choice_text(field->list, (unsigned)field_number(field, msg)));
		break;
	default:
		add(line, "%llu", (unsigned long long)field_number(field, msg));
	}
}

static void print_message(const struct wire_msg *msg, const void *at, struct line *line)
{
	const char *before = "";
	add(line, "%s{", msg->name);
	for (unsigned i = 0; i < msg->n_fields; i++) {
		const struct wire_field *field = &msg->fields[i];
		if (field_is_absent(field, at) && field->kind != WIRE_BOOL)
			continue;
		add(line, "%s%s=", before, field->name);
		print_value(field, at, line);
		before = " ";
	}
	add(line, "}");
}

const char *wire_print(struct wire_any any, struct arena *arena)
{
	struct line line = { arena_alloc(arena, PRINT_MAX), 0 };
	if (line.at != NULL)
		print_message(any.msg, any.at, &line);
	return line.at;
}
