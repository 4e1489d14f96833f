#include "ctl/source.h"
#include <fcntl.h>
#include <string.h>
#include "base/io.h"

char *source_read(const char *path, size_t max, struct arena *arena, size_t *len_r)
{
	CLEANUP(io_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = arena_alloc(arena, max + 2);
	size_t len = 0;
	if (fd < 0 || bytes == NULL || io_read_file(fd, bytes, max + 1, &len) != OK || len > max)
		return NULL;
	bytes[len] = '\0';
	*len_r = len;
	return bytes;
}

char *source_text(const char *path, size_t max, struct arena *arena)
{
	size_t len = 0;
	char *text = source_read(path, max, arena, &len);
	return text != NULL && strlen(text) == len ? text : NULL;
}
