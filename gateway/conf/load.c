/* load.c - from a file to a struct conf, by the table. */
#include "conf/load.h"
#include <stdlib.h>
#include <string.h>
#include "conf/file.h"
#include "conf/ini.h"
#include "conf/near.h"
#include "conf/rules.h"
#include "conf/value.h"

struct loader {
	const char *file;
	struct conf *conf;
	struct ini ini;
	struct conf_faults *faults;
	bool doubtful; /* something was misspelt, which may be what seems to be missing */
	bool part;     /* a file in the making: what is missing may still come */
	bool alone;    /* what its settings must be together is not looked at */
};

#define FAULT(in, line, ...) ini_fault(ini_fault_next((in)->faults), (in)->file, (line), __VA_ARGS__)

/* The sum of two steps: memory that is out ends everything, any other fault only says that there was one. */
static enum err both(enum err all, enum err one)
{
	return all == ERR_NO_MEMORY || one == OK ? all : one;
}

static const struct conf_section *section_find(const char *name)
{
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	for (unsigned i = 0; i < count; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

static bool has_key(const struct conf_section *section, const char *key)
{
	for (unsigned i = 0; i < section->n_settings; i++)
		if (strcmp(section->settings[i].key, key) == 0)
			return true;
	return false;
}

static enum err unknown_section(struct loader *in, const struct ini_entry *entry)
{
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	struct near near = NEAR(entry->section.at);
	for (unsigned i = 0; i < count; i++)
		near_show(&near, all[i].name);
	if (near.best != NULL)
		return FAULT(
		    in, entry->line, "there is no section [%s]; did you mean [%s]?", near.typed, near.best);
	return FAULT(in, entry->line, "there is no section [%s]", near.typed);
}

static enum err unknown_key(
    struct loader *in, const struct conf_section *section, const struct ini_entry *entry)
{
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	struct near near = NEAR(entry->key.at);
	for (unsigned i = 0; i < count; i++)
		if (has_key(&all[i], near.typed))
			return FAULT(in, entry->line, "'%s' belongs to [%s], not to [%s]", near.typed,
			    all[i].name, section->name);
	for (unsigned i = 0; i < section->n_settings; i++)
		near_show(&near, section->settings[i].key);
	if (near.best != NULL)
		return FAULT(in, entry->line, "[%s] has no setting '%s'; did you mean '%s'?", section->name,
		    near.typed, near.best);
	return FAULT(in, entry->line, "[%s] has no setting '%s'", section->name, near.typed);
}

static enum err check_section_name(
    struct loader *in, const struct conf_section *section, const struct ini_entry *entry)
{
	if (section == NULL)
		return unknown_section(in, entry);
	if (section->max == 0 && entry->name.at != NULL)
		return FAULT(in, entry->line, "[%s] stands without a name of its own", section->name);
	if (section->max > 0 && entry->name.at == NULL)
		return FAULT(in, entry->line, "[%s NAME] needs a name", section->name);
	return OK;
}

/* Every section and key of the file is one of the table. Keys of a section that is wrong itself are not looked at. */
static enum err check_names(struct loader *in)
{
	enum err all = OK;
	const struct conf_section *section = NULL; /* the one that the lines are in; NULL: it is wrong */
	for (unsigned i = 0; i < in->ini.n; i++) {
		const struct ini_entry *entry = &in->ini.at[i];
		if (entry->key.at == NULL) {
			section = section_find(entry->section.at);
			enum err err = check_section_name(in, section, entry);
			if (err != OK)
				section = NULL;
			all = both(all, err);
		} else if (section != NULL && !has_key(section, entry->key.at)) {
			all = both(all, unknown_key(in, section, entry));
		}
	}
	return all;
}

static const struct ini_entry *entry_find(
    const struct ini *ini, const char *section, struct text name, const char *key)
{
	for (unsigned i = 0; i < ini->n; i++) {
		const struct ini_entry *entry = &ini->at[i];
		if (entry->key.at != NULL && text_equal_str(entry->key, key) &&
		    text_equal_str(entry->section, section) && text_equal(entry->name, name))
			return entry;
	}
	return NULL;
}

/* A fault of a setting, with its section as it stands in the file. */
static enum err setting_fault(struct loader *in, const struct conf_setting *setting, struct text name,
    unsigned line, const char *colon, const char *what)
{
	return FAULT(in, line, "[%s%s%s] %s%s%s", setting->section, name.at != NULL ? " " : "",
	    text_str(name), setting->key, colon, what);
}

/* What may still come is empty, or its default; a default that does not hold on this machine (a user who is not there yet) stays zero. */
static enum err store_later(struct loader *in, const struct conf_setting *setting, char *to)
{
	struct conf_setting lenient = *setting;
	struct value_fault fault;
	lenient.min = 0;
	enum err err =
	    value_store(&lenient, text_of(setting->standard), in->conf->arena, to + setting->offset, &fault);
	return err == ERR_CONFIG ? OK : err;
}

static enum err store_setting(
    struct loader *in, const struct conf_setting *setting, struct text name, unsigned line, char *to)
{
	const struct ini_entry *entry = entry_find(&in->ini, setting->section, name, setting->key);
	if (entry == NULL && in->part)
		return store_later(in, setting, to);
	bool missing = entry == NULL && conf_setting_is_required(setting);
	if (missing && in->doubtful)
		return ERR_CONFIG;
	if (missing)
		return setting_fault(in, setting, name, line, " must be set: ", setting->about);
	struct text value = entry != NULL ? entry->value : text_of(setting->standard);
	struct value_fault fault;
	enum err err = value_store(setting, value, in->conf->arena, to + setting->offset, &fault);
	if (err != ERR_CONFIG)
		return err;
	if (entry == NULL)
		return setting_fault(in, setting, name, line, " (not set): ", fault.text);
	return setting_fault(in, setting, name, entry->line, ": ", fault.text);
}

static enum err store_section(
    struct loader *in, const struct conf_section *section, struct text name, unsigned line, char *to)
{
	enum err all = OK;
	for (unsigned i = 0; all != ERR_NO_MEMORY && i < section->n_settings; i++)
		all = both(all, store_setting(in, &section->settings[i], name, line, to));
	return all;
}

/* [attribute a], [attribute b]: an array in the order of the file. The name is each struct's first member. */
static enum err store_family(struct loader *in, const struct conf_section *section)
{
	char *all = arena_array(in->conf->arena, section->max, section->size);
	if (all == NULL)
		return ERR_NO_MEMORY;
	unsigned n = 0;
	enum err err = OK;
	for (unsigned i = 0; i < in->ini.n; i++) {
		const struct ini_entry *entry = &in->ini.at[i];
		if (entry->key.at != NULL || entry->name.at == NULL ||
		    !text_equal_str(entry->section, section->name))
			continue;
		if (n == section->max)
			return FAULT(in, entry->line, "more than %u sections [%s ...]", n, section->name);
		char *one = all + n++ * section->size;
		memcpy(one, &entry->name.at, sizeof entry->name.at);
		err = both(err, store_section(in, section, entry->name, entry->line, one));
	}
	memcpy((char *)in->conf + section->offset, &all, sizeof all);
	memcpy((char *)in->conf + section->offset_n, &n, sizeof n);
	return err;
}

/* The line of a section's head; 0 when the file has none. */
static unsigned section_line(const struct ini *ini, const struct conf_section *section)
{
	for (unsigned i = 0; i < ini->n; i++)
		if (ini->at[i].key.at == NULL && text_equal_str(ini->at[i].section, section->name))
			return ini->at[i].line;
	return 0;
}

static enum err store_all(struct loader *in)
{
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	enum err err = OK;
	for (unsigned i = 0; err != ERR_NO_MEMORY && i < count; i++) {
		char *to = (char *)in->conf + all[i].offset;
		unsigned line = section_line(&in->ini, &all[i]);
		err = both(err, all[i].max > 0
				    ? store_family(in, &all[i])
				    : store_section(in, &all[i], (struct text){ NULL, 0 }, line, to));
	}
	return err;
}

static enum err load_text(struct loader *in, struct text bytes)
{
	enum err err = ini_read(in->file, bytes, in->conf->arena, &in->ini, in->faults);
	if (err != ERR_NO_MEMORY)
		err = both(err, check_names(in));
	in->doubtful = err != OK;
	if (err != ERR_NO_MEMORY)
		err = both(err, store_all(in));
	return err == OK && !in->alone ? rules_check(in->conf, in->file, in->faults) : err;
}

static enum err load(struct loader *in, struct arena *scratch)
{
	struct text bytes;
	struct conf_fault fault;
	enum err err = file_read(in->file, CONF_FILE_MAX, scratch, &bytes, &fault);
	if (err == OK)
		return load_text(in, bytes);
	*ini_fault_next(in->faults) = fault;
	return err;
}

static struct conf *conf_new(void)
{
	struct conf *conf = calloc(1, sizeof *conf);
	if (conf == NULL)
		return NULL;
	conf->arena = calloc(1, sizeof *conf->arena);
	if (conf->arena == NULL)
		conf_free(&conf);
	return conf;
}

enum err conf_load_all(const char *file, struct conf **conf_r, struct conf_faults *faults)
{
	CLEANUP(conf_free) struct conf *conf = conf_new();
	enum err err = ERR_NO_MEMORY;
	if (conf != NULL) {
		struct loader in = { .file = file, .conf = conf, .faults = faults };
		CLEANUP(arena_done) struct arena scratch = { 0 };
		err = load(&in, &scratch);
	}
	if (err == ERR_NO_MEMORY)
		(void)ini_fault(ini_fault_next(faults), file, 0, "%s", err_text(err));
	if (err != OK)
		return ERR_CONFIG;
	*conf_r = conf;
	conf = NULL;
	return OK;
}

static void free_faults(struct conf_faults **faults)
{
	free(*faults);
}

enum err load_part(struct text bytes, bool together, struct conf_fault *fault)
{
	CLEANUP(conf_free) struct conf *conf = conf_new();
	CLEANUP(free_faults) struct conf_faults *faults = calloc(1, sizeof *faults);
	if (conf == NULL || faults == NULL)
		return ERR_NO_MEMORY;
	struct loader in = { .conf = conf, .faults = faults, .part = true, .alone = !together };
	enum err err = load_text(&in, bytes);
	if (err == ERR_CONFIG)
		*fault = faults->at[0];
	return err;
}

enum err conf_load(const char *file, struct conf **conf_r, struct conf_fault *fault)
{
	CLEANUP(free_faults) struct conf_faults *faults = calloc(1, sizeof *faults);
	if (faults == NULL)
		return ini_fault(fault, file, 0, "%s", err_text(ERR_NO_MEMORY));
	enum err err = conf_load_all(file, conf_r, faults);
	if (err != OK)
		*fault = faults->at[0];
	return err;
}

void conf_free(struct conf **conf)
{
	if (*conf == NULL)
		return;
	if ((*conf)->arena != NULL)
		arena_done((*conf)->arena);
	free((*conf)->arena);
	free(*conf);
	*conf = NULL;
}
