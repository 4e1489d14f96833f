/* id.h - a person's immutable id as text. objectGUID is bytes, and is written in hexadecimal; all others are text as they are. */
#ifndef SPOM_AUTHORITY_DIRECTORY_ID_H
#define SPOM_AUTHORITY_DIRECTORY_ID_H
#include "authority/directory/filter.h"
#include "authority/directory/search.h"

#define ID_MAX_BYTES 128

/* ERR_CONFIG: the entry shows not exactly one id, or one that is not printable ASCII; without it nobody can be told from anybody. */
NODISCARD enum err id_read(struct entry entry, const char *attribute, struct arena *arena, struct text *id_r);

/* Adds (attribute=id). ERR_MALFORMED: id is none that id_read gives. */
NODISCARD enum err id_filter(struct filter *filter, const char *attribute, struct text id);

#endif
