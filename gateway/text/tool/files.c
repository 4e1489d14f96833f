#include "text/tool/files.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fnv.h"

#define FILE_MAX (1u * MIB)

static bool read_whole(struct arena *arena, const char *file, struct text *content_r, struct fault *fault)
{
	FILE *in = fopen(file, "rb");
	char *bytes = in != NULL ? malloc(FILE_MAX) : NULL;
	size_t len = bytes != NULL ? fread(bytes, 1, FILE_MAX, in) : 0;
	char *copy = bytes != NULL && len < FILE_MAX ? arena_copy(arena, bytes, len) : NULL;
	free(bytes);
	if (in != NULL)
		fclose(in);
	if (copy == NULL)
		return fault_set(
		    fault, file, 1, "cannot be read: %s", in == NULL ? strerror(errno) : "too large");
	*content_r = (struct text){ copy, len };
	return true;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);
	return len > end && strcmp(name + len - end, suffix) == 0;
}

struct walk {
	struct arena *arena;
	const char *root;
	const char *suffix;
	struct files *files;
	struct fault *fault;
};

static bool walk(const struct walk *w, const char *below);

static bool visit(const struct walk *w, const char *name)
{
	struct stat st;
	const char *file = arena_printf(w->arena, "%s/%s", w->root, name);
	if (file == NULL || stat(file, &st) != 0)
		return fault_set(w->fault, name, 1, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return walk(w, name);
	if (!ends_with(name, w->suffix))
		return fault_set(w->fault, file, 1, "not a file that belongs here");
	if (w->files->n == FILES_MAX)
		return fault_set(w->fault, file, 1, "too many files");
	struct source *source = &w->files->at[w->files->n++];
	source->file = file;
	source->name = arena_copy(w->arena, name, strlen(name) - strlen(w->suffix));
	return source->name != NULL && read_whole(w->arena, file, &source->content, w->fault);
}

static bool walk(const struct walk *w, const char *below)
{
	const char *folder = arena_printf(w->arena, "%s/%s", w->root, below);
	DIR *dir = folder != NULL ? opendir(folder) : NULL;
	if (dir == NULL)
		return fault_set(w->fault, w->root, 1, "%s", strerror(errno));
	bool done = true;
	for (struct dirent *entry = readdir(dir); done && entry != NULL; entry = readdir(dir)) {
		if (entry->d_name[0] == '.')
			continue;
		const char *name =
		    arena_printf(w->arena, "%s%s%s", below, below[0] != '\0' ? "/" : "", entry->d_name);
		done = name != NULL && visit(w, name);
	}
	closedir(dir);
	return done;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct source *)a)->name, ((const struct source *)b)->name);
}

bool files_read(
    struct arena *arena, const char *folder, const char *suffix, struct files *files, struct fault *fault)
{
	struct walk w = { arena, folder, suffix, files, fault };
	if (!walk(&w, ""))
		return fault_set(fault, folder, 1, "cannot be read");
	qsort(files->at, files->n, sizeof files->at[0], by_name);
	return true;
}

const char *files_address(struct arena *arena, const struct source *source)
{
	/* an address must change with the content; nobody is kept from making two contents of one address */
	unsigned long long hash = fnv_64(FNV_64, source->content.at, source->content.len);
	const char *dot = strrchr(source->name, '.');
	int before = dot != NULL ? (int)(dot - source->name) : (int)strlen(source->name);
	return arena_printf(
	    arena, "/static/%.*s-%016llx%s", before, source->name, hash, dot != NULL ? dot : "");
}

const char *files_type(const char *name)
{
	static const struct {
		const char *end, *type;
	} TYPES[] = {
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".txt", "text/plain; charset=utf-8" },
	};
	for (size_t i = 0; i < COUNT(TYPES); i++)
		if (ends_with(name, TYPES[i].end))
			return TYPES[i].type;
	return NULL;
}

FILE *files_create(const char *folder, const char *name, struct fault *fault)
{
	char path[4096];
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
		fault_set(fault, name, 1, "a long path");
		return NULL;
	}
	FILE *file = fopen(path, "w");
	if (file == NULL)
		fault_set(fault, path, 1, "%s", strerror(errno));
	return file;
}

bool files_close(FILE *file, const char *name, struct fault *fault)
{
	bool failed = ferror(file) != 0;
	failed = fclose(file) != 0 || failed;
	return !failed || fault_set(fault, name, 1, "cannot be written");
}
