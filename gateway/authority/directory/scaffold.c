/* scaffold.c - so that the others link; its owner takes this file away. */
#include "authority/directory/directory.h"

enum err directory_read_self_version(struct directory *directory, const struct person *person,
    const char *const *names, unsigned n, struct arena *arena, struct attribute **attributes_r,
    struct text *version_r)
{
	(void)directory;
	(void)person;
	(void)names;
	(void)n;
	(void)arena;
	(void)attributes_r;
	(void)version_r;
	return ERR_INTERNAL;
}

enum err directory_read_self_bytes(struct directory *directory, const struct person *person, const char *name,
    size_t max, struct arena *arena, struct bytes *value_r)
{
	(void)directory;
	(void)person;
	(void)name;
	(void)max;
	(void)arena;
	(void)value_r;
	return ERR_INTERNAL;
}

enum err directory_write_self(struct directory *directory, const struct person *person, struct text version,
    const struct change *changes, unsigned n, struct arena *arena, struct write_result *result_r)
{
	(void)directory;
	(void)person;
	(void)version;
	(void)changes;
	(void)n;
	(void)arena;
	(void)result_r;
	return ERR_INTERNAL;
}

enum err directory_change_password(struct directory *directory, const struct person *person,
    struct secret old, struct secret fresh, struct arena *arena, enum password_outcome *outcome_r,
    const char **problem_r, struct text *words_r)
{
	(void)directory;
	(void)person;
	(void)old;
	(void)fresh;
	(void)arena;
	(void)outcome_r;
	(void)problem_r;
	(void)words_r;
	return ERR_INTERNAL;
}
