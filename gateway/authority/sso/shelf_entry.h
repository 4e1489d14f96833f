/* shelf_entry.h - where a thing of the shelf lies, and how it is sealed; for the files of shelf.h alone. */
#ifndef SPOM_AUTHORITY_SSO_SHELF_ENTRY_H
#define SPOM_AUTHORITY_SSO_SHELF_ENTRY_H
#include "authority/directory/records.h"
#include "authority/keys/keys.h"
#include "authority/sso/shelf.h"

/* The attributes of an entry, in the order in which they are read. */
enum shelf_attribute { SHELF_SEALED, SHELF_SEALED_KEY, SHELF_FOUND_BY, SHELF_CSN, SHELF_ATTRIBUTES };
extern const char *const SHELF_NAMES[SHELF_ATTRIBUTES];

/* The class of a shelf's entries, and the name of their unit. */
const char *shelf_class(enum shelf shelf);
const char *shelf_unit(enum shelf shelf);

/* The DN below which things of a shelf lie, and that of one. ERR_MALFORMED: a name that is none. */
NODISCARD enum err shelf_parent(
    struct authority *authority, enum shelf shelf, struct arena *arena, const char **dn_r);
NODISCARD enum err shelf_dn_of(
    struct authority *authority, enum shelf shelf, struct text name, struct arena *arena, const char **dn_r);

/* The name in a DN; borrows it. False: it is not one of ours. */
bool shelf_name_of(struct text dn, struct text *name_r);

/* The value of spomSealed: the record sealed with the shelf, the name and the texts by which it is found, in whatever order, as associated
 * data. ERR_INTERNAL: a record of another shelf. */
NODISCARD enum err shelf_seal(const struct keys *keys, enum shelf shelf, struct text name,
    struct shelf_finds finds, struct wire_any record, struct arena *arena, struct text *value_r);

/* Opens what was read of the entry of that name. ERR_MALFORMED: it cannot be opened, or is not as it was put there. */
NODISCARD enum err shelf_open(const struct keys *keys, enum shelf shelf, struct text name,
    const struct attribute *attributes, struct arena *arena, const void **record_r);

/* The texts of an entry's spomFoundBy. */
struct shelf_finds shelf_finds_of(const struct attribute *found_by);

/* The descriptor of a shelf's records. */
const struct wire_msg *shelf_msg(enum shelf shelf);

#endif
