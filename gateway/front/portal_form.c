/* portal_form.c - POST: done leads back to the page, problems show it again, and what takes a proof leads to the sign-in. */
#include "front/portal.h"
#include "front/show.h"
#include "text/escape.h"
#include "wire/frame.h"

static void add_member(struct out *out, const char *name, struct text value)
{
	out_format(out, "\"%s\":", name);
	escape_json(out, value);
}

static void give_json(struct exchange *x, int status, struct out *out)
{
	struct text json;
	if (out_done(out, &json))
		show_json(x, status, json);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

static void add_trace(struct exchange *x, struct out *out)
{
	char trace[FRAME_TRACE_TEXT];
	frame_trace_text(x->request->trace, trace);
	out_str(out, ",");
	add_member(out, "trace", text_of(trace));
}

static struct text sentence(const struct exchange *x, struct text id, uint64_t count)
{
	return show_sentence(x, id, count, (struct text){ NULL, 0 });
}

static void done(struct exchange *x, const struct msg_done *done)
{
	struct out out = OUT(x->request->arena);
	struct text next = done->next;
	if (next.at == NULL) {
		out_str(&out, x->route->then);
		out_str(&out, "?done=");
		escape_percent(&out, done->text);
		if (!out_done(&out, &next))
			next = text_of(x->route->then);
	}
	if (!x->request->wants_json) {
		show_redirect(x, next);
		return;
	}
	out = OUT(x->request->arena);
	out_str(&out, "{\"done\":true,");
	add_member(&out, "id", done->text);
	out_str(&out, ",");
	add_member(&out, "text", sentence(x, done->text, 0));
	out_str(&out, ",");
	add_member(&out, "next", next);
	out_str(&out, "}");
	give_json(x, 200, &out);
}

static void prove(struct exchange *x, const struct msg_prove *prove)
{
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&prove->act, id);
	struct text to = text_of(arena_printf(x->request->arena, "/login?act=%s", id));
	if (!x->request->wants_json) {
		show_redirect(x, to);
		return;
	}
	struct out out = OUT(x->request->arena);
	out_str(&out, "{\"error\":\"proof\",");
	add_member(&out, "text", sentence(x, TEXT_LITERAL("proof"), 0));
	out_str(&out, ",");
	add_member(&out, "prove", to);
	add_trace(x, &out);
	out_str(&out, "}");
	give_json(x, 403, &out);
}

static void add_problem(struct exchange *x, const struct msg_problem_row *problem, struct out *out)
{
	out_str(out, "{");
	add_member(out, "field", problem->field);
	out_str(out, ",");
	add_member(out, "problem", problem->text);
	out_str(out, ",");
	add_member(out, "text", sentence(x, problem->text, problem->count));
	if (problem->words.at != NULL) {
		out_str(out, ",");
		add_member(out, "words", problem->words);
	}
	out_str(out, "}");
}

static void problems_json(struct exchange *x, const struct msg_problem_row *problems, uint32_t n)
{
	struct out out = OUT(x->request->arena);
	out_str(&out, "{\"error\":\"problems\",");
	add_member(&out, "text", sentence(x, TEXT_LITERAL("problems"), 0));
	out_str(&out, ",\"errors\":[");
	for (uint32_t i = 0; i < n; i++) {
		out_str(&out, i > 0 ? "," : "");
		add_problem(x, &problems[i], &out);
	}
	out_str(&out, "]");
	add_trace(x, &out);
	out_str(&out, "}");
	give_json(x, 422, &out);
}

/* Texts of the page that have the name of one that was typed; they are there for that. */
static enum err overlay(
    struct exchange *x, const struct portal_typed *typed, const struct wire_msg *msg, void *page)
{
	for (unsigned i = 0; i < msg->n_fields; i++) {
		const struct wire_field *field = &msg->fields[i];
		struct text name = text_of(field->name), value;
		if (field->kind != WIRE_TEXT || (field->flags & OPTIONAL) == 0 ||
		    wire_get(typed->msg, typed->at, name, x->request->arena, &value) != OK ||
		    value.at == NULL)
			continue;
		value = portal_cut(value, (size_t)field->bound);
		enum err err = wire_put(msg, page, name, value, x->request->arena);
		if (err != OK)
			return err;
	}
	return OK;
}

static enum err prepare(struct exchange *x, const struct portal_typed *typed,
    const struct msg_problem_row *problems, uint32_t n, const struct wire_msg *msg, void *page)
{
	uint32_t shown = n < PORTAL_PROBLEMS_MAX ? n : PORTAL_PROBLEMS_MAX;
	struct wire_rows rows = { wire_msg_problem_row(), problems, shown };
	enum err err = wire_put_rows(msg, page, TEXT_LITERAL("problems"), &rows);
	if (err == OK)
		err = overlay(x, typed, msg, page);
	if (err != OK)
		return err;
	bool is_profile = msg->tag == TAG_profile_page && typed->msg->tag == TAG_profile_save;
	return is_profile ? portal_profile_overlay(x, page, typed->at) : OK;
}

void portal_problems(
    struct exchange *x, const struct portal_typed *typed, const struct msg_problem_row *problems, uint32_t n)
{
	const struct route *then = route_page(x->route->then);
	const struct wire_msg *answer;
	if (x->request->wants_json) {
		problems_json(x, problems, n);
		return;
	}
	void *ask = portal_fill(x, then);
	void *page = ask != NULL ? portal_ask(x, wire_find_name(then->asks), ask, &answer) : NULL;
	if (page == NULL)
		return;
	if (prepare(x, typed, problems, n, answer, page) == OK)
		portal_give(x, 422, then, answer, page);
	else
		show_fault(x, FAULT_MALFORMED, 0); /* a page whose forms cannot go wrong */
}

void portal_form(struct exchange *x)
{
	struct portal_typed typed;
	struct wire_any answer;
	if (!portal_read(x, &typed))
		return;
	if (typed.n_problems > 0) {
		portal_problems(x, &typed, typed.problems, typed.n_problems);
		return;
	}
	if (!show_ask_any(x, (struct wire_any){ typed.msg, typed.at }, &answer))
		return;
	const struct msg_problems *problems = answer.at;
	if (answer.msg->tag == TAG_done)
		done(x, answer.at);
	else if (answer.msg->tag == TAG_prove)
		prove(x, answer.at);
	else if (answer.msg->tag == TAG_problems)
		portal_problems(x, &typed, problems->errors.at, problems->errors.n);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}
