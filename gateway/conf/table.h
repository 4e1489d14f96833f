/* table.h - the settings as descriptors, for the loader, the manual and spomctl config settings. */
#ifndef SPOM_CONF_TABLE_H
#define SPOM_CONF_TABLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_kind {
	CONF_STRING,
	CONF_NAME,
	CONF_PATH,
	CONF_NUMBER,
	CONF_BOOL,
	CONF_ORIGIN,
	CONF_ORIGINS,
	CONF_LDAP_URIS,
	CONF_COLOUR,
	CONF_ZONE,
	CONF_UID,
	CONF_FILTER,
	CONF_ATTRIBUTE,
	CONF_ATTRIBUTES,
	CONF_NAMES,
	CONF_WORDS,
	CONF_NETWORKS,
	CONF_FIELD,
	CONF_ACCESS,
	CONF_LEVEL,
	CONF_PATTERN,
	CONF_KIND_COUNT_
};

/* Who gets a setting from the authority, which alone reads the file. */
enum conf_who {
	CONF_AUTHORITY, /* nobody else */
	CONF_FRONT,
	CONF_GATE,
	CONF_ALL,
	CONF_COURIER,
};

/* What a change takes. */
enum conf_reload {
	CONF_RESTART,
	CONF_RELOAD,
};

struct conf_setting {
	const char *section;
	const char *key;
	enum conf_kind kind;
	enum conf_who who;
	enum conf_reload reload;
	const char *standard; /* the default, as it would stand in the file */
	uint64_t min, max;
	size_t offset; /* in struct conf_SECTION */
	const char *about;
};

struct conf_section {
	const char *name;
	const char *about;
	const struct conf_setting *settings;
	unsigned n_settings;
	size_t offset;   /* in struct conf: of the section, or of a family's pointer */
	size_t offset_n; /* of a family's number; 0 for others */
	size_t size;     /* of struct conf_SECTION */
	unsigned max;    /* 0: stands once; else a family: the greatest number of sections */
};

const struct conf_section *conf_sections(unsigned *count_r);

/* Borrowed from the table; NULL: there is none of that name. */
const struct conf_setting *conf_setting_find(const char *section, const char *key);

/* Whether a file without it is refused. */
bool conf_setting_is_required(const struct conf_setting *setting);

/* The words for a setting's kind, its readers and its reload class; never NULL. */
const char *conf_kind_text(enum conf_kind kind);
const char *conf_who_text(enum conf_who who);
const char *conf_reload_text(enum conf_reload reload);

#endif
