/* files.h - private to texttool: files in, files out. */
#ifndef SPOM_TEXT_TOOL_FILES_H
#define SPOM_TEXT_TOOL_FILES_H
#include <stdio.h>
#include "text/compile/template.h"

#define FILES_MAX 400u

struct files {
	struct source at[FILES_MAX]; /* sorted by name */
	unsigned n;
};

/* Reads every file below folder whose name ends in suffix ("" for all); names are relative to it, without the suffix. */
bool files_read(
    struct arena *arena, const char *folder, const char *suffix, struct files *files, struct fault *fault);

/* The address under which a static file is served: its name with a hash of its content. */
const char *files_address(struct arena *arena, const struct source *source);

/* The media type by the name's end; NULL for one that we do not serve. */
const char *files_type(const char *name);

/* Opens folder/name for writing; the caller closes with files_close. */
FILE *files_create(const char *folder, const char *name, struct fault *fault);
bool files_close(FILE *file, const char *name, struct fault *fault);

#endif
