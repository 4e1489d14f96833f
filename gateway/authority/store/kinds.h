/* kinds.h - private to store: what the kinds are called, in keys and in associated data. A name is for good: with another one nothing of
 * before is found or opened any more. */
#ifndef SPOM_AUTHORITY_STORE_KINDS_H
#define SPOM_AUTHORITY_STORE_KINDS_H
#include "authority/store/store.h"

#define STORE_KIND_NAME_MAX 8 /* without a NUL */

const char *store_kind_name(enum store_kind kind);

/* What the present epoch is: for store_epoch_known. */
void store_epoch_note(struct store *store, const struct store_epoch *epoch);

#endif
