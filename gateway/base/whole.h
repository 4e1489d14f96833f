/* whole.h - files that are there whole or not at all: written beside their place, on the disk, and then put there. */
#ifndef SPOM_BASE_WHOLE_H
#define SPOM_BASE_WHOLE_H
#include <stddef.h>
#include <sys/types.h>
#include "base/attr.h"
#include "base/err.h"

struct whole_owner {
	uid_t uid;
	gid_t gid;
};

/* Makes len bytes the file at path (at most 300 bytes long), in the place of one that may be there. mode is cut by the umask; owner may
 * be NULL: who calls. ERR_FORBIDDEN: the folder or the owner is not ours to change; ERR_TOO_LARGE: the path; ERR_IO. After an error what
 * was there is as it was. */
NODISCARD enum err whole_replace(
    const char *path, const void *bytes, size_t len, mode_t mode, const struct whole_owner *owner);

#endif
