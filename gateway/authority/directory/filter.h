/* filter.h - builds LDAP search filters (RFC 4515) on an arena.
 *
 * The only place where a foreign value enters a filter. Everything but a few harmless characters is escaped, whatever the bytes:
 * a value can neither end its assertion nor become a pattern. A want of memory shows at the end alone. */
#ifndef SPOM_AUTHORITY_DIRECTORY_FILTER_H
#define SPOM_AUTHORITY_DIRECTORY_FILTER_H
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/text.h"

struct filter {
	struct arena *arena; /* private, all of it */
	char *at;
	size_t len;
	size_t size;
	bool failed;
};

void filter_init(struct filter *filter, struct arena *arena);

/* Syntax and whole filters of our own or of the settings, as they are. */
void filter_syntax(struct filter *filter, const char *syntax);

/* A filter of the settings, in the parentheses that it may lack. */
void filter_setting(struct filter *filter, const char *setting);

/* (attribute=value); the attribute's name is ours. */
void filter_equal(struct filter *filter, const char *attribute, const void *bytes, size_t len);

/* The filter; NULL when memory was out. */
NODISCARD const char *filter_str(const struct filter *filter);

#endif
