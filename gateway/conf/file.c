#include "conf/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/io.h"
#include "conf/ini.h"

static ssize_t read_some(int fd, char *to, size_t room)
{
	ssize_t n;
	do
		n = read(fd, to, room);
	while (n < 0 && errno == EINTR);
	return n;
}

static enum err read_all(int fd, char *bytes, size_t max, size_t *len_r)
{
	size_t len = 0;
	ssize_t n = 1;
	while (n > 0 && len <= max) {
		n = read_some(fd, bytes + len, max + 1 - len);
		if (n < 0)
			return ERR_IO;
		len += (size_t)n;
	}
	*len_r = len;
	return len <= max ? OK : ERR_TOO_LARGE;
}

enum err file_read(
    const char *file, size_t max, struct arena *arena, struct text *bytes_r, struct conf_fault *fault)
{
	CLEANUP(io_close) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		bool missing = errno == ENOENT;
		(void)ini_fault(fault, file, 0, "cannot be opened: %s", strerror(errno));
		return missing ? ERR_NOT_FOUND : ERR_CONFIG;
	}
	char *bytes = arena_alloc(arena, max + 2);
	size_t len = 0;
	enum err err = bytes != NULL ? read_all(fd, bytes, max, &len) : ERR_NO_MEMORY;
	if (err == ERR_NO_MEMORY) {
		(void)ini_fault(fault, file, 0, "%s", err_text(err));
		return err;
	}
	if (err != OK)
		return ini_fault(fault, file, 0, "cannot be read: %s",
		    err == ERR_TOO_LARGE ? "it is too large" : strerror(errno));
	bytes[len] = '\0';
	*bytes_r = (struct text){ bytes, len };
	return OK;
}
