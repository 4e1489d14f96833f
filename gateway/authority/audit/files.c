#include "authority/audit/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/io.h"

#define NAME_SIZE 40

static bool make_folder(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool is_ours_alone(int folder)
{
	struct stat is;
	return fstat(folder, &is) == 0 && is.st_uid == geteuid() && (is.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

enum err files_open_folder(const char *state, int *folder_r)
{
	char path[300];
	int len = snprintf(path, sizeof path, "%s/audit", state);
	if (len < 0 || (size_t)len >= sizeof path)
		return ERR_CONFIG;
	if (!make_folder(state) || !make_folder(path))
		return ERR_CONFIG;
	CLEANUP(io_close) int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (folder < 0 || !is_ours_alone(folder))
		return ERR_CONFIG;
	if (flock(folder, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
	*folder_r = folder;
	folder = -1;
	return OK;
}

static void name_of(uint64_t number, char name[NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, "audit-%08llu.jsonl", (unsigned long long)number);
}

/* 0: another file. */
static uint64_t number_of(const char *name)
{
	char spelt[NAME_SIZE];
	char *end;
	if (strncmp(name, "audit-", 6) != 0)
		return 0;
	unsigned long long number = strtoull(name + 6, &end, 10);
	if (number == 0 || number > UINT32_MAX)
		return 0;
	name_of(number, spelt);
	return strcmp(name, spelt) == 0 ? number : 0;
}

enum err files_range(int folder, uint64_t *first_r, uint64_t *last_r)
{
	uint64_t first = 0, last = 0;
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	if (dir == NULL) {
		io_close(&again);
		return ERR_IO;
	}
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
		uint64_t number = number_of(entry->d_name);
		if (number != 0 && (first == 0 || number < first))
			first = number;
		if (number > last)
			last = number;
	}
	(void)closedir(dir);
	*first_r = first;
	*last_r = last;
	return OK;
}

enum err files_open(int folder, uint64_t number, int flags, int *fd_r)
{
	char name[NAME_SIZE];
	name_of(number, name);
	int fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : errno == EEXIST ? ERR_EXISTS : ERR_IO;
	*fd_r = fd;
	return OK;
}

enum err files_remove(int folder, uint64_t number)
{
	char name[NAME_SIZE];
	name_of(number, name);
	return unlinkat(folder, name, 0) == 0 ? OK : ERR_IO;
}

enum err files_size(int fd, off_t *size_r)
{
	struct stat is;
	if (fstat(fd, &is) != 0)
		return ERR_IO;
	*size_r = is.st_size;
	return OK;
}

enum files_state files_look(int folder, uint64_t number, int fd, off_t size)
{
	char name[NAME_SIZE];
	struct stat own, named;
	name_of(number, name);
	if (fstat(fd, &own) != 0 || own.st_nlink == 0 || own.st_size < size)
		return FILES_GONE;
	bool is_named = fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
			named.st_ino == own.st_ino && named.st_dev == own.st_dev;
	return is_named ? FILES_KEPT : FILES_MOVED;
}

/* Moves what is left to the front and reads on behind it; false: an error of the file. */
static bool fill(struct lines *lines)
{
	size_t left = lines->have - lines->used;
	memmove(lines->buffer, lines->buffer + lines->used, left);
	lines->have = left;
	lines->used = 0;
	off_t from = lines->at + (off_t)left;
	size_t room = sizeof lines->buffer - left;
	if (from + (off_t)room > lines->end)
		room = lines->end > from ? (size_t)(lines->end - from) : 0;
	ssize_t n;
	do
		n = room > 0 ? pread(lines->fd, lines->buffer + left, room, from) : 0;
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	lines->have += (size_t)n;
	return true;
}

enum lines_event lines_next(struct lines *lines, struct text *text_r)
{
	for (bool filled = false;; filled = true) {
		const char *at = lines->buffer + lines->used;
		size_t left = lines->have - lines->used;
		const char *end = memchr(at, '\n', left);
		if (end != NULL && (size_t)(end - at) <= LINE_MAX_BYTES) {
			*text_r = (struct text){ at, (size_t)(end - at) };
			lines->used += text_r->len + 1;
			lines->at += (off_t)text_r->len + 1;
			return LINES_LINE;
		}
		if (filled || left > LINE_MAX_BYTES)
			return left > 0 ? LINES_TORN : LINES_END;
		if (!fill(lines))
			return LINES_FAULT;
	}
}

static void lines_free(struct lines **lines)
{
	free(*lines);
}

enum err files_last_line(int fd, off_t end, struct arena *arena, struct line *line_r)
{
	CLEANUP(lines_free) struct lines *lines = calloc(1, sizeof *lines);
	struct line line;
	struct text text;
	char mac[LINE_MAC_LEN];
	uint64_t n = 0;
	if (lines == NULL)
		return ERR_NO_MEMORY;
	*lines = (struct lines){ .fd = fd, .end = end };
	if (end >
	    (off_t)(2 * LINE_MAX_BYTES)) /* it may begin in the middle of a line, which has no form then */
		lines->at = end - (off_t)(2 * LINE_MAX_BYTES);
	while (lines_next(lines, &text) == LINES_LINE) {
		if (!line_split(text, &line))
			continue;
		n = line.n;
		memcpy(mac, line.mac.at, sizeof mac);
	}
	if (n == 0)
		return ERR_NOT_FOUND;
	char *copy = arena_copy(arena, mac, sizeof mac);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	*line_r = (struct line){ .n = n, .mac = { copy, sizeof mac } };
	return OK;
}
