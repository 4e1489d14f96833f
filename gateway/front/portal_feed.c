/* portal_feed.c - a list as a file for spreadsheets: CSV (RFC 4180), UTF-8 with a byte order mark, which the most used of them needs
 * to know that it is UTF-8. */
#include <string.h>
#include "front/portal.h"
#include "front/show.h"
#include "text/out.h"

#define PAGES_MAX 20
#define EVENT TEXT_LITERAL("event") /* a text id; its sentence gets a column of its own */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A cell that a spreadsheet would take for a formula begins with an apostrophe. */
static void add_cell(struct out *out, struct text value)
{
	static const char FORMULA[] = "=+-@\t\r";
	out_str(out, "\"");
	if (value.len > 0 && memchr(FORMULA, value.at[0], sizeof FORMULA - 1) != NULL)
		out_str(out, "'");
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '"')
			out_str(out, "\"");
		out_bytes(out, value.at + i, 1);
	}
	out_str(out, "\"");
}

static bool has_cell(const struct wire_field *field)
{
	return field->kind <= WIRE_TEXT;
}

static void add_head(struct out *out, const struct wire_msg *row)
{
	for (unsigned i = 0; i < row->n_fields; i++) {
		if (!has_cell(&row->fields[i]))
			continue;
		out_str(out, i > 0 ? "," : "");
		add_cell(out, text_of(row->fields[i].name));
	}
	if (wire_field(row, EVENT) != NULL)
		out_str(out, ",\"text\"");
	out_str(out, "\r\n");
}

static void add_row(struct exchange *x, struct out *out, const struct wire_msg *msg, const void *row)
{
	struct text value;
	for (unsigned i = 0; i < msg->n_fields; i++) {
		if (!has_cell(&msg->fields[i]))
			continue;
		out_str(out, i > 0 ? "," : "");
		if (wire_get(msg, row, text_of(msg->fields[i].name), x->request->arena, &value) != OK)
			out->failed = true;
		else
			add_cell(out, value);
	}
	if (wire_get(msg, row, EVENT, x->request->arena, &value) == OK) {
		out_str(out, ",");
		add_cell(out, show_sentence(x, value, 0, (struct text){ NULL, 0 }));
	}
	out_str(out, "\r\n");
}

/* One page of it; the `after` of the next one, absent when it was the last. */
static bool add_page(struct exchange *x, const struct wire_msg *msg, const void *ask, bool first,
    struct out *out, struct text *next_r)
{
	const struct wire_msg *answer;
	struct wire_rows rows;
	const void *page = portal_ask(x, msg, ask, &answer);
	if (page == NULL)
		return false;
	if (wire_get_rows(answer, page, text_of(x->route->rows), &rows) != OK ||
	    wire_get(answer, page, TEXT_LITERAL("next"), x->request->arena, next_r) != OK) {
		show_fault(x, FAULT_INTERNAL, 0);
		return false;
	}
	if (first)
		add_head(out, rows.of);
	for (uint32_t i = 0; i < rows.n; i++)
		add_row(x, out, rows.of, wire_row(&rows, i));
	if (text_equal_str(*next_r, "0"))
		*next_r = (struct text){ NULL, 0 };
	return true;
}

void portal_feed(struct exchange *x)
{
	const struct wire_msg *msg = wire_find_name(x->route->asks);
	struct out out = OUT(x->request->arena);
	struct text next = { NULL, 0 };
	void *ask = portal_fill(x, x->route);
	if (ask == NULL)
		return;
	out_str(&out, BYTE_ORDER_MARK);
	for (unsigned i = 0; i < PAGES_MAX; i++) {
		if (!add_page(x, msg, ask, i == 0, &out, &next))
			return;
		if (next.at == NULL ||
		    wire_put(msg, ask, TEXT_LITERAL("after"), next, x->request->arena) != OK)
			break;
	}
	if (!out_done(&out, &x->reply->body)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	x->reply->status = 200;
	x->reply->type = "text/csv; charset=utf-8";
	reply_header(x->reply, "Content-Disposition",
	    text_of(arena_printf(x->request->arena, "attachment; filename=\"%s\"", x->route->file)));
}
