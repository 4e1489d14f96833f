/* home.c - the first page: the own entry, read as the person, and the own groups. */
#include <stdlib.h>
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/self/self.h"
#include "authority/session/session.h"
#include "conf/conf.h"

#define GROUPS_SHOWN 60
#define ATTRIBUTES_MAX 20
#define VALUES_SHOWN 8

/* The longest beginning of at most max bytes that does not cut a character. */
static struct text shorten(struct text value, size_t max)
{
	if (value.len <= max)
		return value;
	while (max > 0 && ((unsigned char)value.at[max] & 0xc0) == 0x80)
		max--;
	return (struct text){ value.at, max };
}

/* A value as a page can show it; binary ones and those with control characters are not shown at all. */
static bool is_showable(struct text value)
{
	return value.len > 0 && text_is_utf8(value.at, value.len) &&
	       !text_has_control(value.at, value.len, true);
}

static enum err fill_row(
    struct call *call, const struct attribute *from, const char *label, struct msg_attribute_row *row)
{
	struct msg_value_row *values = arena_array(&call->arena, VALUES_SHOWN, sizeof *values);
	if (values == NULL)
		return ERR_NO_MEMORY;
	row->label = text_of(label);
	row->values.at = values;
	for (unsigned i = 0; i < from->n_values && row->values.n < VALUES_SHOWN; i++)
		if (is_showable(from->values[i]))
			values[row->values.n++].value = shorten(from->values[i], 200);
	return OK;
}

/* The catalogue of the settings, in its order. */
static unsigned catalogue(const struct conf *conf, const struct conf_attribute **rows)
{
	unsigned n = conf->n_attributes < ATTRIBUTES_MAX ? conf->n_attributes : ATTRIBUTES_MAX;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;
		for (; at > 0 && rows[at - 1]->order > conf->attributes[i].order; at--)
			rows[at] = rows[at - 1];
		rows[at] = &conf->attributes[i];
	}
	return n;
}

static enum err fill_attributes(struct call *call, const struct person *person, struct msg_home_page *page)
{
	const struct conf_attribute *rows[ATTRIBUTES_MAX];
	const char *names[ATTRIBUTES_MAX];
	struct attribute *found;
	unsigned n = catalogue(call->authority->conf, rows);
	for (unsigned i = 0; i < n; i++)
		names[i] = rows[i]->ldap;
	enum err err =
	    directory_read_self(call->authority->directory, person, names, n, &call->arena, &found);
	if (err != OK)
		return err;
	struct msg_attribute_row *shown = arena_array(&call->arena, n, sizeof *shown);
	if (shown == NULL)
		return ERR_NO_MEMORY;
	page->attributes.at = shown;
	for (unsigned i = 0; err == OK && i < n; i++)
		if (found[i].n_values > 0)
			err = fill_row(call, &found[i], rows[i]->label, &shown[page->attributes.n++]);
	return err;
}

static enum err fill_groups(struct call *call, const struct person *person, struct msg_home_page *page)
{
	struct group *groups;
	unsigned n;
	enum err err = directory_groups(
	    call->authority->directory, person, GROUPS_SHOWN, &call->arena, &groups, &n, &page->more_groups);
	if (err != OK)
		return err;
	struct msg_group_row *rows = arena_array(&call->arena, n, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	page->groups.at = rows;
	for (unsigned i = 0; i < n; i++) {
		if (!is_showable(groups[i].name))
			continue;
		struct msg_group_row *row = &rows[page->groups.n++];
		row->name = shorten(groups[i].name, 120);
		if (is_showable(groups[i].description) && groups[i].description.len > 0)
			row->description = shorten(groups[i].description, 160);
	}
	return OK;
}

/* A person who has left the directory is signed in no more, here and at every other door. */
static enum err find(
    struct call *call, struct secret token, const struct msg_session_record *session, struct person *person_r)
{
	enum err err = directory_find_id(call->authority->directory, session->person, &call->arena, person_r);
	if (err == ERR_NOT_FOUND)
		(void)session_end(call->authority, token);
	return err;
}

enum err self_on_home(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_home *home = ask;
	const struct msg_session_record *session;
	struct person person;
	struct msg_home_page *page = arena_alloc(&call->arena, sizeof *page);
	if (page == NULL)
		return ERR_NO_MEMORY;
	enum err err = self_session(call, home->session, &session);
	if (err == OK)
		err = find(call, home->session, session, &person);
	if (err == OK)
		err = fill_attributes(call, &person, page);
	if (err == OK)
		err = fill_groups(call, &person, page);
	if (err != OK)
		return err;
	page->frame = self_frame(call, home->session, session);
	*answer_r = WIRE(home_page, page);
	return page->frame != NULL ? OK : ERR_NO_MEMORY;
}
