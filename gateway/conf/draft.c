#include "conf/draft.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "conf/load.h"

struct conf_draft {
	struct arena *arena;
	unsigned n; /* of all settings of the table that stand once */
	struct row {
		const struct conf_setting *setting;
		const char *about; /* of its section */
		const char *value; /* NULL: not set */
	} * rows;
};

static unsigned count_settings(const struct conf_section *sections, unsigned n)
{
	unsigned count = 0;
	for (unsigned i = 0; i < n; i++)
		count += sections[i].max == 0 ? sections[i].n_settings : 0;
	return count;
}

enum err conf_draft_new(struct arena *arena, struct conf_draft **draft_r)
{
	unsigned n;
	const struct conf_section *sections = conf_sections(&n);
	struct conf_draft *draft = arena_alloc(arena, sizeof *draft);
	struct row *rows = arena_array(arena, count_settings(sections, n), sizeof *rows);
	if (draft == NULL || rows == NULL)
		return ERR_NO_MEMORY;
	*draft = (struct conf_draft){ .arena = arena, .rows = rows };
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; sections[i].max == 0 && j < sections[i].n_settings; j++)
			rows[draft->n++] = (struct row){ &sections[i].settings[j], sections[i].about, NULL };
	*draft_r = draft;
	return OK;
}

static struct row *row_find(const struct conf_draft *draft, const struct conf_setting *setting)
{
	for (unsigned i = 0; i < draft->n; i++)
		if (draft->rows[i].setting == setting)
			return &draft->rows[i];
	return NULL;
}

/* One line of the file, as its reader sees it. */
static enum err check_one(const struct conf_setting *setting, const char *value, struct conf_fault *fault)
{
	CLEANUP(arena_done) struct arena scratch = { 0 };
	if (strchr(value, '\n') != NULL) {
		(void)snprintf(fault->text, sizeof fault->text, "a value is one line");
		return ERR_CONFIG;
	}
	const char *line = arena_printf(&scratch, "[%s]\n%s = %s\n", setting->section, setting->key, value);
	return line != NULL ? load_part(text_of(line), false, fault) : ERR_NO_MEMORY;
}

enum err conf_draft_set(
    struct conf_draft *draft, const struct conf_setting *setting, const char *value, struct conf_fault *fault)
{
	struct row *row = row_find(draft, setting);
	if (row == NULL)
		return ERR_INTERNAL;
	const char *copy = NULL;
	enum err err = value != NULL ? check_one(setting, value, fault) : OK;
	if (err == OK && value != NULL) {
		copy = arena_copy(draft->arena, value, strlen(value));
		err = copy != NULL ? OK : ERR_NO_MEMORY;
	}
	if (err == OK)
		row->value = copy;
	return err;
}

const char *conf_draft_get(const struct conf_draft *draft, const struct conf_setting *setting)
{
	const struct row *row = row_find(draft, setting);
	return row != NULL ? row->value : NULL;
}

bool conf_draft_default_holds(const struct conf_setting *setting)
{
	struct conf_fault fault;
	return check_one(setting, setting->standard, &fault) == OK;
}

static void print_row(const struct row *row, const struct row *before, FILE *to)
{
	if (before == NULL || strcmp(before->setting->section, row->setting->section) != 0)
		(void)fprintf(
		    to, "%s# %s\n[%s]\n", before != NULL ? "\n" : "", row->about, row->setting->section);
	(void)fprintf(to, "# %s\n%s = %s\n", row->setting->about, row->setting->key, row->value);
}

static void print_all(const struct conf_draft *draft, FILE *to)
{
	const struct row *before = NULL;
	for (unsigned i = 0; i < draft->n; i++) {
		if (draft->rows[i].value == NULL)
			continue;
		print_row(&draft->rows[i], before, to);
		before = &draft->rows[i];
	}
}

enum err conf_draft_text(const struct conf_draft *draft, struct arena *arena, struct text *text_r)
{
	char *at = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&at, &len);
	if (to == NULL)
		return ERR_NO_MEMORY;
	print_all(draft, to);
	bool whole = fclose(to) == 0 && text_copy(arena, (struct text){ at, len }, text_r);
	free(at);
	return whole ? OK : ERR_NO_MEMORY;
}

enum err conf_draft_check(const struct conf_draft *draft, struct conf_fault *fault)
{
	CLEANUP(arena_done) struct arena scratch = { 0 };
	struct text text;
	enum err err = conf_draft_text(draft, &scratch, &text);
	return err == OK ? load_part(text, true, fault) : err;
}
