/* shelf.h - things of the authority's own below ou=spom: services, and keys that sign. Each is an entry of a name, its record sealed with
 * the shelf, the name and the text by which it is found as associated data: who writes to the directory can take one away, or put back
 * what was there under that name before, and neither make, change nor swap any.
 *
 * Every operation blocks for up to the directory's timeout. All give ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY, ERR_NO_MEMORY, and ERR_CONFIG
 * where our identity is refused, or the settings have no [records]. */
#ifndef SPOM_AUTHORITY_SSO_SHELF_H
#define SPOM_AUTHORITY_SSO_SHELF_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;

enum shelf {
	SHELF_SERVICE,     /* ou=services, service_record, KEY_SERVICE */
	SHELF_SIGNING_KEY, /* ou=keys, signing_key_record, KEY_SIGNING */
	SHELF_COUNT_
};

#define SHELF_NAME_MAX 64 /* a-z, 0-9, - and _ */
#define SHELF_FINDS_MAX 32
#define SHELF_MAX 2000 /* things of one shelf; the directory may have a limit of its own */

bool shelf_is_name(struct text name);

/* Texts by which a thing is found, each NUL-terminated: visible ASCII, up to 1024 bytes. */
struct shelf_finds {
	const struct text *at;
	unsigned n; /* up to SHELF_FINDS_MAX */
};
#define SHELF_NO_FINDS ((struct shelf_finds){ NULL, 0 })

struct shelf_item {
	struct text name;
	const void *record; /* of the shelf's message; NULL: it cannot be opened */
};

/* Puts a new thing there, that is found by each of those texts (shelf_find). ERR_EXISTS: one of that name, or found by one of the texts, is
 * there; ERR_MALFORMED: a name or a text that is none, or too many. Two that are added at the same moment may get the same text: then neither
 * is found by it, until one is taken away. */
NODISCARD enum err shelf_add(struct authority *authority, enum shelf shelf, struct text name,
    struct shelf_finds finds, struct wire_any record);

/* ERR_NOT_FOUND: there is none; ERR_MALFORMED: a name that is none. */
NODISCARD enum err shelf_remove(struct authority *authority, enum shelf shelf, struct text name);

/* The record lies on the arena. ERR_NOT_FOUND: there is none; ERR_STALE: it cannot be opened (logged); ERR_MALFORMED: a name that is
 * none. */
NODISCARD enum err shelf_load(struct authority *authority, enum shelf shelf, struct text name,
    struct arena *arena, const void **record_r);

/* The one that is found by the first of the texts by which anything is, by one search. ERR_NOT_FOUND: there is none; ERR_STALE: it cannot be
 * opened, or several are found by that text (logged); what later texts find counts for nothing then. */
NODISCARD enum err shelf_find(struct authority *authority, enum shelf shelf, struct shelf_finds finds,
    struct arena *arena, const void **record_r);

/* Up to max things in the order of their names, from behind a name on (absent: from the first); *more_r: there are others. One that
 * cannot be opened is there without a record. ERR_TOO_LARGE: more than SHELF_MAX, or than the directory gives at once. */
NODISCARD enum err shelf_list(struct authority *authority, enum shelf shelf, struct text after, unsigned max,
    struct arena *arena, struct shelf_item **items_r, unsigned *n_r, bool *more_r);

/* Seals up to max things anew that are sealed with a former master key; *left_r: how many are left, counted to 1000 of each shelf. As
 * account_reseal. */
NODISCARD enum err shelf_reseal(struct authority *authority, unsigned max, unsigned *left_r);

#endif
