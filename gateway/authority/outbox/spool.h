/* spool.h - the queue's folder: one sealed file for each mail and each notice, there all at once or not at all. Private to outbox.
 *
 * A file's name is "TIME-ID.mail" or "TIME-ID.note", the moment it was queued (milliseconds, 13 digits) and its id, so that the names alone
 * tell the order. A file that cannot be opened, or is not what its name says, is put aside as "NAME.refused". */
#ifndef SPOM_AUTHORITY_OUTBOX_SPOOL_H
#define SPOM_AUTHORITY_OUTBOX_SPOOL_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct keys;
struct spares;

enum spool_kind { SPOOL_MAIL, SPOOL_NOTICE, SPOOL_KIND_COUNT_ };

struct spool_name {
	enum spool_kind kind;
	int64_t queued_ms;
	struct id id;
};

/* The folder outbox below the state folder, made if it is not there; it must be ours alone. ERR_FORBIDDEN, ERR_IO. */
NODISCARD enum err spool_open(const char *state, int *folder_r);

/* What is in the folder, oldest first; what a write left half-done is removed. The caller frees *names_r. */
NODISCARD enum err spool_list(int folder, struct spool_name **names_r, size_t *n_r);

/* The record's kind, moment and id are the name's. On disk when it returns OK; nothing is there otherwise. Where the disk takes no new file, one
 * of the spares is used up (NULL: there are none). ERR_MALFORMED, ERR_TOO_LARGE: a field breaks its bound; ERR_IO. */
NODISCARD enum err spool_write(int folder, struct spares *spares, const struct keys *keys,
    const struct spool_name *name, const void *record, struct arena *arena);

/* ERR_MALFORMED: it cannot be opened, and was put aside; ERR_NOT_FOUND; ERR_IO. */
NODISCARD enum err spool_read(int folder, const struct keys *keys, const struct spool_name *name,
    struct arena *arena, const void **record_r);

/* Gone from the disk for good when it returns OK. */
NODISCARD enum err spool_remove(int folder, const struct spool_name *name);

#endif
