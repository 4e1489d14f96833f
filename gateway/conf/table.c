#include "conf/table.h"
#include <string.h>
#include "conf/conf.h"

/* clang-format off */
#define SECTION(section, about) static const struct conf_setting section##_rows[] = {
#define SECTION_END(section) };
#define FAMILY(section, plural, max, about) SECTION(section, about)
#define FAMILY_END(section, plural) };
#define SETTING(section, key, kind, standard, min, max, who, reload, about) \
	{ #section, #key, CONF_##kind, CONF_##who, CONF_##reload, standard, min, max, \
	    offsetof(struct conf_##section, key), about },
#include "conf/settings.def"
#include "conf/undef.def"

#define SECTION(section, about) \
	{ #section, about, section##_rows, COUNT(section##_rows), offsetof(struct conf, section), 0, \
	    sizeof(struct conf_##section), 0 },
#define SECTION_END(section)
#define FAMILY(section, plural, max, about) \
	{ #section, about, section##_rows, COUNT(section##_rows), offsetof(struct conf, plural), \
	    offsetof(struct conf, n_##plural), sizeof(struct conf_##section), max },
#define FAMILY_END(section, plural)
#define SETTING(section, key, kind, standard, min, max, who, reload, about)
static const struct conf_section SECTIONS[] = {
#include "conf/settings.def"
};
#include "conf/undef.def"
/* clang-format on */

static const char *const KINDS[CONF_KIND_COUNT_] = {
	[CONF_STRING] = "text",
	[CONF_NAME] = "name",
	[CONF_PATH] = "path",
	[CONF_NUMBER] = "number",
	[CONF_BOOL] = "yes or no",
	[CONF_ORIGIN] = "origin",
	[CONF_ORIGINS] = "list of origins",
	[CONF_LDAP_URIS] = "list of LDAP URIs",
	[CONF_COLOUR] = "colour",
	[CONF_ZONE] = "time zone",
	[CONF_UID] = "user",
	[CONF_FILTER] = "LDAP filter",
	[CONF_ATTRIBUTE] = "LDAP attribute",
	[CONF_ATTRIBUTES] = "list of LDAP attributes",
	[CONF_NAMES] = "list of names",
	[CONF_WORDS] = "list of words",
	[CONF_NETWORKS] = "list of networks",
	[CONF_FIELD] = "kind of field",
	[CONF_ACCESS] = "self or nobody",
	[CONF_LEVEL] = "level",
	[CONF_PATTERN] = "regular expression",
};

const struct conf_section *conf_sections(unsigned *count_r)
{
	*count_r = COUNT(SECTIONS);
	return SECTIONS;
}

const struct conf_setting *conf_setting_find(const char *section, const char *key)
{
	for (size_t i = 0; i < COUNT(SECTIONS); i++)
		for (unsigned j = 0; strcmp(SECTIONS[i].name, section) == 0 && j < SECTIONS[i].n_settings;
		     j++)
			if (strcmp(SECTIONS[i].settings[j].key, key) == 0)
				return &SECTIONS[i].settings[j];
	return NULL;
}

bool conf_setting_is_required(const struct conf_setting *setting)
{
	return setting->standard[0] == '\0' && setting->min > 0;
}

const char *conf_kind_text(enum conf_kind kind)
{
	return (unsigned)kind < CONF_KIND_COUNT_ ? KINDS[kind] : "?";
}

const char *conf_who_text(enum conf_who who)
{
	static const char *const TEXTS[] = { "authority", "front", "gate", "all", "courier" };
	return (unsigned)who < COUNT(TEXTS) ? TEXTS[who] : "?";
}

const char *conf_reload_text(enum conf_reload reload)
{
	static const char *const TEXTS[] = { "restart", "reload" };
	return (unsigned)reload < COUNT(TEXTS) ? TEXTS[reload] : "?";
}
