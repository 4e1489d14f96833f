/* files.h - the files of a chain: audit-00000001.jsonl and on, in a folder that is ours alone; and their lines, read in order. */
#ifndef SPOM_AUTHORITY_AUDIT_FILES_H
#define SPOM_AUTHORITY_AUDIT_FILES_H
#include <stdint.h>
#include <sys/types.h>
#include "authority/audit/line.h"

/* Opens STATE/audit, made where it is not there, and keeps everybody else out of it until it is closed. ERR_CONFIG: it is not ours alone;
 * ERR_BUSY: another process has it. */
NODISCARD enum err files_open_folder(const char *state, int *folder_r);

/* The numbers of the first and the last file; 0: there is none. */
NODISCARD enum err files_range(int folder, uint64_t *first_r, uint64_t *last_r);

/* Opens a file; flags as for open(2). ERR_NOT_FOUND, ERR_EXISTS, ERR_IO. */
NODISCARD enum err files_open(int folder, uint64_t number, int flags, int *fd_r);
enum err files_remove(int folder, uint64_t number);
NODISCARD enum err files_size(int fd, off_t *size_r);

/* What others did to a file that is open here. */
enum files_state {
	FILES_GONE, /* removed, shorter than it was, or it cannot be told: what is written to it would be lost */
	FILES_MOVED, /* whole, under another name */
	FILES_KEPT,
};
enum files_state files_look(int folder, uint64_t number, int fd, off_t size);

/* The lines of a file from an offset up to end. Zero-initialise but for these three. */
struct lines {
	int fd; /* borrowed */
	off_t at;
	off_t end;
	char buffer[4 * LINE_MAX_BYTES]; /* private */
	size_t have, used;
};

enum lines_event {
	LINES_FAULT, /* the file cannot be read */
	LINES_END,
	LINES_TORN, /* bytes without a line's end, or a line that is longer than any record; the rest of the file */
	LINES_LINE,
};

/* The next line without its end; *text_r lives until the next call. at is behind it then. */
enum lines_event lines_next(struct lines *lines, struct text *text_r);

/* The last complete line of a file that has the form of a record. The texts lie on the arena. ERR_NOT_FOUND: none. */
NODISCARD enum err files_last_line(int fd, off_t end, struct arena *arena, struct line *line_r);

#endif
