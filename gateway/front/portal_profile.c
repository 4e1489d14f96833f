/* portal_profile.c - the one form that the settings make: each field is a row of the catalogue. */
#include <string.h>
#include "front/portal.h"

static bool is_stale(const struct msg_profile_page *page)
{
	for (uint32_t i = 0; i < page->problems.n; i++)
		if (text_equal_str(page->problems.at[i].text, "record_changed"))
			return true;
	return false;
}

static bool is_same(const struct msg_profile_field *field, const struct msg_field_value *values, uint32_t n)
{
	if (field->values.n != n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!text_equal(field->values.at[i].value, values[i].value))
			return false;
	return true;
}

/* What was typed into a field; NULL when the form did not have it. */
static struct msg_field_value *typed_values(struct exchange *x, const struct msg_profile_save *typed,
    const struct msg_profile_field *field, uint32_t *n_r)
{
	struct msg_field_value *values = arena_array(x->request->arena, typed->changes.n + 1, sizeof *values);
	bool there = false;
	uint32_t n = 0;
	for (uint32_t i = 0; values != NULL && i < typed->changes.n; i++) {
		const struct msg_change_row *change = &typed->changes.at[i];
		if (!text_equal(change->name, field->name))
			continue;
		there = true;
		if (change->value.len > 0)
			values[n++].value = change->value;
	}
	*n_r = n;
	return there ? values : NULL;
}

static struct text joined(struct exchange *x, const struct msg_field_value *values, uint32_t n)
{
	struct out out = OUT(x->request->arena);
	struct text all;
	for (uint32_t i = 0; i < n; i++) {
		out_str(&out, i > 0 ? ", " : "");
		out_text(&out, values[i].value);
	}
	return out_done(&out, &all) ? portal_cut(all, 200) : (struct text){ NULL, 0 };
}

/* Somebody else has changed the entry: it is shown as it is now, and beside each field that differs what this page had there. */
static void show_both(
    struct exchange *x, const struct msg_profile_save *typed, struct msg_profile_field *field)
{
	uint32_t n;
	const struct msg_field_value *values = typed_values(x, typed, field, &n);
	if (values == NULL || !field->writable || is_same(field, values, n))
		return;
	field->problem = n > 0 ? TEXT_LITERAL("value_yours") : TEXT_LITERAL("value_yours_empty");
	field->words = joined(x, values, n);
}

static void show_typed(
    struct exchange *x, const struct msg_profile_save *typed, struct msg_profile_field *field)
{
	uint32_t n;
	const struct msg_field_value *values = typed_values(x, typed, field, &n);
	if (values == NULL || !field->writable)
		return;
	field->values.at = values;
	field->values.n = n;
}

/* Ties each problem to its field, and a problem that front has found to the field's name for people. */
static void tie(struct msg_problem_row *problem, struct msg_profile_field *fields, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!text_equal(fields[i].name, problem->field))
			continue;
		fields[i].problem = problem->text;
		fields[i].words = problem->words;
		fields[i].count = problem->count;
		problem->label = fields[i].label;
	}
}

enum err portal_profile_overlay(
    struct exchange *x, struct msg_profile_page *page, const struct msg_profile_save *typed)
{
	struct arena *arena = x->request->arena;
	struct msg_profile_field *fields = arena_array(arena, page->fields.n + 1, sizeof *fields);
	struct msg_problem_row *problems = arena_array(arena, page->problems.n + 1, sizeof *problems);
	if (fields == NULL || problems == NULL)
		return ERR_NO_MEMORY;
	memcpy(fields, page->fields.at, page->fields.n * sizeof *fields);
	memcpy(problems, page->problems.at, page->problems.n * sizeof *problems);
	bool stale = is_stale(page);
	for (uint32_t i = 0; i < page->fields.n; i++)
		(stale ? show_both : show_typed)(x, typed, &fields[i]);
	for (uint32_t i = 0; i < page->problems.n; i++)
		tie(&problems[i], fields, page->fields.n);
	page->fields.at = fields;
	page->problems.at = problems;
	return OK;
}
