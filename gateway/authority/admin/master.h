/* master.h - private to admin: the file of the master key, and what is done in the background when there is a new one. */
#ifndef SPOM_AUTHORITY_ADMIN_MASTER_H
#define SPOM_AUTHORITY_ADMIN_MASTER_H
#include <stdbool.h>
#include "authority/authority.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"

/* Whether values are being sealed anew, and how many are left as last seen. */
bool master_is_resealing(unsigned *left_r);

/* Seals up to max accounts, and as many things of the shelf, anew that are sealed with a former key; *left_r: how many are left. Errors of
 * account_reseal and shelf_reseal. */
NODISCARD enum err master_reseal(struct authority *authority, unsigned max, unsigned *left_r);

/* Whether a key of that id lies in the safe, as operators said by fetching it. */
bool master_is_backed_up(const struct authority *authority, const char *id);

/* Notes that all keys were fetched. */
NODISCARD enum err master_note_backup(const struct authority *authority);

/* Puts the text in the place of the file, all at once, with its owner's rights as they were. ERR_FORBIDDEN: the authority may not. */
NODISCARD enum err master_write(const char *file, struct secret text);

#endif
