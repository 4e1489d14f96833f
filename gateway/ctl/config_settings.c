#include <stdio.h>
#include "conf/table.h"
#include "ctl/ctl.h"
#include "ctl/quote.h"

static void text_setting(const struct conf_setting *setting)
{
	(void)printf("  %s = %s\n      %s\n      %s", setting->key,
	    conf_setting_is_required(setting) ? "(must be set)" : setting->standard, setting->about,
	    conf_kind_text(setting->kind));
	if (setting->kind == CONF_NUMBER)
		(void)printf(
		    ", %llu to %llu", (unsigned long long)setting->min, (unsigned long long)setting->max);
	(void)printf("; %s; for %s\n", conf_reload_text(setting->reload), conf_who_text(setting->who));
}

static void text_section(const struct conf_section *section)
{
	(void)printf("[%s%s]\n  # %s\n", section->name, section->max > 0 ? " NAME" : "", section->about);
	for (unsigned i = 0; i < section->n_settings; i++)
		text_setting(&section->settings[i]);
	(void)printf("\n");
}

static void json_pair(const char *key, const char *value, const char *end)
{
	quote_json(key);
	(void)printf(": ");
	quote_json(value);
	(void)printf("%s", end);
}

static void json_setting(const struct conf_setting *setting)
{
	(void)printf("{");
	json_pair("key", setting->key, ", ");
	json_pair("kind", conf_kind_text(setting->kind), ", ");
	json_pair("default", setting->standard, ", ");
	(void)printf("\"required\": %s, \"min\": %llu, \"max\": %llu, ",
	    conf_setting_is_required(setting) ? "true" : "false", (unsigned long long)setting->min,
	    (unsigned long long)setting->max);
	json_pair("for", conf_who_text(setting->who), ", ");
	json_pair("change", conf_reload_text(setting->reload), ", ");
	json_pair("about", setting->about, "}");
}

static void json_section(const struct conf_section *section)
{
	(void)printf("{");
	json_pair("name", section->name, ", ");
	json_pair("about", section->about, ", ");
	(void)printf("\"repeats\": %s, \"settings\": [", section->max > 0 ? "true" : "false");
	for (unsigned i = 0; i < section->n_settings; i++) {
		(void)printf("%s\n    ", i > 0 ? "," : "");
		json_setting(&section->settings[i]);
	}
	(void)printf("]}");
}

enum ctl_exit ctl_config_settings(const struct ctl *ctl)
{
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	if (ctl->json)
		(void)printf("{\"sections\": [");
	for (unsigned i = 0; i < count; i++) {
		if (!ctl->json) {
			text_section(&all[i]);
			continue;
		}
		(void)printf("%s\n  ", i > 0 ? "," : "");
		json_section(&all[i]);
	}
	if (ctl->json)
		(void)printf("]}\n");
	return CTL_DONE;
}
