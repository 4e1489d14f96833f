#include "text/page.h"
#include <stdio.h>
#include <string.h>
#include "text/agent.h"
#include "text/moment.h"

struct list {
	const void *at;
	uint32_t n;
};

struct renderer {
	const struct page_context *context;
	struct out *out;
	unsigned depth;
	const void *frames[PAGE_DEPTH]; /* the innermost is the last */
};

/* A value as the structs have it; NULL when a message on the way to it is absent. */
static const void *find(const struct renderer *r, const struct page_ref *ref)
{
	const char *at = r->frames[r->depth - 1 - ref->up];
	for (unsigned i = 0; i < ref->hops; i++) {
		const void *one = at;
		if (i > 0)
			memcpy(&one, at, sizeof one); /* through a ONE field */
		if (one == NULL)
			return NULL;
		at = one;
		at += ref->offset[i];
	}
	return at;
}

static uint64_t number_of(const struct page_ref *ref, const void *at)
{
	unsigned choice;
	switch (ref->kind) {
	case WIRE_BOOL:
		return *(const bool *)at;
	case WIRE_TIME:
		return (uint64_t) * (const int64_t *)at;
	case WIRE_ENUM:
		memcpy(&choice, at, sizeof choice);
		return choice;
	case WIRE_NUMBER:
		return *(const uint64_t *)at;
	default:
		return 0;
	}
}

static struct text text_at(const struct page_ref *ref, const void *at)
{
	if (ref->kind == WIRE_TEXT)
		return *(const struct text *)at;
	const struct secret *secret = at;
	return (struct text){ (const char *)secret->at, secret->len };
}

/* A value as text, on the arena where it has to be made. */
static struct text value_of(struct renderer *r, const struct page_ref *ref)
{
	const void *at = find(r, ref);
	if (at == NULL)
		return (struct text){ 0 };
	struct out made = OUT_SMALL(r->out->arena);
	struct text text = { 0 };
	switch (ref->kind) {
	case WIRE_TEXT:
	case WIRE_SECRET:
		return text_at(ref, at);
	case WIRE_ENUM:
		return text_of(wire_choice_text(ref->list, (unsigned)number_of(ref, at)));
	case WIRE_TIME:
		moment_add(r->context->strings, r->context->language, (int64_t)number_of(ref, at),
		    r->context->now_ms, &made);
		break;
	default:
		out_number(&made, number_of(ref, at));
	}
	if (!out_done(&made, &text))
		r->out->failed = true;
	return text;
}

/* A string's {day} is the day alone, and its other times are moments. */
static struct text arg_of(struct renderer *r, const struct page_arg *arg)
{
	const void *at = find(r, arg->ref);
	if (at == NULL || arg->ref->kind != WIRE_TIME || strcmp(arg->name, "day") != 0)
		return value_of(r, arg->ref);
	struct out made = OUT_SMALL(r->out->arena);
	struct text day = { 0 };
	moment_add_day(r->context->strings, r->context->language, (int64_t)number_of(arg->ref, at), &made);
	if (!out_done(&made, &day))
		r->out->failed = true;
	return day;
}

static bool is_there(const struct page_ref *ref, const void *at)
{
	if (at == NULL)
		return false;
	switch (ref->kind) {
	case WIRE_TEXT:
	case WIRE_SECRET:
		return text_at(ref, at).len > 0;
	case WIRE_LIST:
		return ((const struct list *)at)->n > 0;
	case WIRE_ONE:
		return *(const void *const *)at != NULL;
	default:
		return ref->choice != PAGE_NO_CHOICE ? number_of(ref, at) == ref->choice
						     : number_of(ref, at) != 0;
	}
}

static void say(struct renderer *r, const struct page_op *op)
{
	const struct page_call *call = op->call;
	struct string_arg args[PAGE_ARGS];
	uint64_t count = 0;
	for (unsigned i = 0; i < call->n_args; i++) {
		const struct page_ref *ref = call->args[i].ref;
		args[i] = (struct string_arg){ call->args[i].name, arg_of(r, &call->args[i]) };
		const void *at = find(r, ref);
		if (at != NULL && strcmp(call->args[i].name, "count") == 0)
			count = number_of(ref, at);
	}
	struct text id = call->id != NULL ? value_of(r, call->id) : (struct text){ 0 };
	unsigned string = call->id != NULL ? strings_find(r->context->strings, id) : call->string;
	struct out sentence = OUT_SMALL(r->out->arena);
	struct text text = id; /* an id that nobody has words for is better than nothing */
	if (string != STRINGS_NONE) {
		strings_say(r->context->language, string, count, args, call->n_args, &sentence);
		if (!out_done(&sentence, &text))
			r->out->failed = true;
	}
	escape_add(r->out, op->escape, text);
}

static void name_agent(struct renderer *r, const struct page_op *op)
{
	struct out words = OUT_SMALL(r->out->arena);
	struct text text = { 0 };
	agent_add(r->context->strings, r->context->language, value_of(r, op->ref), &words);
	if (!out_done(&words, &text))
		r->out->failed = true;
	escape_add(r->out, op->escape, text);
}

static void render(struct renderer *r, const struct page_op *ops, unsigned from, unsigned to);

static void render_within(
    struct renderer *r, const void *message, const struct page_op *ops, unsigned from, unsigned to)
{
	r->frames[r->depth++] = message;
	render(r, ops, from, to);
	r->depth--;
}

static void section(struct renderer *r, const struct page_op *ops, unsigned at)
{
	const struct page_op *op = &ops[at];
	const void *value = find(r, op->ref);
	if (!is_there(op->ref, value))
		return;
	if (op->ref->kind == WIRE_LIST && op->ref->choice != PAGE_ANY) {
		const struct list *list = value;
		for (uint32_t i = 0; i < list->n; i++)
			render_within(r, (const char *)list->at + i * op->ref->size, ops, at + 1, op->end);
	} else if (op->ref->kind == WIRE_ONE) {
		render_within(r, *(const void *const *)value, ops, at + 1, op->end);
	} else {
		render(r, ops, at + 1, op->end);
	}
}

static void render_one(struct renderer *r, const struct page_op *ops, unsigned at)
{
	const struct page_op *op = &ops[at];
	switch (op->code) {
	case PAGE_LITERAL:
		out_bytes(r->out, op->literal, op->end);
		break;
	case PAGE_FIELD:
		escape_add(r->out, op->escape, value_of(r, op->ref));
		break;
	case PAGE_AGENT:
		name_agent(r, op);
		break;
	case PAGE_STRING:
	case PAGE_STRING_OF:
		say(r, op);
		break;
	case PAGE_SECTION:
		section(r, ops, at);
		break;
	case PAGE_INVERTED:
		if (!is_there(op->ref, find(r, op->ref)))
			render(r, ops, at + 1, op->end);
		break;
	}
}

static bool is_section(const struct page_op *op)
{
	return op->code == PAGE_SECTION || op->code == PAGE_INVERTED;
}

static void render(struct renderer *r, const struct page_op *ops, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i = is_section(&ops[i]) ? ops[i].end : i + 1)
		render_one(r, ops, i);
}

const struct page *page_find(const struct page *pages, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(pages[i].name, name) == 0)
			return &pages[i];
	return NULL;
}

enum err page_render(const struct page *page, const struct wire_any *stack, unsigned n_stack,
    const struct page_context *context, struct out *out)
{
	if (n_stack != page->n_roots || n_stack > PAGE_DEPTH)
		return ERR_INTERNAL;
	struct renderer r = { context, out, n_stack, { NULL } };
	for (unsigned i = 0; i < n_stack; i++) {
		if (strcmp(stack[i].msg->name, page->roots[i]) != 0)
			return ERR_INTERNAL;
		r.frames[n_stack - 1 - i] = stack[i].at;
	}
	render(&r, page->ops, 0, page->n_ops);
	return out->failed ? ERR_NO_MEMORY : OK;
}
