/* enrolled.c - who has ever enrolled, as the chain says it: an index beside the chain, so that the first enrolment of somebody need not
 * read the records of years. A line for each, "ID TAB NAME"; a line's end before each as well, behind what a full disk may have torn. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "authority/audit/state.h"
#include "base/io.h"

#define FILE_NAME "enrolled"
#define FRESH_NAME "enrolled.new"
#define FLAGS (O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
#define PAGE 1000u
#define CHUNK 65536u
#define PLACE_SIZE 64

/* In lower case (ASCII), and one word without anything that ends a line. NULL: no memory. */
static const char *spell(struct arena *arena, struct text name)
{
	char *spelt = arena_alloc(arena, name.len + 1);
	for (size_t i = 0; spelt != NULL && i < name.len; i++) {
		char c = name.at[i];
		spelt[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : (unsigned char)c < ' ' ? '?' : c;
	}
	return spelt;
}

static enum err append(int fd, struct text person, struct text user)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const char *id = spell(&arena, person), *name = spell(&arena, user);
	const char *line = id != NULL && name != NULL ? arena_printf(&arena, "\n%s\t%s\n", id, name) : NULL;
	if (line == NULL)
		return ERR_NO_MEMORY;
	return write(fd, line, strlen(line)) == (ssize_t)strlen(line) ? OK : ERR_BUSY;
}

enum err enrolled_add(struct audit *audit, struct text person, struct text user)
{
	enum err err = append(audit->enrolled, person, user);
	return err == OK && fdatasync(audit->enrolled) != 0 ? ERR_BUSY : err;
}

/* The people of one page of the chain; place: where it begins, then where the next one does; empty at the end. */
static enum err fill_page(struct audit *audit, int fd, char place[PLACE_SIZE])
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_audit_row *rows;
	struct text next;
	unsigned n, part;
	struct text from = *place != '\0' ? text_of(place) : (struct text){ NULL, 0 };
	enum err err = audit_read(audit, from, PAGE, &arena, &rows, &n, &next, &part);
	for (unsigned i = 0; err == OK && i < n; i++)
		if (text_equal_str(rows[i].event, audit_event_text(AUDIT_FACTOR_ADDED)))
			err = append(fd, rows[i].person, rows[i].user);
	if (err == OK)
		(void)snprintf(place, PLACE_SIZE, "%.*s", (int)next.len, next.at != NULL ? next.at : "");
	return err;
}

static enum err make(struct audit *audit)
{
	char place[PLACE_SIZE] = "";
	CLEANUP(io_close)
	int fd = openat(audit->folder, FRESH_NAME, FLAGS | O_CREAT | O_TRUNC, 0600);
	enum err err = fd >= 0 ? OK : ERR_IO;
	do {
		if (err == OK)
			err = fill_page(audit, fd, place);
	} while (err == OK && *place != '\0');
	if (err != OK)
		return err;
	if (fsync(fd) != 0 || renameat(audit->folder, FRESH_NAME, audit->folder, FILE_NAME) != 0)
		return ERR_IO;
	audit->enrolled = fd;
	fd = -1;
	return fsync(audit->folder) == 0 ? OK : ERR_IO;
}

enum err enrolled_open(struct audit *audit)
{
	audit->enrolled = openat(audit->folder, FILE_NAME, FLAGS);
	if (audit->enrolled >= 0)
		return OK;
	return errno == ENOENT ? make(audit) : ERR_IO;
}

/* Whether these bytes stand in the file; found over the borders of what is read at once. */
static enum err find(int fd, const char *needle, bool *found)
{
	size_t len = strlen(needle), have = 0;
	char *buffer = len < CHUNK ? malloc(CHUNK) : NULL;
	off_t at = 0;
	ssize_t n = 0;
	if (buffer == NULL)
		return ERR_NO_MEMORY;
	while (!*found && (n = pread(fd, buffer + have, CHUNK - have, at)) > 0) {
		at += n;
		have += (size_t)n;
		*found = memmem(buffer, have, needle, len) != NULL;
		size_t kept = have < len - 1 ? have : len - 1;
		memmove(buffer, buffer + have - kept, kept);
		have = kept;
	}
	free(buffer);
	return n < 0 ? ERR_IO : OK;
}

enum err audit_has_enrolled(struct audit *audit, struct text person, struct text user, bool *has_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const char *id = spell(&arena, person), *name = spell(&arena, user);
	bool found = false;
	if (audit == NULL)
		return ERR_INTERNAL;
	if (id != NULL)
		id = arena_printf(&arena, "\n%s\t", id);
	if (name != NULL)
		name = arena_printf(&arena, "\t%s\n", name);
	if (id == NULL || name == NULL)
		return ERR_NO_MEMORY;
	enum err err = find(audit->enrolled, id, &found);
	if (err == OK && user.len > 0)
		err = find(audit->enrolled, name, &found);
	if (err == OK)
		*has_r = found;
	return err;
}
