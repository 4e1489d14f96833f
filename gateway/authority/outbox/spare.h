/* spare.h - room that lies ready for mails when the disk takes no more. Private to outbox.
 *
 * A spare is a file of the queue's folder that is written already. A mail goes into one by overwriting it and renaming it, which takes no
 * room that the file has not got: so what a full disk makes wait is acknowledged only where it is on disk all the same. (A disk that
 * fails, or a file system that writes each change elsewhere, may refuse this too; then the mail is refused.) */
#ifndef SPOM_AUTHORITY_OUTBOX_SPARE_H
#define SPOM_AUTHORITY_OUTBOX_SPARE_H
#include "base/secret.h"
#include "wire/wire.h"

#define SPARE_SIZE 4096u /* of each: more than a sealed mail of the greatest fields */
#define SPARES_MAX 128u

struct spares {
	unsigned n;
	struct id ids[SPARES_MAX];
};

/* Those that lie in the folder; what is no whole spare is removed. ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err spare_load(int folder, struct spares *spares_r);

/* Makes them as many as there may be. ERR_IO: the disk takes no more. */
NODISCARD enum err spare_refill(int folder, struct spares *spares);

/* Puts bytes into one, under a name of the folder: on disk when it returns OK. ERR_NOT_FOUND: none is left; ERR_TOO_LARGE; ERR_IO. */
NODISCARD enum err spare_take(int folder, struct spares *spares, const char *name, struct secret bytes);

#endif
