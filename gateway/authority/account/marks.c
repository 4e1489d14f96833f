/* marks.c - the generation, what an operator opened, and what is not trusted any more. */
#include <inttypes.h>
#include <stdio.h>
#include "authority/account/entry.h"
#include "authority/directory/instant.h"

#define TRIES 8
#define NUMBER_SIZE 24

/* One try; ERR_STALE: another one was faster. */
static enum err try_raise(
    struct authority *authority, struct text person, uint64_t *generation_r, struct arena *arena)
{
	struct attribute attributes[ENTRY_ATTRIBUTES] = { 0 };
	char text[NUMBER_SIZE];
	uint64_t generation = 0;
	enum err err = entry_read(authority, person, arena, attributes);
	if (err == OK)
		err = entry_number(&attributes[ENTRY_GENERATION], &generation);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	static const struct text ZERO = { "0", 1 };
	const struct attribute *now = &attributes[ENTRY_GENERATION];
	(void)snprintf(text, sizeof text, "%" PRIu64, generation + 1);
	const struct text raised = text_of(text);
	const struct record_change changes[] = {
		ENTRY_CHANGE(RECORD_DELETE, ENTRY_GENERATION, now->n_values > 0 ? now->values : &ZERO),
		ENTRY_CHANGE(RECORD_ADD, ENTRY_GENERATION, &raised),
	};
	err = entry_change(authority, person, changes, COUNT(changes), NULL, arena);
	if (err == OK)
		*generation_r = generation + 1;
	return err;
}

enum err account_generation_raise(struct authority *authority, struct text person, uint64_t *generation_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	enum err err = ERR_STALE;
	for (unsigned i = 0; i < TRIES && err == ERR_STALE; i++)
		err = try_raise(authority, person, generation_r, &arena);
	return err == ERR_STALE ? ERR_BUSY : err;
}

/* Puts one value in the place of the attribute's, or takes it away; where there is no entry, nothing has to be. */
static enum err mark(
    struct authority *authority, struct text person, enum entry_attribute which, const char *text)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct text value = text_of(text);
	struct record_change change = ENTRY_CHANGE(RECORD_REPLACE, which, &value);
	if (text != NULL)
		return entry_change(authority, person, &change, 1, NULL, &arena);
	change.n = 0;
	enum err err = entry_modify(authority, person, &change, 1, NULL, &arena);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err mark_time(
    struct authority *authority, struct text person, enum entry_attribute which, int64_t ms)
{
	char text[INSTANT_SIZE];
	instant_write(ms, text);
	return mark(authority, person, which, ms > 0 ? text : NULL);
}

enum err account_enrol_until(struct authority *authority, struct text person, int64_t until_ms)
{
	return mark_time(authority, person, ENTRY_ENROL_UNTIL, until_ms);
}

enum err account_known_after(struct authority *authority, struct text person, int64_t after_ms)
{
	return mark_time(authority, person, ENTRY_KNOWN_AFTER, after_ms);
}

enum err account_distrust(struct authority *authority, struct text person, bool distrusted)
{
	return mark(authority, person, ENTRY_DISTRUSTED, distrusted ? "TRUE" : NULL);
}
