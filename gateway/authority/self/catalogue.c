#include "authority/self/catalogue.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/self/postal.h"
#include "authority/self/self.h"
#include "conf/conf.h"

#define PHOTO_MAX (512u * KIB)
#define PHOTO_PLACE "/profile/photo"

static void choose(const struct conf *conf, bool with_photo, struct catalogue *catalogue)
{
	for (unsigned i = 0; i < conf->n_attributes && catalogue->n < CATALOGUE_MAX; i++) {
		const struct conf_attribute *row = &conf->attributes[i];
		uint64_t type = FIELD_LINE;
		if (strcmp(row->read, "self") != 0)
			continue;
		for (unsigned k = 0; k <= FIELD_PHOTO; k++)
			if (strcmp(row->type, WIRE_ENUM_TEXT(field_type, k)) == 0)
				type = k;
		if (type == FIELD_PHOTO && !with_photo)
			continue;
		catalogue->fields[catalogue->n++] =
		    (struct catalogue_field){ .row = row, .type = (enum field_type)type };
	}
}

/* A value as people read it; *whole_r false: it cannot be shown as it is. */
static enum err show_value(const struct catalogue_field *field, struct text from, struct arena *arena,
    struct text *to, bool *whole_r)
{
	enum err err = OK;
	*to = from;
	if (field->type == FIELD_LINES)
		err = postal_read(from, arena, to);
	bool showable = err == OK && self_is_showable(*to);
	*whole_r = showable && to->len <= CATALOGUE_VALUE;
	*to = showable ? self_shorten(*to, CATALOGUE_VALUE) : (struct text){ NULL, 0 };
	return err;
}

static enum err show(struct catalogue_field *field, const struct attribute *from, struct arena *arena)
{
	struct text *values = arena_array(arena, CATALOGUE_VALUES, sizeof *values);
	enum err err = values != NULL ? OK : ERR_NO_MEMORY;
	field->values = values;
	field->is_whole = from->n_values <= CATALOGUE_VALUES;
	for (unsigned i = 0; err == OK && i < from->n_values && field->n_values < CATALOGUE_VALUES; i++) {
		bool whole;
		struct text *to = &values[field->n_values];
		err = show_value(field, from->values[i], arena, to, &whole);
		field->is_whole = field->is_whole && whole;
		field->n_values += to->at != NULL;
	}
	return err;
}

static void show_photo(struct catalogue_field *field, const struct attribute *from)
{
	static const struct text PLACE = { PHOTO_PLACE, sizeof PHOTO_PLACE - 1 };
	field->values = &PLACE;
	field->n_values = from->other_size > 0 && from->other_size <= PHOTO_MAX;
}

static enum err read(
    struct call *call, const struct person *person, bool with_photo, struct catalogue *catalogue_r)
{
	struct catalogue catalogue = { .n = 0 };
	const char *names[CATALOGUE_MAX + 1] = { "objectClass" }; /* no names would ask for all */
	struct attribute *found;
	choose(call->authority->conf, with_photo, &catalogue);
	for (unsigned i = 0; i < catalogue.n; i++)
		names[i + 1] = catalogue.fields[i].row->ldap;
	enum err err = directory_read_self(call->authority->directory, person, names, catalogue.n + 1,
	    &call->arena, &found, &catalogue.version);
	for (unsigned i = 0; err == OK && i < catalogue.n; i++)
		if (catalogue.fields[i].type == FIELD_PHOTO)
			show_photo(&catalogue.fields[i], &found[i + 1]);
		else
			err = show(&catalogue.fields[i], &found[i + 1], &call->arena);
	if (err == OK)
		*catalogue_r = catalogue;
	return err;
}

enum err catalogue_read(struct call *call, const struct person *person, struct catalogue *catalogue_r)
{
	return read(call, person, true, catalogue_r);
}

enum err catalogue_read_without_photo(
    struct call *call, const struct person *person, struct catalogue *catalogue_r)
{
	return read(call, person, false, catalogue_r);
}

const struct catalogue_field *catalogue_find(const struct catalogue *catalogue, struct text name)
{
	for (unsigned i = 0; i < catalogue->n; i++)
		if (text_equal_str(name, catalogue->fields[i].row->name))
			return &catalogue->fields[i];
	return NULL;
}

bool catalogue_is_writable(const struct catalogue_field *field)
{
	return strcmp(field->row->write, "self") == 0 && field->type != FIELD_PHOTO && field->is_whole;
}

unsigned catalogue_values_max(const struct catalogue_field *field)
{
	if (field->row->many)
		return CATALOGUE_VALUES;
	return field->n_values > 1 ? field->n_values : 1;
}
