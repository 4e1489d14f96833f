/* epoch.h - whether the store is the one that we knew (SECURITY 30).
 *
 * The directory remembers the store's epoch. Where it knows none, this is the first store ever, and codes of now count at once; where it
 * knows one and the store does not, the store was emptied, and what may have been used before is refused. */
#ifndef SPOM_AUTHORITY_SESSION_EPOCH_H
#define SPOM_AUTHORITY_SESSION_EPOCH_H
#include "base/attr.h"
#include "base/err.h"

struct authority;

/* At start, before anybody is served. Where the store or the directory does not answer, the next reader of store_epoch begins the
 * epoch, from then on: the safe side. */
NODISCARD enum err epoch_settle(struct authority *authority);

/* The store began anew under our hands: epoch_remember has something to do. Any thread, at once. */
void epoch_has_begun(void);

/* Tells the directory of an epoch that has begun since the last call, if one has. On an error the next call tries again. */
NODISCARD enum err epoch_remember(struct authority *authority);

#endif
