/* chain.h - the end of the chain, where records are added: which file, which number, which key.
 *
 * The first key of each file derives from the master key by the file's number, so that who goes on, or verifies, walks one file
 * only. Used by one thread at a time. Nothing is ever changed but the bytes behind the last record that was committed. */
#ifndef SPOM_AUTHORITY_AUDIT_CHAIN_H
#define SPOM_AUTHORITY_AUDIT_CHAIN_H
#include "authority/audit/files.h"

struct chain {
	const struct keys *keys; /* borrowed */
	int folder;              /* borrowed */
	int fd;
	uint64_t file;
	uint64_t n;                 /* the last record */
	char mac[LINE_MAC_LEN + 1]; /* and its mac */
	off_t size;                 /* what is committed of the file */
	struct keys_chain key;      /* of the next record */
};

/* What was found at the start. */
struct chain_found {
	off_t
	    torn; /* bytes of a last line that a crash had cut short, or of a hole behind it; they are gone */
	uint64_t
	    broken_n; /* not 0: behind this record the last file is not the chain's; a new one was begun */
	uint64_t broken_file;
	int64_t last_ms; /* when the last record that is the chain's was made; 0: there was none */
};

/* Goes on where the last file ends, or begins the first one. ERR_IO. */
NODISCARD enum err chain_open(
    const struct keys *keys, int folder, struct chain *chain_r, struct chain_found *found_r);
void chain_close(struct chain *chain);

/* What stands as reason in the first record of a file that had to be begun because somebody touched the one before. */
#define CHAIN_TOUCHED TEXT_LITERAL("file_touched")

/* Begins the next file: its first record names the last mac of this one, and the reason, if there is one. On an error the chain stays in the
 * file that it was in. */
NODISCARD enum err chain_next_file(struct chain *chain, struct text reason);

/* What others did to the file meanwhile. */
enum files_state chain_look(const struct chain *chain);

/* A record at the end of the batch that is being made in room; the chain goes on. */
size_t chain_add(struct chain *chain, char *room, int64_t time_ms, struct text middle);

/* Writes a batch to disk. ERR_IO: it is not there; put back the copy of the chain from before the batch and try again. */
NODISCARD enum err chain_commit(struct chain *chain, const char *batch, size_t len);

#endif
