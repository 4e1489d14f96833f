/* reseal.c - factors of former master keys, sealed anew. An entry notes with which keys its factors are sealed (spomFactorKey),
 * so that those of former keys are found without a look at all. */
#include <stdlib.h>
#include <string.h>
#include "authority/account/entry.h"
#include "authority/account/seal.h"
#include "authority/authority.h"
#include "log/log.h"

#define SEARCH_MS 60000 /* without an index the directory looks at every account */
#define COUNTED 1000
#define CHANGES_MAX 4

/* One account whose factors are sealed anew: those of another key than the current one, by the values that they have now. */
struct work {
	struct authority *authority;
	struct arena *arena;
	struct text person;
	struct text *old, *fresh;
	unsigned n;
	unsigned broken;
};

static enum err seal_anew(struct work *work, const struct attribute *factors)
{
	work->old = arena_array(work->arena, factors->n_values + 1, sizeof *work->old);
	work->fresh = arena_array(work->arena, factors->n_values + 1, sizeof *work->fresh);
	if (work->old == NULL || work->fresh == NULL)
		return ERR_NO_MEMORY;
	const struct keys *keys = work->authority->keys;
	for (unsigned i = 0; i < factors->n_values; i++) {
		const struct msg_factor_record *factor;
		if (seal_is_current(keys, factors->values[i]))
			continue;
		enum err err = seal_open_factor(keys, work->person, factors->values[i], work->arena, &factor);
		if (err == OK)
			err = seal_factor(keys, work->person, factor, work->arena, &work->fresh[work->n]);
		if (err == OK)
			work->old[work->n++] = factors->values[i];
		work->broken += err == ERR_MALFORMED;
		if (err != OK && err != ERR_MALFORMED)
			return err;
	}
	return OK;
}

/* All at once, if nothing else has changed the entry: so that a factor that another authority seals with a former key meanwhile keeps its
 * note. What cannot be opened stays, and its note is taken away: no key that we know opens it. */
static enum err write_anew(struct work *work, const struct attribute *attributes)
{
	char id[KEYS_ID_TEXT_SIZE];
	keys_current_id(work->authority->keys, id);
	const struct text key = text_of(id);
	const struct attribute *csn = &attributes[ENTRY_CSN];
	struct record_change changes[CHANGES_MAX];
	unsigned n = 0;
	if (work->n > 0) {
		changes[n++] =
		    (struct record_change){ RECORD_DELETE, ENTRY_NAMES[ENTRY_FACTOR], work->old, work->n };
		changes[n++] =
		    (struct record_change){ RECORD_ADD, ENTRY_NAMES[ENTRY_FACTOR], work->fresh, work->n };
	}
	changes[n++] = (struct record_change){ RECORD_REPLACE, ENTRY_NAMES[ENTRY_FACTOR_KEY], &key,
		attributes[ENTRY_FACTOR].n_values > 0 };
	const char *unchanged =
	    csn->n_values > 0 ? arena_printf(work->arena, "(entryCSN=%s)", text_str(csn->values[0])) : NULL;
	return entry_modify(work->authority, work->person, changes, n, unchanged, work->arena);
}

static enum err reseal_one(struct authority *authority, struct text person)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct attribute attributes[ENTRY_ATTRIBUTES];
	struct work work = { .authority = authority, .arena = &arena, .person = person };
	enum err err = entry_read(authority, person, &arena, attributes);
	if (err == OK)
		err = seal_anew(&work, &attributes[ENTRY_FACTOR]);
	if (err == OK)
		err = write_anew(&work, attributes);
	if (work.broken > 0)
		log_line(LOG_LEVEL_ERROR, "factor_broken", 0, LOG_TEXT("person", person));
	/* gone, or changed by somebody else: then it is found again */
	return err == ERR_NOT_FOUND || err == ERR_STALE || err == ERR_EXISTS ? OK : err;
}

/* (|(spomFactorKey=...)...) of all former keys that open; an empty text: there is none. NULL: no memory. */
static const char *of_former_keys(const struct keys *keys, struct arena *arena)
{
	char id[KEYS_ID_TEXT_SIZE];
	bool names_only;
	const char *filter = "";
	for (unsigned i = 1; filter != NULL && keys_describe(keys, i, id, &names_only); i++)
		if (!names_only)
			filter = arena_printf(arena, "%s(spomFactorKey=%s)", filter, id);
	return filter != NULL && filter[0] != '\0' ? arena_printf(arena, "(|%s)", filter) : filter;
}

static enum err find(
    struct authority *authority, struct arena *arena, struct record **records_r, unsigned *n_r)
{
	static const char *const NAMES[] = { "spomPersonId" };
	const char *below;
	bool more;
	const char *filter = of_former_keys(authority->keys, arena);
	*n_r = 0;
	if (filter != NULL && filter[0] == '\0')
		return OK;
	enum err err = entry_parent(authority, arena, &below);
	if (err != OK || filter == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	return records_search(authority->directory, below, filter, NAMES, COUNT(NAMES), COUNTED, SEARCH_MS,
	    arena, records_r, n_r, &more);
}

enum err account_reseal(struct authority *authority, unsigned max, unsigned *left_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct record *records;
	unsigned n;
	enum err err = find(authority, &arena, &records, &n);
	for (unsigned i = 0; err == OK && i < n && i < max; i++)
		err = reseal_one(authority, records[i].attributes[0].values[0]);
	if (err == OK)
		err = find(authority, &arena, &records, &n);
	if (err == OK)
		*left_r = n;
	return err;
}
