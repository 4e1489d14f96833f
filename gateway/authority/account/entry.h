/* entry.h - where the account of a person lies, and how it is changed; for the files of this folder alone. */
#ifndef SPOM_AUTHORITY_ACCOUNT_ENTRY_H
#define SPOM_AUTHORITY_ACCOUNT_ENTRY_H
#include "authority/account/account.h"
#include "authority/directory/records.h"

/* The attributes of an account, in the order in which they are read. */
enum entry_attribute {
	ENTRY_GENERATION,
	ENTRY_FACTOR,
	ENTRY_FACTOR_KEY,
	ENTRY_RECOVERY,
	ENTRY_RECOVERY_MADE,
	ENTRY_ENROL_UNTIL,
	ENTRY_KNOWN_AFTER,
	ENTRY_DISTRUSTED,
	ENTRY_USER,
	ENTRY_CSN,
	ENTRY_ATTRIBUTES
};
extern const char *const ENTRY_NAMES[ENTRY_ATTRIBUTES];

/* One value more, or one less, or one in the place of all: for a change on the stack. */
#define ENTRY_CHANGE(record_how, which, text) \
	((struct record_change){ \
	    .how = (record_how), .attribute = ENTRY_NAMES[which], .values = (text), .n = 1 })

/* The DN below which accounts lie, and that of a person's. ERR_MALFORMED: an id that no person has. */
NODISCARD enum err entry_parent(struct authority *authority, struct arena *arena, const char **dn_r);
NODISCARD enum err entry_dn_of(
    struct authority *authority, struct text person, struct arena *arena, const char **dn_r);

/* Reads the attributes; ERR_NOT_FOUND: there is no entry. */
NODISCARD enum err entry_read(struct authority *authority, struct text person, struct arena *arena,
    struct attribute attributes[ENTRY_ATTRIBUTES]);

/* The number in an attribute's only value; 0 where there is none. ERR_MALFORMED. */
NODISCARD enum err entry_number(const struct attribute *attribute, uint64_t *number_r);

/* Changes an entry that is there; errors as records_modify. */
NODISCARD enum err entry_modify(struct authority *authority, struct text person,
    const struct record_change *changes, unsigned n, const char *assertion, struct arena *arena);

/* The same, and makes the entry (generation 0) where there is none. */
NODISCARD enum err entry_change(struct authority *authority, struct text person,
    const struct record_change *changes, unsigned n, const char *assertion, struct arena *arena);

#endif
