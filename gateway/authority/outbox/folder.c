#include "authority/outbox/folder.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/io.h"

struct part {
	char text[FOLDER_NAME_MAX + sizeof FOLDER_PART];
};

/* What lies there says who did what, and when. */
static enum err check(int folder)
{
	struct stat stat;
	if (fstat(folder, &stat) != 0)
		return ERR_IO;
	return stat.st_uid == geteuid() && (stat.st_mode & (S_IRWXG | S_IRWXO)) == 0 ? OK : ERR_FORBIDDEN;
}

enum err folder_open(const char *state, const char *name, int *folder_r)
{
	CLEANUP(io_close) int above = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above < 0 || (mkdirat(above, name, 0700) != 0 && errno != EEXIST))
		return errno == EACCES || errno == EPERM ? ERR_FORBIDDEN : ERR_IO;
	int folder = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (folder < 0)
		return ERR_IO;
	enum err err = check(folder);
	if (err == OK && fsync(above) != 0)
		err = ERR_IO;
	if (err == OK)
		*folder_r = folder;
	else
		io_close(&folder);
	return err;
}

static enum err write_all(int fd, struct secret bytes)
{
	for (size_t done = 0; done < bytes.len;) {
		ssize_t n = write(fd, bytes.at + done, bytes.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		done += (size_t)n;
	}
	return fsync(fd) == 0 ? OK : ERR_IO;
}

/* Under a name that no listing takes, then under its own. */
enum err folder_put(int folder, const char *name, struct secret bytes)
{
	struct part part;
	(void)snprintf(part.text, sizeof part.text, "%.*s" FOLDER_PART, (int)FOLDER_NAME_MAX, name);
	CLEANUP(io_close)
	int fd = openat(folder, part.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ERR_IO;
	enum err err = write_all(fd, bytes);
	if (err == OK && renameat(folder, part.text, folder, name) != 0)
		err = ERR_IO;
	if (err != OK)
		(void)unlinkat(folder, part.text, 0);
	return err;
}

enum err folder_get(int folder, const char *name, size_t most, struct arena *arena, struct secret *bytes_r)
{
	CLEANUP(io_close) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	uint8_t *bytes = arena_alloc(arena, most);
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	size_t len;
	enum err err = io_read_file(fd, bytes, most, &len);
	if (err == OK)
		*bytes_r = (struct secret){ bytes, len };
	return err;
}

bool folder_is_part(const char *name)
{
	size_t len = strlen(name), own = sizeof FOLDER_PART - 1;
	return len >= own && strcmp(name + len - own, FOLDER_PART) == 0;
}
