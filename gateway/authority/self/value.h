/* value.h - what a field of the profile takes, by its type and the settings. The directory's own rules come behind. */
#ifndef SPOM_AUTHORITY_SELF_VALUE_H
#define SPOM_AUTHORITY_SELF_VALUE_H
#include "authority/self/catalogue.h"

/* What a person typed, without the blanks around it. */
struct text value_trim(struct text value);

/* Why the value (trimmed, not empty) cannot be taken: a text id; NULL when it can. */
const char *value_objection(const struct catalogue_field *field, struct text value);

/* The same for a name that a person gives to something. */
const char *value_objection_to_name(struct text name);

#endif
