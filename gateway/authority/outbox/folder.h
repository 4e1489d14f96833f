/* folder.h - a folder below the state folder whose files are there all at once or not at all, and nobody's but ours. */
#ifndef SPOM_AUTHORITY_OUTBOX_FOLDER_H
#define SPOM_AUTHORITY_OUTBOX_FOLDER_H
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

#define FOLDER_NAME_MAX 80u
#define FOLDER_PART ".part" /* ends the name of what a write has left half-done */

/* Made if it is not there; it must be ours alone. ERR_FORBIDDEN, ERR_IO. */
NODISCARD enum err folder_open(const char *state, const char *name, int *folder_r);

/* On disk when it returns OK, in place of one of that name; what was there before stays otherwise. ERR_IO. */
NODISCARD enum err folder_put(int folder, const char *name, struct secret bytes);

/* A file as a whole, on the arena; of one that is longer than that, so much. ERR_NOT_FOUND, ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err folder_get(
    int folder, const char *name, size_t most, struct arena *arena, struct secret *bytes_r);

bool folder_is_part(const char *name);

#endif
