#include "conf/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/io.h"
#include "conf/ini.h"

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
	enum err err = bytes != NULL ? io_read_file(fd, bytes, max + 1, &len) : ERR_NO_MEMORY;
	if (err == OK && len > max)
		err = ERR_TOO_LARGE;
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
