/* portal_read.c - what was typed, from a form or JSON into the form's message.
 *
 * A message with a list of change_row takes any name of a form: that one is made by the settings. */
#include <string.h>
#include "front/decode.h"
#include "front/portal.h"
#include "front/show.h"
#include "wire/json.h"

struct reader {
	struct exchange *x;
	struct portal_typed *typed;
	struct msg_change_row *changes; /* NULL: the message has none */
	uint32_t n_changes, max_changes;
	uint64_t seen; /* fields, as bits */
};

#define CHANGES TEXT_LITERAL("changes")
#define CHANGES_MAX 100
#define VALUE_MAX 400 /* of change_row */

struct text portal_cut(struct text text, size_t max)
{
	if (text.len <= max)
		return text;
	while (max > 0 && ((unsigned char)text.at[max] & 0xc0) == 0x80)
		max--;
	return (struct text){ text.at, max };
}

static void add_problem(struct reader *reader, struct text field, const char *text)
{
	struct portal_typed *typed = reader->typed;
	if (typed->n_problems < PORTAL_PROBLEMS_MAX)
		typed->problems[typed->n_problems++] =
		    (struct msg_problem_row){ .field = field, .text = text_of(text) };
}

/* What is text, but not such as the field takes, is said at the field; anything else is no form of ours. */
static enum err put_field(
    struct reader *reader, const struct wire_field *field, struct text name, struct text value)
{
	struct portal_typed *typed = reader->typed;
	struct arena *arena = reader->x->request->arena;
	enum err err = wire_put(typed->msg, typed->at, name, value, arena);
	if (err == OK || err == ERR_NO_MEMORY || field->kind != WIRE_TEXT ||
	    !text_is_utf8(value.at, value.len))
		return err == ERR_NOT_FOUND ? ERR_MALFORMED : err;
	add_problem(reader, name, err == ERR_TOO_LARGE ? "value_too_large" : "value_control");
	value = portal_cut(value, (size_t)field->bound);
	return err == ERR_TOO_LARGE ? wire_put(typed->msg, typed->at, name, value, arena) : OK;
}

/* Browsers send the end of a line as CR LF. */
static struct text line_ends(struct text value, struct arena *arena)
{
	char *copy = arena_alloc(arena, value.len + 1);
	size_t n = 0;
	for (size_t i = 0; copy != NULL && i < value.len; i++)
		if (value.at[i] != '\r' || i + 1 == value.len || value.at[i + 1] != '\n')
			copy[n++] = value.at[i];
	return (struct text){ copy, n };
}

static enum err put_change(struct reader *reader, struct text name, struct text value)
{
	struct text lines = line_ends(value, reader->x->request->arena);
	bool is_name = name.len > 0 && name.len <= 64 && text_is_utf8(name.at, name.len) &&
		       !text_has_control(name.at, name.len, false);
	if (lines.at == NULL)
		return ERR_NO_MEMORY;
	if (!is_name || !text_is_utf8(lines.at, lines.len) || reader->n_changes == reader->max_changes)
		return ERR_MALFORMED;
	if (lines.len > VALUE_MAX)
		add_problem(reader, name, "value_too_large");
	else if (text_has_control(lines.at, lines.len, true))
		add_problem(reader, name, "value_control");
	reader->changes[reader->n_changes++] = (struct msg_change_row){ name, lines };
	return OK;
}

static enum err put_pair(struct reader *reader, struct text name, struct text value)
{
	const struct wire_field *field = wire_field(reader->typed->msg, name);
	if (field == NULL || field->kind == WIRE_LIST)
		return reader->changes != NULL ? put_change(reader, name, value) : ERR_MALFORMED;
	uint64_t bit = 1ull << (field - reader->typed->msg->fields);
	if ((reader->seen & bit) != 0)
		return ERR_MALFORMED;
	reader->seen |= bit;
	return put_field(reader, field, name, value);
}

static enum err read_pairs(struct reader *reader)
{
	const struct request *request = reader->x->request;
	struct text rest = { (const char *)request->body.at, request->body.len }, name, value;
	enum err err;
	while ((err = decode_pair(&rest, request->arena, &name, &value)) == OK)
		if ((err = put_pair(reader, name, value)) != OK)
			return err;
	if (err != ERR_NOT_FOUND || reader->changes == NULL)
		return err == ERR_NOT_FOUND ? OK : err;
	struct wire_rows rows = { wire_msg_change_row(), reader->changes, reader->n_changes };
	return wire_put_rows(reader->typed->msg, reader->typed->at, CHANGES, &rows);
}

static enum err read_body(struct reader *reader)
{
	const struct request *request = reader->x->request;
	const char *field;
	if (request->body.len == 0)
		return OK;
	if (decode_is_type(request->content_type, "application/x-www-form-urlencoded"))
		return read_pairs(reader);
	if (!decode_is_type(request->content_type, "application/json"))
		return ERR_NOT_FOUND;
	struct text json = { (const char *)request->body.at, request->body.len };
	return wire_json_put(reader->typed->msg, reader->typed->at, json, request->arena, &field);
}

/* Over what the body said: who asks, and where. */
static bool put_own(struct exchange *x, struct portal_typed *typed)
{
	const struct wire_msg *msg = typed->msg;
	struct text csrf = { (const char *)x->request->csrf.at, x->request->csrf.len };
	const char *pattern = x->route->path;
	struct text path = x->request->path;
	struct route_value value;
	struct text session = { (const char *)x->request->session.at, x->request->session.len };
	while (route_next_value(&pattern, &path, &value))
		if (wire_put(msg, typed->at, value.name, value.value, x->request->arena) != OK)
			return false;
	if (csrf.at != NULL && wire_put(msg, typed->at, TEXT_LITERAL("csrf"), csrf, x->request->arena) != OK)
		return false;
	return wire_put(msg, typed->at, TEXT_LITERAL("session"), session, x->request->arena) == OK;
}

static enum err begin(struct reader *reader)
{
	struct portal_typed *typed = reader->typed;
	struct arena *arena = reader->x->request->arena;
	struct wire_rows rows;
	*typed = (struct portal_typed){ .msg = wire_find_name(reader->x->route->asks) };
	typed->at = arena_alloc(arena, typed->msg->size);
	if (typed->at == NULL)
		return ERR_NO_MEMORY;
	if (wire_get_rows(typed->msg, typed->at, CHANGES, &rows) != OK || rows.of != wire_msg_change_row())
		return OK;
	reader->max_changes = CHANGES_MAX;
	reader->changes = arena_array(arena, CHANGES_MAX, sizeof *reader->changes);
	return reader->changes != NULL ? OK : ERR_NO_MEMORY;
}

bool portal_read(struct exchange *x, struct portal_typed *typed)
{
	struct reader reader = { .x = x, .typed = typed };
	const char *field;
	enum err err = begin(&reader);
	if (err == OK)
		err = read_body(&reader);
	if (err != OK) {
		show_unread(x, err);
		return false;
	}
	if (!put_own(x, typed)) {
		show_fault(x, FAULT_NOT_FOUND, 0);
		return false;
	}
	if (typed->n_problems == 0 && wire_check((struct wire_any){ typed->msg, typed->at }, &field) != OK)
		add_problem(&reader, text_of(field), "value_missing");
	return true;
}
