/* From a name, or an id, to the one person. One search each time, whether there is somebody or not. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include "authority/directory/directory.h"
#include "authority/directory/filter.h"
#include "authority/directory/id.h"
#include "authority/directory/instant.h"
#include "authority/directory/name.h"
#include "authority/directory/search.h"
#include "authority/directory/state.h"

#define USER_MAX 256
#define MAIL_MAX 256
#define LANGUAGE_MAX 64
#define INSTANT_MAX 32
#define ATTRIBUTES_MAX 8
#define ENTRY_VALUE_MAX (32u * KIB)

struct look_up {
	const struct directory *directory;
	struct text typed; /* absent when an id was looked up */
	struct arena *arena;
	bool answered; /* the directory looked, whatever it found */
	struct person person;
};

static bool is_same_name(struct text a, struct text b)
{
	return a.len == b.len && a.len > 0 && strncasecmp(a.at, b.at, a.len) == 0;
}

/* The uid; where an entry has several, the one that was typed. */
static enum err read_user(struct look_up *look_up, struct entry entry)
{
	struct text *values;
	unsigned n;
	const char *attribute = look_up->directory->settings->name_attributes[0];
	enum err err = entry_texts(entry, attribute, USER_MAX, look_up->arena, &values, &n);
	for (unsigned i = 0; err == OK && i < n; i++) {
		if (values[i].len == 0 || text_has_control(values[i].at, values[i].len, false))
			continue;
		if (look_up->person.user.at == NULL || is_same_name(values[i], look_up->typed))
			look_up->person.user = values[i];
	}
	return err == OK && look_up->person.user.at == NULL ? ERR_NOT_FOUND : err;
}

static enum err read_name(struct look_up *look_up, struct entry entry)
{
	const char *const attributes[] = { look_up->directory->settings->display_name_attribute, "cn" };
	struct text name = { 0 };
	for (size_t i = 0; i < COUNT(attributes) && text_is_empty(name); i++) {
		enum err err = entry_text(entry, attributes[i], ENTRY_VALUE_MAX, look_up->arena, &name);
		if (err != OK)
			return err;
	}
	if (text_is_empty(name))
		name = look_up->person.user;
	return entry_cut(name, DIRECTORY_NAME_MAX, look_up->arena, &look_up->person.name);
}

/* What is not in every directory: an attribute without a name is not there. */
static enum err read_more(struct look_up *look_up, struct entry entry)
{
	const struct directory_settings *settings = look_up->directory->settings;
	struct person *person = &look_up->person;
	struct text since = { 0 };
	enum err err = OK;
	if (settings->language_attribute[0] != '\0')
		err = entry_text(
		    entry, settings->language_attribute, LANGUAGE_MAX, look_up->arena, &person->language);
	if (err == OK && settings->activated_attribute[0] != '\0')
		err = entry_text(entry, settings->activated_attribute, INSTANT_MAX, look_up->arena, &since);
	if (since.at != NULL && !instant_read(since, &person->activated_ms))
		person->activated_ms = 0;
	return err;
}

static enum err read_person(struct look_up *look_up, struct entry entry)
{
	const struct directory_settings *settings = look_up->directory->settings;
	struct person *person = &look_up->person;
	enum err err = entry_dn(entry, look_up->arena, &person->dn);
	if (err == OK)
		err = id_read(entry, settings->id_attribute, look_up->arena, &person->id);
	if (err == OK)
		err = read_user(look_up, entry);
	if (err == OK)
		err = read_name(look_up, entry);
	if (err == OK)
		err = entry_text(entry, settings->mail_attribute, MAIL_MAX, look_up->arena, &person->mail);
	return err == OK ? read_more(look_up, entry) : err;
}

/* Two people of one name are nobody: neither may be mistaken for the other. */
static enum err take_one(const struct answer *answer, void *context)
{
	struct look_up *look_up = context;
	look_up->answered = true;
	if (answer->n != 1 || answer->cut_short)
		return ERR_NOT_FOUND;
	return read_person(look_up, entry_first(answer));
}

/* That the people's base is not there, or not to be searched, is not the person's fault. */
static enum err fault_of(enum err err, bool answered)
{
	bool is_fault = err == ERR_FORBIDDEN || (err == ERR_NOT_FOUND && !answered);
	return is_fault ? ERR_CONFIG : err;
}

/* What to ask for: those that have a name, ended by NULL. */
static void name_attributes(const struct directory_settings *settings, const char *names[ATTRIBUTES_MAX])
{
	const char *const wanted[] = { settings->name_attributes[0], settings->id_attribute,
		settings->display_name_attribute, "cn", settings->mail_attribute,
		settings->language_attribute, settings->activated_attribute };
	unsigned n = 0;
	_Static_assert(COUNT(wanted) < ATTRIBUTES_MAX, "room for the end");
	for (size_t i = 0; i < COUNT(wanted); i++) {
		if (wanted[i][0] != '\0')
			names[n++] = wanted[i];
	}
	names[n] = NULL;
}

static enum err search_one(struct directory *directory, struct look_up *look_up, const char *filter)
{
	const struct directory_settings *settings = directory->settings;
	const char *attributes[ATTRIBUTES_MAX];
	struct ldapc_search search = {
		.base = settings->people_base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = filter,
		.attributes = attributes,
		.size_limit = 2,
	};
	if (filter == NULL)
		return ERR_NO_MEMORY;
	name_attributes(settings, attributes);
	enum err err =
	    search_run(directory->search, &search, directory_deadline(directory), take_one, look_up);
	return fault_of(err, look_up->answered);
}

static void any_name(struct filter *filter, const struct directory_settings *settings,
    enum directory_names names, struct text name)
{
	unsigned n = names == DIRECTORY_NAMES_ALIASES ? settings->n_name_attributes : 1;
	filter_syntax(filter, "(&");
	filter_setting(filter, settings->people_filter);
	filter_syntax(filter, "(|");
	for (unsigned i = 0; i < n; i++)
		filter_equal(filter, settings->name_attributes[i], name.at, name.len);
	filter_syntax(filter, "))");
}

enum err directory_find(struct directory *directory, struct text name, enum directory_names names,
    struct arena *arena, struct person *person_r)
{
	struct look_up look_up = { .directory = directory, .arena = arena };
	struct filter filter;
	enum err err = name_normalise(name, &look_up.typed);
	if (err != OK)
		return err;
	filter_init(&filter, arena);
	any_name(&filter, directory->settings, names, look_up.typed);
	err = search_one(directory, &look_up, filter_str(&filter));
	if (err == OK)
		*person_r = look_up.person;
	return err;
}

enum err directory_find_id(
    struct directory *directory, struct text id, struct arena *arena, struct person *person_r)
{
	struct look_up look_up = { .directory = directory, .arena = arena };
	struct filter filter;
	filter_init(&filter, arena);
	filter_syntax(&filter, "(&");
	filter_setting(&filter, directory->settings->people_filter);
	enum err err = id_filter(&filter, directory->settings->id_attribute, id);
	filter_syntax(&filter, ")");
	if (err == OK)
		err = search_one(directory, &look_up, filter_str(&filter));
	if (err == OK)
		*person_r = look_up.person;
	return err;
}

enum err directory_find_uid(
    struct directory *directory, uint32_t uid, struct arena *arena, struct person *person_r)
{
	const struct directory_settings *settings = directory->settings;
	struct look_up look_up = { .directory = directory, .arena = arena };
	struct filter filter;
	const char *number = arena_printf(arena, "%" PRIu32, uid);
	if (settings->uid_number_attribute[0] == '\0')
		return ERR_CONFIG;
	if (number == NULL)
		return ERR_NO_MEMORY;
	filter_init(&filter, arena);
	filter_syntax(&filter, "(&");
	filter_setting(&filter, settings->people_filter);
	filter_equal(&filter, settings->uid_number_attribute, number, strlen(number));
	filter_syntax(&filter, ")");
	enum err err = search_one(directory, &look_up, filter_str(&filter));
	if (err == OK)
		*person_r = look_up.person;
	return err;
}
