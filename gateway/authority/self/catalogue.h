/* catalogue.h - the own entry as the settings' attributes have it, read as the person. */
#ifndef SPOM_AUTHORITY_SELF_CATALOGUE_H
#define SPOM_AUTHORITY_SELF_CATALOGUE_H
#include <stdbool.h>
#include "authority/call/call.h"
#include "authority/directory/directory.h"

struct conf_attribute;

#define CATALOGUE_MAX 20    /* as the settings have */
#define CATALOGUE_VALUES 5  /* of a field, as the wire has */
#define CATALOGUE_VALUE 400 /* bytes of a value, as the wire has */

struct catalogue_field {
	const struct conf_attribute *row;
	enum field_type type;
	const struct text *values; /* as people read them */
	unsigned n_values;
	bool
	    is_whole; /* these are all that the directory has, uncut: else it must not be written, or something would be lost */
};

struct catalogue {
	struct catalogue_field fields[CATALOGUE_MAX]; /* those that the person sees, in their order */
	unsigned n;
	struct text version; /* of the entry */
};

/* Reads it. A photo has one value, which says that there is one: where it is; without_photo leaves it where it is, and out. Errors as
 * directory_read_self. */
NODISCARD enum err catalogue_read(
    struct call *call, const struct person *person, struct catalogue *catalogue_r);
NODISCARD enum err catalogue_read_without_photo(
    struct call *call, const struct person *person, struct catalogue *catalogue_r);

/* The field of a name of the settings; NULL: the person sees none such. */
const struct catalogue_field *catalogue_find(const struct catalogue *catalogue, struct text name);

/* Whether the person may change it here; the directory may still say no. */
bool catalogue_is_writable(const struct catalogue_field *field);

/* How many values it may have: as many as it has, or as the settings say. */
unsigned catalogue_values_max(const struct catalogue_field *field);

#endif
