#include "text/compile/name.h"
#include <string.h>

static struct text cut_at_dot(struct text *rest)
{
	const char *dot = rest->len > 0 ? memchr(rest->at, '.', rest->len) : NULL;
	struct text first = { rest->at, dot != NULL ? (size_t)(dot - rest->at) : rest->len };
	size_t used = dot != NULL ? first.len + 1 : first.len;
	*rest = (struct text){ rest->at + used, rest->len - used };
	return first;
}

static bool wrong(const char **why_r, const char *why)
{
	*why_r = why;
	return false;
}

static const struct wire_field *find_first(
    const struct scope *scope, struct text name, struct template_ref *ref)
{
	for (unsigned up = 0; up < scope->n; up++) {
		const struct wire_msg *msg = scope->messages[scope->n - 1 - up];
		const struct wire_field *field = wire_field(msg, name);
		if (field == NULL)
			continue;
		ref->ref.up = (uint8_t)up;
		ref->msg[0] = msg->name;
		return field;
	}
	return NULL;
}

static void add_hop(struct template_ref *ref, const struct wire_field *field)
{
	ref->field[ref->ref.hops] = field->name;
	ref->ref.offset[ref->ref.hops++] = field->offset;
	ref->ref.kind = field->kind;
	ref->ref.list = field->list;
	ref->ref.size = field->kind == WIRE_LIST ? field->sub()->size : 0;
	ref->element = field->kind == WIRE_LIST ? field->sub()->name : NULL;
}

/* "is_password" behind an enum. */
static bool find_choice(const struct wire_enum *list, struct text name, uint16_t *choice_r)
{
	if (!text_starts_with(name, "is_"))
		return false;
	name = (struct text){ name.at + 3, name.len - 3 };
	for (unsigned i = 0; i < list->count; i++)
		if (text_equal_str(name, list->texts[i])) {
			*choice_r = (uint16_t)i;
			return true;
		}
	return false;
}

bool name_find(const struct scope *scope, struct text name, struct template_ref *ref_r, const char **why_r)
{
	struct template_ref ref = { .ref.choice = PAGE_NO_CHOICE };
	const struct wire_field *field = find_first(scope, cut_at_dot(&name), &ref);
	if (field == NULL)
		return wrong(why_r, "no such field in the page's messages");
	add_hop(&ref, field);
	while (name.len > 0) {
		struct text next = cut_at_dot(&name);
		if (field->kind == WIRE_ENUM && name.len == 0) {
			if (!find_choice(field->list, next, &ref.ref.choice))
				return wrong(why_r, "no such choice");
			break;
		}
		if (field->kind == WIRE_LIST && name.len == 0 && text_equal_str(next, "any")) {
			ref.ref.choice = PAGE_ANY;
			break;
		}
		if (field->kind != WIRE_ONE || ref.ref.hops == PAGE_HOPS)
			return wrong(why_r, "nothing lies within that field");
		ref.msg[ref.ref.hops] = field->sub()->name;
		field = wire_field(field->sub(), next);
		if (field == NULL)
			return wrong(why_r, "no such field in the nested message");
		add_hop(&ref, field);
	}
	*ref_r = ref;
	return true;
}

/* The descriptor of the last field of a ref that was found before. */
static const struct wire_field *last_field(const struct template_ref *ref)
{
	unsigned last = ref->ref.hops - 1u;
	return wire_field(wire_find_name(ref->msg[last]), text_of(ref->field[last]));
}

const struct wire_msg *name_inner(const struct template_ref *ref)
{
	const struct wire_field *field = last_field(ref);
	if (ref->ref.choice == PAGE_ANY)
		return NULL;
	return field->kind == WIRE_LIST || field->kind == WIRE_ONE ? field->sub() : NULL;
}

bool name_may_show(const struct template_ref *ref, const char **why_r)
{
	const struct wire_field *field = last_field(ref);
	switch (field->kind) {
	case WIRE_SECRET:
		return (field->flags & SHOW_ONCE) != 0 || wrong(why_r, "a secret that no page may show");
	case WIRE_TEXT:
	case WIRE_NUMBER:
	case WIRE_TIME:
		return true;
	case WIRE_ENUM:
		return ref->ref.choice == PAGE_NO_CHOICE || wrong(why_r, "a choice is for a section");
	default:
		return wrong(why_r, "a field that has no text");
	}
}

bool name_may_test(const struct template_ref *ref, const char **why_r)
{
	switch (ref->ref.kind) {
	case WIRE_ENUM:
		return ref->ref.choice != PAGE_NO_CHOICE || wrong(why_r, "an enum is asked by .is_CHOICE");
	case WIRE_BYTES:
	case WIRE_ID:
		return wrong(why_r, "a field that a section cannot ask for");
	default:
		return true;
	}
}
