/* profile.c - the own record as a form: what the settings' catalogue shows, and what of it can be changed. */
#include <string.h>
#include "authority/authority.h"
#include "authority/self/catalogue.h"
#include "authority/self/self.h"
#include "conf/conf.h"

static struct text if_any(const char *string)
{
	return *string != '\0' ? text_of(string) : (struct text){ NULL, 0 };
}

static enum err fill_field(
    struct call *call, const struct catalogue_field *from, struct msg_profile_field *field)
{
	struct msg_field_value *values = arena_array(&call->arena, CATALOGUE_VALUES, sizeof *values);
	if (values == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < from->n_values; i++)
		values[i].value = from->values[i];
	*field = (struct msg_profile_field){
		.name = text_of(from->row->name),
		.label = text_of(from->row->label),
		.hint = if_any(from->row->hint),
		.section = text_of(from->row->section),
		.type = from->type,
		.many = catalogue_values_max(from) > 1,
		.writable = catalogue_is_writable(from),
		.max = from->row->max,
		.values = { values, from->n_values },
	};
	return OK;
}

/* Fields of one section stand together, the sections in the order of their first fields. */
static enum err fill(struct call *call, const struct catalogue *catalogue, struct msg_profile_page *page)
{
	struct msg_profile_field *fields = arena_array(&call->arena, CATALOGUE_MAX, sizeof *fields);
	bool taken[CATALOGUE_MAX] = { false };
	enum err err = fields != NULL ? OK : ERR_NO_MEMORY;
	page->fields.at = fields;
	for (unsigned i = 0; i < catalogue->n; i++) {
		const char *section = catalogue->fields[i].row->section;
		bool first = !taken[i];
		for (unsigned k = i; err == OK && first && k < catalogue->n; k++) {
			if (taken[k] || strcmp(catalogue->fields[k].row->section, section) != 0)
				continue;
			err = fill_field(call, &catalogue->fields[k], &fields[page->fields.n]);
			fields[page->fields.n++].first = k == i;
			taken[k] = true;
		}
	}
	return err;
}

enum err self_on_profile(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_profile *profile = ask;
	const struct msg_session_record *session;
	struct person person;
	struct catalogue catalogue;
	struct msg_profile_page *page = arena_alloc(&call->arena, sizeof *page);
	enum err err = page != NULL ? self_session(call, profile->session, &session) : ERR_NO_MEMORY;
	if (err == OK)
		err = self_person(call, profile->session, session, &person);
	if (err == OK)
		err = catalogue_read(call, &person, &catalogue);
	if (err == OK)
		err = fill(call, &catalogue, page);
	if (err != OK)
		return err;
	page->version = catalogue.version;
	page->frame = self_frame(call, profile->session, session);
	*answer_r = WIRE(profile_page, page);
	return page->frame != NULL ? OK : ERR_NO_MEMORY;
}
