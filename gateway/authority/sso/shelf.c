#include "authority/sso/shelf.h"
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/directory/filter.h"
#include "authority/sso/shelf_entry.h"
#include "log/log.h"

#define FIND_MAX 1024

/* What cannot be opened was changed behind our back, or belongs to a key that is gone. */
static void tell(const char *event, enum shelf shelf, struct text name)
{
	log_line(LOG_LEVEL_ERROR, event, 0, LOG_STR("shelf", shelf_unit(shelf)), LOG_TEXT("name", name));
}

/* --- one ---------------------------------------------------------------------------------------------------------- */

static enum err open_entry(struct authority *authority, enum shelf shelf, struct text name,
    const struct attribute *attributes, struct arena *arena, const void **record_r)
{
	enum err err = shelf_open(authority->keys, shelf, name, attributes, arena, record_r);
	if (err != ERR_MALFORMED)
		return err;
	tell("shelf_broken", shelf, name);
	return ERR_STALE;
}

enum err shelf_load(struct authority *authority, enum shelf shelf, struct text name, struct arena *arena,
    const void **record_r)
{
	struct text sealed;
	return shelf_load_as(authority, shelf, name, arena, record_r, &sealed);
}

enum err shelf_load_as(struct authority *authority, enum shelf shelf, struct text name, struct arena *arena,
    const void **record_r, struct text *sealed_r)
{
	struct attribute attributes[SHELF_ATTRIBUTES];
	const char *dn;
	enum err err = shelf_dn_of(authority, shelf, name, arena, &dn);
	if (err == OK)
		err =
		    records_read(authority->directory, dn, SHELF_NAMES, SHELF_ATTRIBUTES, arena, attributes);
	if (err == OK)
		err = open_entry(authority, shelf, name, attributes, arena, record_r);
	if (err == OK)
		*sealed_r = attributes[SHELF_SEALED].values[0];
	return err;
}

/* Visible ASCII, as the attribute and its index take it. */
static bool is_find(struct text find)
{
	for (size_t i = 0; i < find.len; i++)
		if (find.at[i] <= 0x20 || find.at[i] >= 0x7f)
			return false;
	return find.len > 0 && find.len <= FIND_MAX;
}

static bool are_finds(struct shelf_finds finds)
{
	bool good = finds.n <= SHELF_FINDS_MAX;
	for (unsigned i = 0; good && i < finds.n; i++)
		good = is_find(finds.at[i]);
	return good;
}

/* Those that are found by any of the texts. ERR_STALE: more than there may be, so two have one text (logged). */
static enum err search_by(struct authority *authority, enum shelf shelf, struct shelf_finds finds,
    struct arena *arena, struct record **records_r, unsigned *n_r)
{
	struct filter filter;
	const char *below;
	bool more;
	if (finds.n == 0 || !are_finds(finds))
		return ERR_MALFORMED;
	filter_init(&filter, arena);
	filter_syntax(&filter, "(|");
	for (unsigned i = 0; i < finds.n; i++)
		filter_equal(&filter, SHELF_NAMES[SHELF_FOUND_BY], finds.at[i].at, finds.at[i].len);
	filter_syntax(&filter, ")");
	enum err err = filter_str(&filter) != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK)
		err = shelf_parent(authority, shelf, arena, &below);
	if (err == OK)
		err = records_search(authority->directory, below, filter_str(&filter), SHELF_NAMES,
		    SHELF_ATTRIBUTES, finds.n + 1, 0, arena, records_r, n_r, &more);
	if (err != OK || !more)
		return err;
	tell("shelf_ambiguous", shelf, finds.at[0]);
	return ERR_STALE;
}

static bool is_found_by(const struct record *record, struct text text)
{
	struct shelf_finds finds = shelf_finds_of(&record->attributes[SHELF_FOUND_BY]);
	for (unsigned i = 0; i < finds.n; i++)
		if (text_equal(finds.at[i], text))
			return true;
	return false;
}

/* How many of the records are found by a text; *record_r: the first of them. */
static unsigned count(
    const struct record *records, unsigned n, struct text text, const struct record **record_r)
{
	unsigned found = 0;
	for (unsigned i = n; i-- > 0;)
		if (is_found_by(&records[i], text)) {
			*record_r = &records[i];
			found++;
		}
	return found;
}

enum err shelf_find(struct authority *authority, enum shelf shelf, struct shelf_finds finds,
    struct arena *arena, const void **record_r)
{
	struct record *records;
	const struct record *record = NULL;
	struct text name;
	unsigned n, at = 0, found = 0;
	enum err err = search_by(authority, shelf, finds, arena, &records, &n);
	if (err == ERR_MALFORMED)
		return ERR_NOT_FOUND; /* nothing is found by a text that nothing can have */
	if (err != OK)
		return err;
	while (at < finds.n && (found = count(records, n, finds.at[at], &record)) == 0)
		at++;
	if (record == NULL)
		return ERR_NOT_FOUND;
	if (found > 1 || !shelf_name_of(record->dn, &name)) {
		tell("shelf_ambiguous", shelf, finds.at[at]);
		return ERR_STALE;
	}
	return open_entry(authority, shelf, name, record->attributes, arena, record_r);
}

/* --- many --------------------------------------------------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
	const struct shelf_item *a = left, *b = right;
	size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;
	int order = memcmp(a->name.at, b->name.at, len);
	return order != 0 ? order : a->name.len < b->name.len ? -1 : a->name.len > b->name.len;
}

#define READ_LIMIT (32u * MIB) /* of all entries of a shelf without their records, or of a part with them */
#define EACH_MS 10000

/* The names of all, in order. Entries of other names are none of ours. */
static enum err read_names(struct authority *authority, enum shelf shelf, struct arena *arena,
    struct shelf_item **items_r, unsigned *n_r)
{
	static const char *const NAMES[] = { "objectClass" };
	CLEANUP(arena_done) struct arena whole = { .limit = READ_LIMIT };
	const char *below, *filter = arena_printf(&whole, "(objectClass=%s)", shelf_class(shelf));
	struct record *found;
	struct text name;
	unsigned n = 0, kept = 0;
	bool more = false;
	enum err err = filter != NULL ? shelf_parent(authority, shelf, &whole, &below) : ERR_NO_MEMORY;
	if (err == OK)
		err = records_search(authority->directory, below, filter, NAMES, COUNT(NAMES), SHELF_MAX, 0,
		    &whole, &found, &n, &more);
	if (err == OK && more)
		err = ERR_TOO_LARGE;
	struct shelf_item *items = err == OK ? arena_array(arena, n, sizeof *items) : NULL;
	if (items == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++)
		if (shelf_name_of(found[i].dn, &name) && !text_copy(arena, name, &items[kept++].name))
			return ERR_NO_MEMORY;
	qsort(items, kept, sizeof *items, by_name);
	*items_r = items;
	*n_r = kept;
	return OK;
}

struct each {
	struct authority *authority;
	enum shelf shelf;
	struct arena *arena; /* of a part */
	shelf_visit *visit;
	void *context;
};

static enum err visit_record(void *context, const struct record *record)
{
	const struct each *each = context;
	struct shelf_item item = { .record = NULL };
	if (record == NULL)
		return each->visit(each->context, NULL);
	if (!shelf_name_of(record->dn, &item.name))
		return OK;
	enum err err = open_entry(
	    each->authority, each->shelf, item.name, record->attributes, each->arena, &item.record);
	return err == OK || err == ERR_STALE ? each->visit(each->context, &item) : err;
}

enum err shelf_each(
    struct authority *authority, enum shelf shelf, shelf_visit *visit, void *context, bool *more_r)
{
	CLEANUP(arena_done) struct arena part = { .limit = READ_LIMIT }, kept = { .limit = 0 };
	struct each each = { authority, shelf, &part, visit, context };
	const char *below, *filter = arena_printf(&kept, "(objectClass=%s)", shelf_class(shelf));
	enum err err = filter != NULL ? shelf_parent(authority, shelf, &kept, &below) : ERR_NO_MEMORY;
	if (err == OK)
		err = records_each(authority->directory, below, filter, SHELF_NAMES, SHELF_ATTRIBUTES,
		    EACH_MS, &part, visit_record, &each, more_r);
	return err;
}

static enum err open_item(
    struct authority *authority, enum shelf shelf, struct arena *arena, struct shelf_item *item)
{
	enum err err = shelf_load(authority, shelf, item->name, arena, &item->record);
	return err == ERR_STALE || err == ERR_NOT_FOUND ? OK : err; /* taken away meanwhile: as broken */
}

enum err shelf_list(struct authority *authority, enum shelf shelf, unsigned max, struct arena *arena,
    struct shelf_item **items_r, unsigned *n_r, bool *more_r)
{
	struct shelf_item *items;
	unsigned all;
	enum err err = read_names(authority, shelf, arena, &items, &all);
	unsigned n = err == OK && all < max ? all : max;
	for (unsigned i = 0; err == OK && i < n; i++)
		err = open_item(authority, shelf, arena, &items[i]);
	if (err != OK)
		return err;
	*items_r = items;
	*n_r = n;
	*more_r = n < all;
	return OK;
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

static enum err must_be_free(
    struct authority *authority, enum shelf shelf, struct shelf_finds finds, struct arena *arena)
{
	struct record *found;
	unsigned n = 0;
	enum err err = finds.n > 0 ? search_by(authority, shelf, finds, arena, &found, &n) : OK;
	return err == ERR_STALE || (err == OK && n > 0) ? ERR_EXISTS : err;
}

static enum err make_unit(struct authority *authority, enum shelf shelf, struct arena *arena)
{
	const char *dn;
	enum err err = shelf_parent(authority, shelf, arena, &dn);
	return err == OK ? records_add_unit(authority->directory, dn, shelf_unit(shelf), arena) : err;
}

/* Makes the unit where it is the first of its shelf. */
static enum err add_entry(struct authority *authority, enum shelf shelf, struct text name,
    const struct record_change *parts, unsigned n, struct arena *arena)
{
	const char *dn;
	enum err err = shelf_dn_of(authority, shelf, name, arena, &dn);
	if (err == OK)
		err = records_add(authority->directory, dn, parts, n, arena);
	if (err != ERR_NOT_FOUND)
		return err;
	err = make_unit(authority, shelf, arena);
	if (err == OK)
		err = records_add(authority->directory, dn, parts, n, arena);
	return err == ERR_NOT_FOUND ? ERR_CONFIG : err;
}

enum err shelf_add(struct authority *authority, enum shelf shelf, struct text name, struct shelf_finds finds,
    struct wire_any record)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct text class = text_of(shelf_class(shelf));
	char id[KEYS_ID_TEXT_SIZE];
	struct text sealed, key;
	if (!shelf_is_name(name))
		return ERR_MALFORMED;
	enum err err = must_be_free(authority, shelf, finds, &arena);
	if (err == OK)
		err = shelf_seal(authority->keys, shelf, name, finds, record, &arena, &sealed);
	if (err != OK)
		return err;
	if (!keys_id_of((struct secret){ (unsigned char *)sealed.at, sealed.len }, id))
		return ERR_INTERNAL;
	key = text_of(id);
	const struct record_change parts[] = {
		{ RECORD_ADD, "objectClass", &class, 1 },
		{ RECORD_ADD, "cn", &name, 1 },
		{ RECORD_ADD, SHELF_NAMES[SHELF_SEALED], &sealed, 1 },
		{ RECORD_ADD, SHELF_NAMES[SHELF_SEALED_KEY], &key, 1 },
		{ RECORD_ADD, SHELF_NAMES[SHELF_FOUND_BY], finds.at, finds.n },
	};
	return add_entry(authority, shelf, name, parts, COUNT(parts) - (finds.n == 0), &arena);
}

enum err shelf_replace(struct authority *authority, enum shelf shelf, struct text name, struct text sealed,
    struct wire_any record)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	char id[KEYS_ID_TEXT_SIZE];
	struct text fresh, key;
	const char *dn;
	enum err err = shelf_dn_of(authority, shelf, name, &arena, &dn);
	if (err == OK)
		err = shelf_seal(authority->keys, shelf, name, SHELF_NO_FINDS, record, &arena, &fresh);
	if (err != OK)
		return err;
	if (!keys_id_of((struct secret){ (unsigned char *)fresh.at, fresh.len }, id))
		return ERR_INTERNAL;
	key = text_of(id);
	const struct record_change changes[] = {
		{ RECORD_DELETE, SHELF_NAMES[SHELF_SEALED], &sealed, 1 },
		{ RECORD_ADD, SHELF_NAMES[SHELF_SEALED], &fresh, 1 },
		{ RECORD_REPLACE, SHELF_NAMES[SHELF_SEALED_KEY], &key, 1 },
	};
	return records_modify(authority->directory, dn, changes, COUNT(changes), NULL, &arena);
}

enum err shelf_remove(struct authority *authority, enum shelf shelf, struct text name)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const char *dn;
	enum err err = shelf_dn_of(authority, shelf, name, &arena, &dn);
	return err == OK ? records_remove(authority->directory, dn) : err;
}
