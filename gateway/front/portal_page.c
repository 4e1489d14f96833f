/* portal_page.c - GET: a message is filled, asked, and its answer shown. */
#include "front/decode.h"
#include "front/portal.h"
#include "front/show.h"
#include "front/view.h"

/* What an address may make a page say. */
static const char *const DONES[] = {
	"signed_out",
	"profile_saved",
	"nothing_changed",
	"session_ended",
	"session_was_over",
	"sessions_ended",
	"factor_added",
	"factor_renamed",
	"factor_removed",
	"recovery_made",
	"undone",
	"consent_withdrawn",
};

struct text portal_done(const struct exchange *x)
{
	struct text done;
	if (decode_query(x->request->query, "done", x->request->arena, &done) == OK)
		for (size_t i = 0; i < COUNT(DONES); i++)
			if (text_equal_str(done, DONES[i]))
				return text_of(DONES[i]);
	return (struct text){ NULL, 0 };
}

static bool fill_path(
    const struct exchange *x, const struct route *route, const struct wire_msg *msg, void *at)
{
	const char *pattern = route->path;
	struct text path = x->request->path;
	struct route_value value;
	while (route_next_value(&pattern, &path, &value))
		if (wire_put(msg, at, value.name, value.value, x->request->arena) != OK)
			return false;
	return true;
}

static bool is_ours(struct text name)
{
	return text_equal_str(name, "session") || text_equal_str(name, "csrf") ||
	       text_equal_str(name, "language");
}

/* Names that are no field's are others' business. */
static enum err fill_query(const struct exchange *x, const struct wire_msg *msg, void *at)
{
	struct text rest = x->request->query, name, value;
	uint64_t seen = 0;
	for (;;) {
		enum err err = decode_pair(&rest, x->request->arena, &name, &value);
		if (err != OK)
			return err == ERR_NOT_FOUND ? OK : err;
		const struct wire_field *field = wire_field(msg, name);
		if (field == NULL || is_ours(name))
			continue;
		uint64_t bit = 1ull << (field - msg->fields);
		err = (seen & bit) != 0 ? ERR_MALFORMED : wire_put(msg, at, name, value, x->request->arena);
		if (err != OK)
			return err;
		seen |= bit;
	}
}

/* For answers that have words in it. */
static bool put_language(const struct exchange *x, const struct wire_msg *msg, void *at)
{
	static const struct text NAME = { "language", 8 };
	return wire_field(msg, NAME) == NULL ||
	       wire_put(msg, at, NAME, text_of(WIRE_ENUM_TEXT(portal_language, view_language(x))),
		   x->request->arena) == OK;
}

void *portal_fill(struct exchange *x, const struct route *route)
{
	const struct wire_msg *msg = wire_find_name(route->asks);
	struct text session = { (const char *)x->request->session.at, x->request->session.len };
	void *at = arena_alloc(x->request->arena, msg->size);
	if (at == NULL || wire_put(msg, at, TEXT_LITERAL("session"), session, x->request->arena) != OK) {
		show_fault(x, FAULT_INTERNAL, 0);
		return NULL;
	}
	if (!put_language(x, msg, at)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return NULL;
	}
	bool is_query = x->route == route && route->method == METHOD_GET;
	if (is_query && fill_query(x, msg, at) != OK) {
		show_fault(x, FAULT_MALFORMED, 0);
		return NULL;
	}
	if (x->route == route && !fill_path(x, route, msg, at)) {
		show_fault(x, FAULT_NOT_FOUND, 0);
		return NULL;
	}
	return at;
}

void *portal_ask(
    struct exchange *x, const struct wire_msg *msg, const void *ask, const struct wire_msg **answer_r)
{
	const struct wire_msg *wanted = wire_find_name(msg->answer);
	const void *answer = show_ask(x, (struct wire_any){ msg, ask }, wanted);
	if (answer == NULL)
		return NULL;
	void *copy = arena_copy(x->request->arena, answer, wanted->size);
	if (copy == NULL)
		show_fault(x, FAULT_INTERNAL, 0);
	*answer_r = wanted;
	return copy;
}

void portal_give(
    struct exchange *x, int status, const struct route *route, const struct wire_msg *msg, const void *answer)
{
	struct wire_any any = { msg, answer }, prepared;
	if (!x->request->wants_json)
		show_page(x, status, route->page, any);
	else if (view_prepare(x, any, &prepared))
		show_message(x, status, prepared);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

/* Not every page has something to say of what was done. */
static enum err put_done(struct exchange *x, const struct wire_msg *msg, void *page)
{
	static const struct text NAME = { "done", 4 };
	struct text done = portal_done(x);
	bool says = done.at != NULL && wire_field(msg, NAME) != NULL;
	return says ? wire_put(msg, page, NAME, done, x->request->arena) : OK;
}

void portal_page(struct exchange *x)
{
	const struct wire_msg *answer;
	void *ask = portal_fill(x, x->route);
	void *page = ask != NULL ? portal_ask(x, wire_find_name(x->route->asks), ask, &answer) : NULL;
	if (page == NULL)
		return;
	if (put_done(x, answer, page) != OK) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	portal_give(x, 200, x->route, answer, page);
}
