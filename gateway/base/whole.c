#include "base/whole.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/io.h"

#define PATH_MOST 300u

static enum err refusal(void)
{
	return errno == EACCES || errno == EPERM || errno == EROFS ? ERR_FORBIDDEN : ERR_IO;
}

static enum err write_file(
    const char *path, const void *bytes, size_t len, mode_t mode, const struct whole_owner *owner)
{
	CLEANUP(io_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0 || (owner != NULL && fchown(fd, owner->uid, owner->gid) != 0))
		return refusal();
	return write(fd, bytes, len) == (ssize_t)len && fsync(fd) == 0 ? OK : ERR_IO;
}

static void sync_folder(const char *path)
{
	char folder[PATH_MOST + 1];
	(void)snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash == NULL || slash == folder)
		return;
	*slash = '\0';
	CLEANUP(io_close) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
}

enum err whole_replace(
    const char *path, const void *bytes, size_t len, mode_t mode, const struct whole_owner *owner)
{
	char part[PATH_MOST + 8];
	if (strlen(path) > PATH_MOST)
		return ERR_TOO_LARGE;
	(void)snprintf(part, sizeof part, "%s.new", path);
	(void)unlink(part); /* of one who was interrupted */
	enum err err = write_file(part, bytes, len, mode, owner);
	if (err == OK && rename(part, path) != 0)
		err = refusal();
	if (err != OK) {
		(void)unlink(part);
		return err;
	}
	sync_folder(path);
	return OK;
}
