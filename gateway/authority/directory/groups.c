/* A person's groups, and the groups that those are in, level by level. Each group counts once, so a circle ends by itself; the depth
 * and the caller's maximum bound the rest. */
#include <strings.h>
#include "authority/directory/directory.h"
#include "authority/directory/filter.h"
#include "authority/directory/search.h"
#include "authority/directory/state.h"

#define CHUNK 64 /* members in one filter */
#define TEXT_MAX (16u * KIB)

struct climb {
	struct directory *directory;
	struct arena *arena;
	int64_t deadline_ms;
	struct group *groups; /* room for max */
	unsigned n;
	unsigned max;
	bool more;
};

static bool is_known(const struct climb *climb, struct text dn)
{
	for (unsigned i = 0; i < climb->n; i++) {
		struct text known = climb->groups[i].dn;
		if (known.len == dn.len && strncasecmp(known.at, dn.at, dn.len) == 0)
			return true;
	}
	return false;
}

static enum err read_cut(
    struct climb *climb, struct entry entry, const char *attribute, size_t max, struct text *text)
{
	struct text whole;
	enum err err = entry_text(entry, attribute, TEXT_MAX, climb->arena, &whole);
	return err == OK ? entry_cut(whole, max, climb->arena, text) : err;
}

static enum err read_group(struct climb *climb, struct entry entry, struct text dn)
{
	const struct directory_settings *settings = climb->directory->settings;
	struct group group = { .dn = dn };
	enum err err =
	    read_cut(climb, entry, settings->group_name_attribute, DIRECTORY_GROUP_NAME_MAX, &group.name);
	if (err == OK && group.name.at == NULL)
		err = entry_cut(dn, DIRECTORY_GROUP_NAME_MAX, climb->arena, &group.name);
	if (err == OK)
		err = read_cut(climb, entry, settings->group_description_attribute,
		    DIRECTORY_GROUP_DESCRIPTION_MAX, &group.description);
	if (err == OK)
		climb->groups[climb->n++] = group;
	return err;
}

static enum err take_groups(const struct answer *answer, void *context)
{
	struct climb *climb = context;
	climb->more |= answer->cut_short;
	for (struct entry entry = entry_first(answer); entry.at != NULL; entry = entry_next(entry)) {
		struct text dn;
		enum err err = entry_dn(entry, climb->arena, &dn);
		if (err == OK && !is_known(climb, dn)) {
			climb->more |= climb->n == climb->max;
			err = climb->n < climb->max ? read_group(climb, entry, dn) : OK;
		}
		if (err != OK)
			return err;
	}
	return OK;
}

/* One more than fits, so that a cut shows: those already known may come again. */
static enum err search_groups(struct climb *climb, const char *filter)
{
	const struct directory_settings *settings = climb->directory->settings;
	const char *attributes[] = { settings->group_name_attribute, settings->group_description_attribute,
		NULL };
	const struct ldapc_search search = {
		.base = settings->groups_base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = filter,
		.attributes = attributes,
		.size_limit = (int)climb->max + 1,
	};
	if (filter == NULL)
		return ERR_NO_MEMORY;
	enum err err = search_run(climb->directory->search, &search, climb->deadline_ms, take_groups, climb);
	return err == ERR_NOT_FOUND || err == ERR_FORBIDDEN ? ERR_CONFIG : err;
}

static void filter_begin(struct filter *filter, const struct climb *climb)
{
	filter_init(filter, climb->arena);
	filter_syntax(filter, "(&");
	filter_setting(filter, climb->directory->settings->groups_filter);
	filter_syntax(filter, "(|");
}

/* posixGroup holds user names and no groups. */
static bool holds_names(const char *attribute)
{
	return strcasecmp(attribute, "memberUid") == 0;
}

static bool may_nest(const struct directory_settings *settings)
{
	bool may = false;
	for (unsigned i = 0; i < settings->n_group_member_attributes; i++)
		may |= !holds_names(settings->group_member_attributes[i]);
	return may;
}

/* Groups of every kind that the person is in. */
static enum err of_person(struct climb *climb, const struct person *person)
{
	const struct directory_settings *settings = climb->directory->settings;
	struct filter filter;
	filter_begin(&filter, climb);
	for (unsigned i = 0; i < settings->n_group_member_attributes; i++) {
		const char *attribute = settings->group_member_attributes[i];
		struct text member = holds_names(attribute) ? person->user : person->dn;
		filter_equal(&filter, attribute, member.at, member.len);
	}
	filter_syntax(&filter, "))");
	return search_groups(climb, filter_str(&filter));
}

static void filter_group(struct filter *filter, const struct climb *climb, struct text dn)
{
	const struct directory_settings *settings = climb->directory->settings;
	for (unsigned i = 0; i < settings->n_group_member_attributes; i++)
		if (!holds_names(settings->group_member_attributes[i]))
			filter_equal(filter, settings->group_member_attributes[i], dn.at, dn.len);
}

/* The groups that hold those from first to end, which are at most CHUNK. */
static enum err of_groups(struct climb *climb, unsigned first, unsigned end)
{
	struct filter filter;
	filter_begin(&filter, climb);
	for (unsigned i = first; i < end; i++)
		filter_group(&filter, climb, climb->groups[i].dn);
	filter_syntax(&filter, "))");
	return search_groups(climb, filter_str(&filter));
}

/* The level above those from first to end. */
static enum err climb_level(struct climb *climb, unsigned first, unsigned end)
{
	enum err err = OK;
	while (err == OK && first < end) {
		unsigned chunk = end - first < CHUNK ? end : first + CHUNK;
		err = of_groups(climb, first, chunk);
		first = chunk;
	}
	return err;
}

static enum err climb_all(struct climb *climb, const struct person *person)
{
	const struct directory_settings *settings = climb->directory->settings;
	unsigned levels = may_nest(settings) ? settings->group_depth : 0;
	enum err err = of_person(climb, person);
	unsigned first = 0;
	for (unsigned depth = 0; err == OK && depth < levels && first < climb->n; depth++) {
		unsigned end = climb->n;
		if (climb->n == climb->max && climb->more)
			break;
		err = climb_level(climb, first, end);
		first = end;
	}
	return err;
}

enum err directory_groups(struct directory *directory, const struct person *person, unsigned max,
    struct arena *arena, struct group **groups_r, unsigned *n_r, bool *more_r)
{
	struct climb climb = {
		.directory = directory,
		.arena = arena,
		.deadline_ms = directory_deadline(directory),
		.groups = arena_array(arena, max, sizeof *climb.groups),
		.max = max,
	};
	if (climb.groups == NULL)
		return ERR_NO_MEMORY;
	enum err err = directory->settings->groups_base[0] != '\0' ? climb_all(&climb, person) : OK;
	if (err != OK)
		return err;
	*groups_r = climb.groups;
	*n_r = climb.n;
	*more_r = climb.more;
	return OK;
}
