/* ring.h - the master keys of one reading of the file, as subkeys; for the files of this folder alone. */
#ifndef SPOM_AUTHORITY_KEYS_RING_H
#define SPOM_AUTHORITY_KEYS_RING_H
#include <sodium.h>
#include "authority/keys/keys.h"

#define MASTER_SIZE 32u
#define KEY_ID_SIZE 4u
#define RING_FILE_MAX 1024u
#define RING_NAMES "names " /* before a key that opens nothing */
#define RING_NAMES_LEN (sizeof RING_NAMES - 1)

struct key {
	uint8_t master[MASTER_SIZE]; /* for backups alone */
	uint8_t id[KEY_ID_SIZE];
	bool names_only;
	uint8_t sub[KEY_PURPOSE_COUNT_][32];
};

/* In locked, guarded memory that no core dump holds; read-only once it is made. */
struct ring {
	const struct ring *older; /* of an earlier reading; somebody may still use it */
	unsigned n;               /* 1 to KEYS_MAX */
	bool locked;              /* never written to swap */
	struct key keys[KEYS_MAX];
};

struct keys {
	const struct ring *_Atomic ring; /* never NULL */
};

/* Reads a file, or makes a key where the name is empty. */
NODISCARD enum err ring_new(const char *file, const struct ring *older, const struct ring **ring_r);
void ring_free(const struct ring **ring); /* NULL-safe; with all older ones */

#endif
