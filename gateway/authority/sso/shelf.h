/* shelf.h - things of the authority's own below ou=spom: services, keys that sign, and what services were told of people. Each is an entry of a name, its record sealed with
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
	SHELF_RELEASES, /* ou=releases, release_book, KEY_RELEASE: one for each person who has used a service */
	SHELF_COUNT_
};

#define SHELF_NAME_MAX 64 /* a-z, 0-9, - and _ */
#define SHELF_FINDS_MAX 32
#define SHELF_MAX 20000 /* things of one shelf that are listed; the directory may have a limit of its own */

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

/* The same, and how it lies there: for shelf_replace. */
NODISCARD enum err shelf_load_as(struct authority *authority, enum shelf shelf, struct text name,
    struct arena *arena, const void **record_r, struct text *sealed_r);

/* Puts a record in the place of one that is found by no text, and lies there as shelf_load_as has said. ERR_STALE: it does not any more;
 * ERR_NOT_FOUND: there is none. */
NODISCARD enum err shelf_replace(struct authority *authority, enum shelf shelf, struct text name,
    struct text sealed, struct wire_any record);

/* The one that is found by the first of the texts by which anything is, by one search. ERR_NOT_FOUND: there is none; ERR_STALE: it cannot be
 * opened, or several are found by that text (logged); what later texts find counts for nothing then. */
NODISCARD enum err shelf_find(struct authority *authority, enum shelf shelf, struct shelf_finds finds,
    struct arena *arena, const void **record_r);

/* The first things in the order of their names, up to max; *more_r: there are others. One that cannot be opened is there without a record. For
 * shelves of few things: each is read by itself. ERR_TOO_LARGE: more than SHELF_MAX, or than the directory gives at once. */
NODISCARD enum err shelf_list(struct authority *authority, enum shelf shelf, unsigned max,
    struct arena *arena, struct shelf_item **items_r, unsigned *n_r, bool *more_r);

/* Visits all by one search, in no order: what the visitor keeps it copies. One that cannot be opened comes without a record, and one that is taken
 * away and added anew meanwhile may come twice. The visitor gets NULL before the first, and again where another server begins anew; its error ends
 * it. *more_r: the directory has a limit, and gave no more, or not in time. */
typedef enum err shelf_visit(void *context, const struct shelf_item *item);
NODISCARD enum err shelf_each(
    struct authority *authority, enum shelf shelf, shelf_visit *visit, void *context, bool *more_r);

/* Seals up to max things anew that are sealed with a former master key; *left_r: how many are left, counted to 1000 of each shelf. As
 * account_reseal. */
NODISCARD enum err shelf_reseal(struct authority *authority, unsigned max, unsigned *left_r);

#endif
