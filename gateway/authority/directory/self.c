/* Reads a person's entry with the person's own rights: the directory's rules decide what is seen, not ours. */
#include "authority/directory/directory.h"
#include "authority/directory/search.h"
#include "authority/directory/state.h"

struct reading {
	struct attribute *attributes;
	unsigned n;
	struct arena *arena;
};

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
	}
	return OK;
}

/* The names to ask for, ended by NULL, and the attributes to fill. */
static enum err prepare(struct reading *reading, const char *const *names, const char ***wanted_r)
{
	const char **wanted = arena_array(reading->arena, reading->n + 1, sizeof *wanted);
	reading->attributes = arena_array(reading->arena, reading->n, sizeof *reading->attributes);
	if (wanted == NULL || reading->attributes == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < reading->n; i++) {
		wanted[i] = names[i];
		if (!text_copy(reading->arena, text_of(names[i]), &reading->attributes[i].name))
			return ERR_NO_MEMORY;
	}
	*wanted_r = wanted;
	return OK;
}

enum err directory_read_self(struct directory *directory, const struct person *person,
    const char *const *names, unsigned n, struct arena *arena, struct attribute **attributes_r)
{
	struct reading reading = { .n = n, .arena = arena };
	const char **wanted;
	if (directory->proxy == NULL || n == 0) /* no attributes would ask for all of them */
		return directory->proxy == NULL ? ERR_CONFIG : ERR_INTERNAL;
	enum err err = prepare(&reading, names, &wanted);
	if (err != OK)
		return err;
	const struct ldapc_search search = {
		.base = text_str(person->dn),
		.scope = LDAP_SCOPE_BASE,
		.filter = "(objectClass=*)",
		.attributes = wanted,
		.as_dn = text_str(person->dn),
	};
	err = search_run(directory->proxy, &search, directory_deadline(directory), take_attributes, &reading);
	if (err == OK)
		*attributes_r = reading.attributes;
	return err;
}
