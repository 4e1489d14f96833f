#include "authority/account/entry.h"
#include <string.h>
#include "authority/authority.h"
#include "base/enc.h"
#include "conf/conf.h"

#define PERSON_MAX 128

const char *const ENTRY_NAMES[ENTRY_ATTRIBUTES] = {
	[ENTRY_GENERATION] = "spomGeneration",
	[ENTRY_FACTOR] = "spomFactor",
	[ENTRY_FACTOR_KEY] = "spomFactorKey",
	[ENTRY_RECOVERY] = "spomRecovery",
	[ENTRY_RECOVERY_MADE] = "spomRecoveryMade",
	[ENTRY_ENROL_UNTIL] = "spomEnrolUntil",
	[ENTRY_KNOWN_AFTER] = "spomKnownAfter",
	[ENTRY_DISTRUSTED] = "spomDistrusted",
	[ENTRY_USER] = "spomUser",
	[ENTRY_CSN] = "entryCSN",
};

static const char *base_of(struct authority *authority)
{
	const struct conf *conf = authority->conf;
	return conf->records.base;
}

enum err entry_parent(struct authority *authority, struct arena *arena, const char **dn_r)
{
	const char *dn = arena_printf(arena, "ou=accounts,%s", base_of(authority));
	if (dn == NULL)
		return ERR_NO_MEMORY;
	*dn_r = dn;
	return OK;
}

/* A value of a DN (RFC 4514): all but letters, digits and the dash as \XX, whatever it is. */
static const char *escape(struct arena *arena, struct text value)
{
	static const char HEX[] = "0123456789abcdef";
	char *escaped = arena_alloc(arena, 3 * value.len + 1), *to = escaped;
	for (size_t i = 0; escaped != NULL && i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];
		bool plain =
		    (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
		if (plain) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '\\';
		*to++ = HEX[c >> 4];
		*to++ = HEX[c & 15];
	}
	return escaped;
}

static bool is_person(struct text person)
{
	for (size_t i = 0; i < person.len; i++) {
		if (person.at[i] <= 0x20 || person.at[i] >= 0x7f)
			return false;
	}
	return person.len > 0 && person.len <= PERSON_MAX;
}

enum err entry_dn_of(struct authority *authority, struct text person, struct arena *arena, const char **dn_r)
{
	if (!is_person(person))
		return ERR_MALFORMED;
	const char *id = escape(arena, person);
	const char *dn =
	    id != NULL ? arena_printf(arena, "spomPersonId=%s,ou=accounts,%s", id, base_of(authority)) : NULL;
	if (dn == NULL)
		return ERR_NO_MEMORY;
	*dn_r = dn;
	return OK;
}

enum err entry_read(struct authority *authority, struct text person, struct arena *arena,
    struct attribute attributes[ENTRY_ATTRIBUTES])
{
	const char *dn;
	enum err err = entry_dn_of(authority, person, arena, &dn);
	if (err != OK)
		return err;
	return records_read(authority->directory, dn, ENTRY_NAMES, ENTRY_ATTRIBUTES, arena, attributes);
}

enum err entry_number(const struct attribute *attribute, uint64_t *number_r)
{
	unsigned long long number = 0;
	if (attribute->n_values > 0 && !text_to_number(attribute->values[0], INT64_MAX, &number))
		return ERR_MALFORMED;
	*number_r = number;
	return OK;
}

enum err entry_modify(struct authority *authority, struct text person, const struct record_change *changes,
    unsigned n, const char *assertion, struct arena *arena)
{
	const char *dn;
	enum err err = entry_dn_of(authority, person, arena, &dn);
	if (err != OK)
		return err;
	return records_modify(authority->directory, dn, changes, n, assertion, arena);
}

static enum err make_parent(struct authority *authority, struct arena *arena)
{
	const char *dn;
	enum err err = entry_parent(authority, arena, &dn);
	return err == OK ? records_add_unit(authority->directory, dn, "accounts", arena) : err;
}

static enum err make_entry(
    struct authority *authority, struct text person, const char *dn, struct arena *arena)
{
	static const struct text CLASS = { "spomAccount", 11 }, ZERO = { "0", 1 };
	const struct record_change parts[] = {
		{ RECORD_ADD, "objectClass", &CLASS, 1 },
		{ RECORD_ADD, "spomPersonId", &person, 1 },
		{ RECORD_ADD, ENTRY_NAMES[ENTRY_GENERATION], &ZERO, 1 },
	};
	enum err err = records_add(authority->directory, dn, parts, COUNT(parts), arena);
	if (err == ERR_NOT_FOUND) {
		err = make_parent(authority, arena);
		if (err == OK)
			err = records_add(authority->directory, dn, parts, COUNT(parts), arena);
	}
	return err == ERR_EXISTS ? OK : err; /* another thread was faster */
}

enum err entry_change(struct authority *authority, struct text person, const struct record_change *changes,
    unsigned n, const char *assertion, struct arena *arena)
{
	const char *dn;
	enum err err = entry_dn_of(authority, person, arena, &dn);
	if (err == OK)
		err = records_modify(authority->directory, dn, changes, n, assertion, arena);
	if (err != ERR_NOT_FOUND)
		return err;
	err = make_entry(authority, person, dn, arena);
	if (err == OK)
		err = records_modify(authority->directory, dn, changes, n, assertion, arena);
	return err == ERR_NOT_FOUND ? ERR_CONFIG : err;
}
