#include "fake_directory.h"
#include <string.h>

static const struct fake {
	const char *id, *user, *name, *mail, *password;
	enum bind_outcome outcome;
	int expires_s;
} PEOPLE[] = {
	{ "id-ada", "ada", "Ada Lovelace", "ada@example.edu", "lovelace", BIND_OK, -1 },
	{ "id-bob", "bob", "Bob", "bob@example.edu", "builder", BIND_LOCKED, -1 },
	{ "id-eve", "eve", "Eve", "eve@example.edu", "initial", BIND_MUST_CHANGE, -1 },
	{ "id-max", "max", "Max Planck", "max@example.edu", "planck", BIND_OK, 3 * 86400 },
};

static _Atomic enum err failing;
static _Atomic unsigned finds, binds;

void fake_directory_fails(enum err err)
{
	failing = err;
}

void fake_directory_count(unsigned *finds_r, unsigned *binds_r)
{
	*finds_r = finds;
	*binds_r = binds;
	finds = binds = 0;
}

enum err directory_new(const struct conf *conf, struct directory **directory_r)
{
	(void)conf;
	*directory_r = NULL;
	return OK;
}

enum err directory_reload(struct directory *directory, const struct conf *conf)
{
	(void)directory;
	(void)conf;
	return OK;
}

void directory_free(struct directory **directory)
{
	*directory = NULL;
}

static void fill(const struct fake *fake, struct person *person)
{
	*person = (struct person){ text_of(fake->id), text_of(fake->id), text_of(fake->user),
		text_of(fake->name), text_of(fake->mail) };
}

enum err directory_find(struct directory *directory, struct text name, enum directory_names names,
    struct arena *arena, struct person *person_r)
{
	(void)directory;
	(void)arena;
	finds++;
	if (failing != OK)
		return failing;
	for (size_t i = 0; i < COUNT(PEOPLE); i++)
		if (text_equal_str(name, PEOPLE[i].user) ||
		    (names == DIRECTORY_NAMES_ALIASES && text_equal_str(name, PEOPLE[i].mail))) {
			fill(&PEOPLE[i], person_r);
			return OK;
		}
	return ERR_NOT_FOUND;
}

enum err directory_find_id(
    struct directory *directory, struct text id, struct arena *arena, struct person *person_r)
{
	(void)directory;
	(void)arena;
	if (failing != OK)
		return failing;
	for (size_t i = 0; i < COUNT(PEOPLE); i++)
		if (text_equal_str(id, PEOPLE[i].id)) {
			fill(&PEOPLE[i], person_r);
			return OK;
		}
	return ERR_NOT_FOUND;
}

enum err directory_bind(struct directory *directory, const struct person *person, struct secret password,
    struct bind_result *result_r)
{
	(void)directory;
	binds++;
	if (failing != OK)
		return failing;
	*result_r = (struct bind_result){ BIND_REFUSED, -1, -1 };
	for (size_t i = 0; person != NULL && i < COUNT(PEOPLE); i++) {
		if (!text_equal_str(person->id, PEOPLE[i].id))
			continue;
		const char *right = PEOPLE[i].password;
		bool proved = password.len == strlen(right) && memcmp(password.at, right, password.len) == 0;
		if (proved || PEOPLE[i].outcome == BIND_LOCKED)
			*result_r = (struct bind_result){ PEOPLE[i].outcome, PEOPLE[i].expires_s, -1 };
	}
	return OK;
}

enum err directory_may_enter(
    struct directory *directory, const struct person *person, struct arena *arena, bool *may_r)
{
	(void)directory;
	(void)arena;
	*may_r = !text_equal_str(person->id, "id-bob");
	return failing;
}

enum err directory_read_self(struct directory *directory, const struct person *person,
    const char *const *names, unsigned n, struct arena *arena, struct attribute **attributes_r)
{
	(void)directory;
	struct attribute *found = arena_array(arena, n, sizeof *found);
	struct text *value = arena_array(arena, 1, sizeof *value);
	if (found == NULL || value == NULL)
		return ERR_NO_MEMORY;
	*value = person->mail;
	for (unsigned i = 0; i < n; i++)
		found[i] = (struct attribute){ text_of(names[i]), value, strcmp(names[i], "mail") == 0 };
	*attributes_r = found;
	return failing;
}

enum err directory_groups(struct directory *directory, const struct person *person, unsigned max,
    struct arena *arena, struct group **groups_r, unsigned *n_r, bool *more_r)
{
	(void)directory;
	(void)person;
	(void)max;
	struct group *groups = arena_array(arena, 2, sizeof *groups);
	if (groups == NULL)
		return ERR_NO_MEMORY;
	groups[0].name = text_of("staff");
	groups[1].name = text_of("a,b");
	*groups_r = groups;
	*n_r = 2;
	*more_r = false;
	return failing;
}

bool directory_is_well(struct directory *directory)
{
	(void)directory;
	return failing == OK;
}
