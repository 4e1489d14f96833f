#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/io.h"
#include "conf/conf.h"

static enum err open_error(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ERR_FORBIDDEN;
	default:
		return ERR_IO;
	}
}

/* Only a plain file that nobody but its owner and its group may touch. */
static enum err check_file(int fd)
{
	struct stat file;
	if (fstat(fd, &file) != 0)
		return ERR_IO;
	if (!S_ISREG(file.st_mode))
		return ERR_NOT_FOUND;
	return (file.st_mode & (S_IRWXO | S_IWGRP)) == 0 ? OK : ERR_FORBIDDEN;
}

/* The bytes of the first line; a line's end may be CR LF. */
static size_t first_line(struct secret room, size_t len)
{
	const unsigned char *end = memchr(room.at, '\n', len);
	if (end != NULL)
		len = (size_t)(end - room.at);
	return len > 0 && room.at[len - 1] == '\r' ? len - 1 : len;
}

static enum err take(struct secret room, size_t len, size_t max, struct secret *secret_r)
{
	if (len > max)
		return ERR_TOO_LARGE;
	if (len == 0 || memchr(room.at, 0, len) != NULL)
		return ERR_MALFORMED;
	struct secret taken;
	enum err err = secret_own(len, &taken);
	if (err != OK)
		return err;
	memcpy(taken.at, room.at, len);
	*secret_r = taken;
	return OK;
}

/* Reads up to room_r's length; the caller frees the room. */
static enum err read_file(const char *file, struct secret room, size_t *len_r)
{
	CLEANUP(io_close) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return open_error();
	enum err err = check_file(fd);
	return err == OK ? io_read_file(fd, room.at, room.len, len_r) : err;
}

enum err conf_secret(const char *file, size_t max, struct secret *secret_r)
{
	CLEANUP(secret_free) struct secret room = { NULL, 0 };
	size_t len = 0;
	enum err err = secret_own(max + 3, &room); /* one byte too many, and CR LF */
	if (err == OK)
		err = read_file(file, room, &len);
	return err == OK ? take(room, first_line(room, len), max, secret_r) : err;
}

enum err conf_secret_lines(const char *file, size_t max, struct secret *secret_r)
{
	CLEANUP(secret_free) struct secret room = { NULL, 0 };
	size_t len = 0;
	enum err err = secret_own(max + 1, &room);
	if (err == OK)
		err = read_file(file, room, &len);
	return err == OK ? take(room, len, max, secret_r) : err;
}
