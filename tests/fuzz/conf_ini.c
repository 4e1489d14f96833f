/* conf_ini.c - a settings file: its syntax, and each value for the setting that it names. */
#include <stdlib.h>
#include <string.h>
#include "conf/ini.h"
#include "conf/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Room for a value of any kind. */
union value {
	struct conf_list list;
	const char *string;
	uint64_t number;
};

static void try_value(const struct ini_entry *entry, const struct conf_section *section, struct arena *arena)
{
	for (unsigned i = 0; i < section->n_settings; i++) {
		const struct conf_setting *setting = &section->settings[i];
		union value value;
		struct value_fault fault = { "" };
		if (setting->kind == CONF_UID || !text_equal_str(entry->key, setting->key))
			continue;
		enum err err = value_store(setting, entry->value, arena, &value, &fault);
		if (err == ERR_CONFIG && fault.text[0] == '\0')
			abort(); /* nobody would know what is wrong */
	}
}

static void try_entry(const struct ini_entry *entry, struct arena *arena)
{
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	if (entry->line == 0 || memchr(text_str(entry->value), 0, entry->value.len) != NULL)
		abort();
	for (unsigned i = 0; entry->key.at != NULL && i < count; i++)
		if (text_equal_str(entry->section, all[i].name))
			try_value(entry, &all[i], arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	static struct conf_faults faults;
	struct ini ini = { NULL, 0 };
	const char *bytes = arena_copy(&arena, data, size);
	if (bytes == NULL)
		return 0;
	faults.n = 0;
	enum err err = ini_read("x", (struct text){ bytes, size }, &arena, &ini, &faults);
	if ((err == ERR_CONFIG) != (faults.n > 0) || faults.n > CONF_FAULTS_MAX)
		abort();
	for (unsigned i = 0; i < faults.n; i++)
		if (strncmp(faults.at[i].text, "x:", 2) != 0)
			abort();
	for (unsigned i = 0; err != ERR_NO_MEMORY && i < ini.n; i++)
		try_entry(&ini.at[i], &arena);
	arena_done(&arena);
	return 0;
}
