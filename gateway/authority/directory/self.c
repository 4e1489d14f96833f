/* self.c - reads a person's entry with the person's own rights: the directory's rules decide what is seen, not ours. */
#include "authority/directory/directory.h"
#include "authority/directory/search.h"
#include "authority/directory/state.h"

/* What tells one version of an entry from the next, the best first; the last has seconds only. */
static const char *const VERSIONS[] = { "entryCSN", "uSNChanged", "modifyTimestamp" };
#define VERSION_MAX 100

struct reading {
	struct attribute *attributes;
	unsigned n;
	struct arena *arena;
	struct text version;
};

/* name=value of the first that the person may see; absent when none is. */
static enum err take_version(struct entry entry, struct reading *reading)
{
	for (size_t i = 0; i < COUNT(VERSIONS); i++) {
		struct text value;
		enum err err = entry_text(entry, VERSIONS[i], VERSION_MAX, reading->arena, &value);
		if (err != OK)
			return err;
		if (text_is_empty(value))
			continue;
		const char *version = arena_printf(reading->arena, "%s=%s", VERSIONS[i], text_str(value));
		reading->version = text_of(version);
		return version != NULL ? OK : ERR_NO_MEMORY;
	}
	return OK;
}

static enum err take_attributes(const struct answer *answer, void *context)
{
	struct reading *reading = context;
	struct entry entry = entry_first(answer);
	if (entry.at == NULL)
		return ERR_NOT_FOUND;
	for (unsigned i = 0; i < reading->n; i++) {
		struct attribute *to = &reading->attributes[i];
		enum err err = entry_texts(entry, text_str(to->name), DIRECTORY_VALUE_MAX, reading->arena,
		    &to->values, &to->n_values);
		if (err != OK)
			return err;
		if (to->n_values == 0)
			to->other_size = entry_size(entry, text_str(to->name));
	}
	return take_version(entry, reading);
}

/* The names to ask for, ended by NULL, and the attributes to fill. */
static enum err prepare(struct reading *reading, const char *const *names, const char ***wanted_r)
{
	const char **wanted = arena_array(reading->arena, reading->n + COUNT(VERSIONS) + 1, sizeof *wanted);
	reading->attributes = arena_array(reading->arena, reading->n, sizeof *reading->attributes);
	if (wanted == NULL || reading->attributes == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < reading->n; i++) {
		wanted[i] = names[i];
		if (!text_copy(reading->arena, text_of(names[i]), &reading->attributes[i].name))
			return ERR_NO_MEMORY;
	}
	for (unsigned i = 0; i < COUNT(VERSIONS); i++)
		wanted[reading->n + i] = VERSIONS[i];
	*wanted_r = wanted;
	return OK;
}

static enum err search_self(struct directory *directory, const struct person *person, const char **wanted,
    search_take *take, void *context)
{
	const struct ldapc_search search = {
		.base = text_str(person->dn),
		.scope = LDAP_SCOPE_BASE,
		.filter = "(objectClass=*)",
		.attributes = wanted,
		.as_dn = text_str(person->dn),
	};
	return search_run(directory->proxy, &search, directory_deadline(directory), take, context);
}

enum err directory_read_self(struct directory *directory, const struct person *person,
    const char *const *names, unsigned n, struct arena *arena, struct attribute **attributes_r,
    struct text *version_r)
{
	struct reading reading = { .n = n, .arena = arena };
	const char **wanted;
	if (directory->proxy == NULL || n == 0) /* no attributes would ask for all of them */
		return directory->proxy == NULL ? ERR_CONFIG : ERR_INTERNAL;
	enum err err = prepare(&reading, names, &wanted);
	if (err == OK)
		err = search_self(directory, person, wanted, take_attributes, &reading);
	if (err != OK)
		return err == ERR_NOT_FOUND ? ERR_FORBIDDEN
					    : err; /* we have just found it; the person may not */
	*attributes_r = reading.attributes;
	*version_r = reading.version;
	return OK;
}

struct picture {
	const char *name;
	size_t max;
	struct arena *arena;
	struct bytes value;
};

static enum err take_picture(const struct answer *answer, void *context)
{
	struct picture *picture = context;
	struct entry entry = entry_first(answer);
	struct text *values;
	unsigned n = 0;
	enum err err = entry.at != NULL ? entry_values(entry, picture->name, picture->arena, &values, &n)
					: ERR_NOT_FOUND;
	if (err != OK || n == 0)
		return err != OK ? err : ERR_NOT_FOUND;
	picture->value = (struct bytes){ (const uint8_t *)values[0].at, values[0].len };
	return values[0].len <= picture->max ? OK : ERR_TOO_LARGE;
}

enum err directory_read_self_bytes(struct directory *directory, const struct person *person, const char *name,
    size_t max, struct arena *arena, struct bytes *value_r)
{
	struct picture picture = { .name = name, .max = max, .arena = arena };
	const char *wanted[] = { name, NULL };
	if (directory->proxy == NULL)
		return ERR_CONFIG;
	enum err err = search_self(directory, person, wanted, take_picture, &picture);
	if (err == OK)
		*value_r = picture.value;
	return err;
}
