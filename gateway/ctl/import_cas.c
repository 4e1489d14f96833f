/* import_cas.c - the services of Apereo CAS, from its service files: each is a service add, told one by one. With --dry-run nothing is
 * asked, and what would be registered is shown. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/cas_file.h"
#include "ctl/name.h"
#include "ctl/service_parts.h"
#include "ctl/source.h"

#define FILE_MAX (256 * KIB)

struct import {
	const struct ctl *ctl;
	struct names *names;
	unsigned added, refused;
	bool unreachable; /* so is it for all others */
};

static void refuse(struct import *import, const char *path, const char *why)
{
	(void)fprintf(stderr, "%s: not added: %s\n", path, why);
	import->refused++;
}

static enum ctl_exit add_one(
    struct import *import, const struct cas_service *service, struct arena *arena, const char **name_r)
{
	struct ctl one = *import->ctl;
	one.service = service->options;
	enum ctl_exit code =
	    names_find(import->names, &one, text_of(service->name), text_of(service->id), arena, name_r);
	if (code != CTL_DONE)
		return code;
	one.words = name_r;
	one.n_words = 1;
	return one.dry_run ? service_plan(&one) : ctl_service_add(&one);
}

static void add(
    struct import *import, const char *path, const struct cas_service *service, struct arena *arena)
{
	const char *name = "without a name";
	enum ctl_exit code = add_one(import, service, arena, &name);
	import->unreachable = code == CTL_UNREACHABLE;
	if (code == CTL_DONE)
		import->added++;
	else
		refuse(import, path, name);
	for (unsigned i = 0; code == CTL_DONE && i < service->n_notes; i++)
		(void)fprintf(stderr, "%s: %s: %s\n", path, service->notes[i].about, service->notes[i].words);
}

static void import_file(struct import *import, const char *path)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct cas_service service;
	const char *text = source_text(path, FILE_MAX, &arena);
	const char *why = text != NULL ? cas_file_read(text, &arena, &service)
				       : "it is no text of up to 256 KiB that can be read";
	if (why != NULL)
		refuse(import, path, why);
	else
		add(import, path, &service, &arena);
}

static int is_service_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), ending = strlen(".json");
	return len > ending && entry->d_name[0] != '.' && strcmp(entry->d_name + len - ending, ".json") == 0;
}

/* In the order of their names. */
static void import_folder(struct import *import, const char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, is_service_file, alphasort);
	if (n <= 0)
		refuse(import, path, "the folder has no file of a name that ends in .json");
	for (int i = 0; i < n; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		const char *file = arena_printf(&arena, "%s/%s", path, entries[i]->d_name);
		if (!import->unreachable)
			import_file(import, file != NULL ? file : entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

enum ctl_exit ctl_import_cas(const struct ctl *ctl)
{
	CLEANUP(names_done) struct names names = { .planned = { NULL } };
	struct import import = { .ctl = ctl, .names = &names };
	for (unsigned i = 0; i < ctl->n_words && !import.unreachable; i++) {
		struct stat about;
		bool is_folder = stat(ctl->words[i], &about) == 0 && S_ISDIR(about.st_mode);
		if (is_folder)
			import_folder(&import, ctl->words[i]);
		else
			import_file(&import, ctl->words[i]);
	}
	if (import.unreachable)
		return CTL_UNREACHABLE;
	(void)fprintf(stderr, ctl->dry_run ? "%u would be added, %u not\n" : "%u added, %u not added\n",
	    import.added, import.refused);
	return import.refused == 0 && import.added > 0 ? CTL_DONE : CTL_REFUSED;
}
