/* follow.c - new settings in a running program. */
#include <string.h>
#include "conf/conf.h"
#include "conf/ini.h"
#include "conf/rules.h"
#include "conf/table.h"

static bool same_list(const struct conf_list *a, const struct conf_list *b)
{
	bool same = a->n == b->n;
	for (unsigned i = 0; same && i < a->n; i++)
		same = strcmp(a->at[i], b->at[i]) == 0;
	return same;
}

/* Makes the value at to the one at from, unless it says the same already. */
static bool take_over(enum conf_kind kind, const void *from, void *to)
{
	size_t size = 0;
	bool same;
	switch (kind) {
	case CONF_NUMBER:
		size = sizeof(uint64_t);
		same = memcmp(from, to, size) == 0;
		break;
	case CONF_UID:
		size = sizeof(uint32_t);
		same = memcmp(from, to, size) == 0;
		break;
	case CONF_BOOL:
		size = sizeof(bool);
		same = *(const bool *)from == *(const bool *)to;
		break;
	case CONF_ORIGINS:
	case CONF_LDAP_URIS:
	case CONF_ATTRIBUTES:
	case CONF_NAMES:
	case CONF_WORDS:
		size = sizeof(struct conf_list);
		same = same_list(from, to);
		break;
	default:
		size = sizeof(const char *);
		same = strcmp(*(const char *const *)from, *(const char *const *)to) == 0;
	}
	if (!same)
		memcpy(to, from, size);
	return !same;
}

static void follow_section(const struct conf_section *section, const struct conf *old, struct conf *conf,
    conf_kept *kept, void *context)
{
	for (unsigned i = 0; i < section->n_settings; i++) {
		const struct conf_setting *setting = &section->settings[i];
		size_t offset = section->offset + setting->offset;
		if (setting->reload == CONF_RESTART &&
		    take_over(setting->kind, (const char *)old + offset, (char *)conf + offset))
			kept(setting->section, setting->key, context);
	}
}

enum err conf_follow(const struct conf *old, struct conf *conf, const char *file, conf_kept *kept,
    void *context, struct conf_fault *fault)
{
	unsigned count;
	struct conf_faults faults = { .n = 0 };
	const struct conf_section *all = conf_sections(&count);
	for (unsigned i = 0; i < count; i++)
		if (all[i].max == 0) /* sections that repeat have nothing that takes a restart */
			follow_section(&all[i], old, conf, kept, context);
	enum err err = rules_check(conf, file, &faults);
	if (err != OK)
		*fault = faults.at[0];
	return err;
}
