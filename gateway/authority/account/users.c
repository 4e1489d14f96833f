/* users.c - under which names people have enrolled: a person who was made anew has another id and the old name (SECURITY 14). */
#include "authority/account/entry.h"
#include "authority/authority.h"
#include "authority/directory/filter.h"

enum err account_user_note(struct authority *authority, struct text person, struct text user)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct record_change change = ENTRY_CHANGE(RECORD_REPLACE, ENTRY_USER, &user);
	return entry_change(authority, person, &change, 1, NULL, &arena);
}

static const char *of_others(struct arena *arena, struct text person, struct text user)
{
	struct filter filter;
	filter_init(&filter, arena);
	filter_syntax(&filter, "(&");
	filter_equal(&filter, ENTRY_NAMES[ENTRY_USER], user.at, user.len);
	filter_syntax(&filter, "(!");
	filter_equal(&filter, "spomPersonId", person.at, person.len);
	filter_syntax(&filter, "))");
	return filter_str(&filter);
}

enum err account_user_is_known(
    struct authority *authority, struct text person, struct text user, bool *known_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct record *records;
	const char *below;
	unsigned n = 0;
	bool more;
	const char *filter = of_others(&arena, person, user);
	enum err err = filter != NULL ? entry_parent(authority, &arena, &below) : ERR_NO_MEMORY;
	if (err == OK)
		err = records_search(authority->directory, below, filter, &ENTRY_NAMES[ENTRY_USER], 1, 1, 0,
		    &arena, &records, &n, &more);
	if (err == OK)
		*known_r = n > 0;
	return err;
}
