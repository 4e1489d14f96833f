/* listing.h - the services that are registered, for operators: page by page in the order of their names, from a memory of one reading.
 *
 * A first page reads all of them anew, so that it shows what was there when it was asked for. The pages behind it are of the last
 * reading, whose ever it was, if it is no older than LISTING_MS; else they read anew, as behind a restart. A page begins behind a name: so
 * none comes twice, and one that was there all the time is there, whatever was added or taken away between two pages. Any thread. */
#ifndef SPOM_AUTHORITY_SSO_LISTING_H
#define SPOM_AUTHORITY_SSO_LISTING_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;
struct listing;

#define LISTING_MS 60000
#define LISTING_MAX 20000 /* services, which take up to 12 MB */

NODISCARD enum err listing_new(struct listing **listing_r);
void listing_free(struct listing **listing);

/* Up to max rows from behind a name on (absent: from the first), on the arena; *more_r: there are others. A service that cannot be opened is
 * there as broken. ERR_TOO_LARGE: there are more than LISTING_MAX, or than the directory gives, or gives in time; else the errors of shelf.h. */
NODISCARD enum err listing_page(struct authority *authority, struct text after, unsigned max,
    struct arena *arena, struct msg_service_row **rows_r, unsigned *n_r, bool *more_r);

#endif
