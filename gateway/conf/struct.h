/* struct.h - settings.def as C: struct conf_SECTION for each section, struct conf with all of them. See conf.h. */
#ifndef SPOM_CONF_STRUCT_H
#define SPOM_CONF_STRUCT_H
#include "conf/conf.h"

#define CONF_TYPE_STRING const char * /* text without control characters */
#define CONF_TYPE_NAME const char *   /* a word of a-z, 0-9, - and _ */
#define CONF_TYPE_PATH const char *   /* an absolute path */
#define CONF_TYPE_NUMBER uint64_t
#define CONF_TYPE_BOOL bool
#define CONF_TYPE_ORIGIN const char * /* scheme://host[:port], as browsers write it */
#define CONF_TYPE_ORIGINS struct conf_list
#define CONF_TYPE_LDAP_URIS struct conf_list /* ldap://, ldaps://, ldapi:// */
#define CONF_TYPE_COLOUR const char *        /* #rrggbb */
#define CONF_TYPE_ZONE const char *          /* Europe/Berlin */
#define CONF_TYPE_UID uint32_t
#define CONF_TYPE_FILTER const char *    /* an LDAP filter */
#define CONF_TYPE_ATTRIBUTE const char * /* an LDAP attribute's name */
#define CONF_TYPE_ATTRIBUTES struct conf_list
#define CONF_TYPE_NAMES struct conf_list
#define CONF_TYPE_WORDS struct conf_list    /* anything between blanks and commas */
#define CONF_TYPE_NETWORKS struct conf_list /* 192.0.2.7 2001:db8::/32: base/net.h reads each */
#define CONF_TYPE_FIELD const char *        /* a choice of enum field_type, by its text */
#define CONF_TYPE_ACCESS const char *       /* self or nobody */
#define CONF_TYPE_LEVEL const char *        /* one that a session can have, by its text */
#define CONF_TYPE_PATTERN const char *      /* an extended regular expression (POSIX) */

/* clang-format off */
#define SECTION(section, about) struct conf_##section {
#define SECTION_END(section) };
#define FAMILY(section, plural, max, about) struct conf_##section { const char *name;
#define FAMILY_END(section, plural) };
#define SETTING(section, key, kind, standard, min, max, who, reload, about) CONF_TYPE_##kind key;
#include "conf/settings.def"
#include "conf/undef.def"

#define SECTION(section, about) struct conf_##section section;
#define SECTION_END(section)
#define FAMILY(section, plural, max, about)
#define FAMILY_END(section, plural) const struct conf_##section *plural; unsigned n_##plural;
#define SETTING(section, key, kind, standard, min, max, who, reload, about)
struct conf {
#include "conf/settings.def"
	struct arena *arena; /* private: what the strings lie on */
};
#include "conf/undef.def"
/* clang-format on */

#endif
