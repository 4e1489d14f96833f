/* shelf_reseal.c - things of former master keys, sealed anew. Each notes with which key it is sealed (spomSealedKey), so that those of
 * former keys are found without a look at all. */
#include "authority/authority.h"
#include "authority/directory/filter.h"
#include "authority/sso/shelf_entry.h"
#include "log/log.h"

#define SEARCH_MS 60000 /* without an index the directory looks at all */
#define COUNTED 1000

/* All at once, if nothing else has changed the entry: so that one that another authority puts in its place meanwhile keeps its note. */
static enum err write_anew(
    struct authority *authority, const struct record *record, const struct text *fresh, struct arena *arena)
{
	char id[KEYS_ID_TEXT_SIZE];
	keys_current_id(authority->keys, id);
	const struct text key = text_of(id);
	const struct attribute *csn = &record->attributes[SHELF_CSN];
	const struct record_change changes[] = {
		{ RECORD_REPLACE, SHELF_NAMES[SHELF_SEALED_KEY], &key, fresh != NULL },
		{ RECORD_DELETE, SHELF_NAMES[SHELF_SEALED], record->attributes[SHELF_SEALED].values, 1 },
		{ RECORD_ADD, SHELF_NAMES[SHELF_SEALED], fresh, 1 },
	};
	const char *unchanged =
	    csn->n_values > 0 ? arena_printf(arena, "(entryCSN=%s)", text_str(csn->values[0])) : NULL;
	return records_modify(authority->directory, text_str(record->dn), changes,
	    fresh != NULL ? COUNT(changes) : 1, unchanged, arena);
}

/* What cannot be opened stays, and its note is taken away: no key that we know opens it. */
static enum err reseal_one(struct authority *authority, enum shelf shelf, const struct record *found)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const void *record;
	struct text name, fresh;
	enum err err = shelf_name_of(found->dn, &name)
			   ? shelf_open(authority->keys, shelf, name, found->attributes, &arena, &record)
			   : ERR_MALFORMED;
	if (err != OK && err != ERR_MALFORMED)
		return err;
	if (err == ERR_MALFORMED) {
		log_line(LOG_LEVEL_ERROR, "shelf_broken", 0, LOG_STR("shelf", shelf_unit(shelf)),
		    LOG_TEXT("name", found->dn));
		err = write_anew(authority, found, NULL, &arena);
	} else {
		err = shelf_seal(authority->keys, shelf, name,
		    shelf_finds_of(&found->attributes[SHELF_FOUND_BY]),
		    (struct wire_any){ shelf_msg(shelf), record }, &arena, &fresh);
		if (err == OK)
			err = write_anew(authority, found, &fresh, &arena);
	}
	/* gone, or changed by somebody else: then it is found again */
	return err == ERR_NOT_FOUND || err == ERR_STALE || err == ERR_EXISTS ? OK : err;
}

/* (|(spomSealedKey=...)...) of all former keys that open; *any_r: there is one. */
static const char *of_former_keys(const struct keys *keys, struct arena *arena, bool *any_r)
{
	char id[KEYS_ID_TEXT_SIZE];
	bool names_only;
	struct filter filter;
	filter_init(&filter, arena);
	filter_syntax(&filter, "(|");
	*any_r = false;
	for (unsigned i = 1; keys_describe(keys, i, id, &names_only); i++)
		if (!names_only) {
			filter_equal(&filter, SHELF_NAMES[SHELF_SEALED_KEY], id, sizeof id - 1);
			*any_r = true;
		}
	filter_syntax(&filter, ")");
	return filter_str(&filter);
}

static enum err find(struct authority *authority, enum shelf shelf, unsigned max, struct arena *arena,
    struct record **records_r, unsigned *n_r)
{
	static const char *const NAMES[] = { "objectClass" };
	const char *below;
	bool more, any;
	const char *filter = of_former_keys(authority->keys, arena, &any);
	*n_r = 0;
	if (!any || filter == NULL)
		return any ? ERR_NO_MEMORY : OK;
	enum err err = shelf_parent(authority, shelf, arena, &below);
	if (err != OK)
		return err;
	return records_search(authority->directory, below, filter, max > 0 ? SHELF_NAMES : NAMES,
	    max > 0 ? SHELF_ATTRIBUTES : COUNT(NAMES), max > 0 ? max : COUNTED, SEARCH_MS, arena, records_r,
	    n_r, &more);
}

/* Up to max of one shelf, one at a time: a record may be large. *done_r: how many; *left_r: how many are left, counted. */
static enum err reseal_shelf(
    struct authority *authority, enum shelf shelf, unsigned max, unsigned *done_r, unsigned *left_r)
{
	struct record *records;
	unsigned n = 1, done = 0;
	enum err err = OK;
	for (; err == OK && n > 0 && done < max; done += n) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		err = find(authority, shelf, 1, &arena, &records, &n);
		if (err == OK && n > 0)
			err = reseal_one(authority, shelf, &records[0]);
	}
	CLEANUP(arena_done) struct arena arena = { 0 };
	if (err == OK)
		err = find(authority, shelf, 0, &arena, &records, &n);
	if (err == OK) {
		*done_r = done;
		*left_r = n;
	}
	return err;
}

enum err shelf_reseal(struct authority *authority, unsigned max, unsigned *left_r)
{
	unsigned left = 0;
	enum err err = OK;
	for (unsigned shelf = 0; err == OK && shelf < SHELF_COUNT_; shelf++) {
		unsigned done = 0, left_here = 0;
		err = reseal_shelf(authority, (enum shelf)shelf, max, &done, &left_here);
		max -= done;
		left += left_here;
	}
	if (err == OK)
		*left_r = left;
	return err;
}
