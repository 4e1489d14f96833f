/* factors.c - adding, changing and removing a factor. */
#include <string.h>
#include "authority/account/entry.h"
#include "authority/account/seal.h"
#include "authority/authority.h"

#define TRIES 4

static bool has_value(const struct attribute *attribute, struct text value)
{
	for (unsigned i = 0; i < attribute->n_values; i++) {
		if (text_equal(attribute->values[i], value))
			return true;
	}
	return false;
}

/* The value of a factor, or NULL. */
static const struct text *find(const struct attribute *factors, const struct id *factor)
{
	for (unsigned i = 0; i < factors->n_values; i++) {
		if (seal_is_of(factors->values[i], factor))
			return &factors->values[i];
	}
	return NULL;
}

struct note {
	char key[KEYS_ID_TEXT_SIZE];
	struct text text;
};

/* Notes with which key the value is sealed, if the entry does not say it. Gives how many changes that takes. */
static unsigned note_key(
    const struct attribute *attributes, struct text value, struct note *note, struct record_change *change)
{
	if (!seal_key(value, note->key))
		return 0;
	note->text = text_of(note->key);
	if (has_value(&attributes[ENTRY_FACTOR_KEY], note->text))
		return 0;
	*change = ENTRY_CHANGE(RECORD_ADD, ENTRY_FACTOR_KEY, &note->text);
	return 1;
}

/* Of an entry that may not be there. */
static enum err read_if_there(struct authority *authority, struct text person, struct arena *arena,
    struct attribute attributes[ENTRY_ATTRIBUTES])
{
	memset(attributes, 0, ENTRY_ATTRIBUTES * sizeof *attributes);
	enum err err = entry_read(authority, person, arena, attributes);
	return err == ERR_NOT_FOUND ? OK : err;
}

/* What is to be added, and what must not be there then. */
struct addition {
	const struct msg_factor_record *factor;
	struct text value;
	bool is_first;    /* no other may be there */
	const char *none; /* the directory's filter for that */
};

/* One try: ERR_STALE, ERR_EXISTS: the entry is not what it was. */
static enum err try_add(
    struct authority *authority, struct text person, const struct addition *addition, struct arena *arena)
{
	struct attribute attributes[ENTRY_ATTRIBUTES];
	struct note note;
	enum err err = read_if_there(authority, person, arena, attributes);
	if (err != OK)
		return err;
	const struct attribute *there = &attributes[ENTRY_FACTOR];
	if (has_value(there, addition->value))
		return OK; /* by a try whose answer was lost */
	if (find(there, &addition->factor->id) != NULL || (addition->is_first && there->n_values > 0))
		return ERR_NOT_FOUND; /* stands for: no try can help */
	if (there->n_values >= ACCOUNT_FACTORS_MAX)
		return ERR_TOO_LARGE;
	struct record_change changes[2] = { ENTRY_CHANGE(RECORD_ADD, ENTRY_FACTOR, &addition->value) };
	unsigned n = 1 + note_key(attributes, addition->value, &note, &changes[1]);
	return entry_change(authority, person, changes, n, addition->none, arena);
}

static enum err add(struct authority *authority, struct text person, const struct msg_factor_record *factor,
    bool is_first, struct arena *arena)
{
	struct addition addition = { .factor = factor, .is_first = is_first };
	enum err err = seal_factor(authority->keys, person, factor, arena, &addition.value);
	if (err != OK)
		return err;
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&factor->id, id);
	addition.none = is_first ? "(!(spomFactor=*))" : arena_printf(arena, "(!(spomFactor=%s:*))", id);
	if (addition.none == NULL)
		return ERR_NO_MEMORY;
	err = ERR_STALE;
	for (unsigned i = 0; i < TRIES && (err == ERR_STALE || err == ERR_EXISTS); i++)
		err = try_add(authority, person, &addition, arena);
	return err == ERR_NOT_FOUND ? ERR_EXISTS : err;
}

enum err account_factor_add(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	return add(authority, person, factor, false, &arena);
}

enum err account_factor_add_first(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	return add(authority, person, factor, true, &arena);
}

/* One try; ERR_STALE: the value is not what it was. */
static enum err try_change(struct authority *authority, struct text person,
    const struct msg_factor_record *factor, struct text value, struct arena *arena)
{
	struct attribute attributes[ENTRY_ATTRIBUTES];
	struct note note;
	enum err err = entry_read(authority, person, arena, attributes);
	if (err != OK)
		return err;
	if (has_value(&attributes[ENTRY_FACTOR], value))
		return OK;
	const struct text *old = find(&attributes[ENTRY_FACTOR], &factor->id);
	if (old == NULL)
		return ERR_NOT_FOUND;
	struct record_change changes[3] = {
		ENTRY_CHANGE(RECORD_DELETE, ENTRY_FACTOR, old),
		ENTRY_CHANGE(RECORD_ADD, ENTRY_FACTOR, &value),
	};
	unsigned n = 2 + note_key(attributes, value, &note, &changes[2]);
	err = entry_modify(authority, person, changes, n, NULL, arena);
	return err == ERR_EXISTS ? ERR_STALE : err;
}

enum err account_factor_change(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text value;
	enum err err = seal_factor(authority->keys, person, factor, &arena, &value);
	if (err != OK)
		return err;
	err = ERR_STALE;
	for (unsigned i = 0; i < TRIES && err == ERR_STALE; i++) /* it may have been sealed anew meanwhile */
		err = try_change(authority, person, factor, value, &arena);
	return err;
}

static enum err try_remove(
    struct authority *authority, struct text person, const struct id *factor, struct arena *arena)
{
	struct attribute attributes[ENTRY_ATTRIBUTES];
	enum err err = entry_read(authority, person, arena, attributes);
	if (err != OK)
		return err;
	const struct text *old = find(&attributes[ENTRY_FACTOR], factor);
	if (old == NULL)
		return ERR_NOT_FOUND;
	const struct record_change change = ENTRY_CHANGE(RECORD_DELETE, ENTRY_FACTOR, old);
	return entry_modify(authority, person, &change, 1, NULL, arena);
}

enum err account_factor_remove(struct authority *authority, struct text person, const struct id *factor)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	enum err err = ERR_STALE;
	for (unsigned i = 0; i < TRIES && err == ERR_STALE; i++)
		err = try_remove(authority, person, factor, &arena);
	return err;
}
