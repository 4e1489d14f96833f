/* texttool - makes C of web/: texttool compile WEB OUT
 *
 * Reads WEB/strings/TAG.txt, WEB/templates and WEB/static, checks them against each other and against the message table, and writes
 * pages.c, strings.c, static.c and words.c to OUT. Whatever is wrong is told with its file and line, and nothing is written. */
#include <string.h>
#include "text/compile/sheet.h"
#include "text/tool/emit.h"

#define FIRST_LANGUAGE "en"

struct build {
	struct arena arena;
	struct fault fault;
	struct catalogue catalogue;
	struct files strings, templates, statics;
	struct source parts[FILES_MAX], addresses[FILES_MAX];
	struct page pages[FILES_MAX];
	unsigned n_parts, n_pages;
};

static bool read_folder(
    struct build *b, const char *web, const char *folder, const char *suffix, struct files *files)
{
	const char *path = arena_printf(&b->arena, "%s/%s", web, folder);
	return path != NULL && files_read(&b->arena, path, suffix, files, &b->fault);
}

static bool read_strings(struct build *b, const char *web)
{
	if (!read_folder(b, web, "strings", ".txt", &b->strings))
		return false;
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < b->strings.n; i++) {
			const struct source *file = &b->strings.at[i];
			bool is_first = strcmp(file->name, FIRST_LANGUAGE) == 0;
			if (is_first == (pass == 0) &&
			    !catalogue_read(&b->catalogue, file->file, file->name, file->content, &b->fault))
				return false;
		}
	return catalogue_check(&b->catalogue, &b->fault);
}

static bool is_sheet(const struct source *file)
{
	const char *type = files_type(file->name);
	return type != NULL && strncmp(type, "text/css", 8) == 0;
}

static bool read_statics(struct build *b, const char *web)
{
	if (!read_folder(b, web, "static", "", &b->statics))
		return false;
	for (unsigned i = 0; i < b->statics.n; i++) {
		struct source *file = &b->statics.at[i];
		if (files_type(file->name) == NULL)
			return fault_set(&b->fault, file->file, 1, "a file of unknown type");
		if (is_sheet(file) && !sheet_squeeze(file->content, &b->arena, &file->content))
			return false;
		b->addresses[i] = *file;
		b->addresses[i].content = text_of(files_address(&b->arena, file));
		if (b->addresses[i].content.at == NULL)
			return false;
	}
	return true;
}

static bool compile_pages(struct build *b, const char *web)
{
	if (!read_folder(b, web, "templates", ".html", &b->templates))
		return false;
	for (unsigned i = 0; i < b->templates.n; i++)
		if (strncmp(b->templates.at[i].name, "part/", 5) == 0) {
			b->parts[b->n_parts] = b->templates.at[i];
			b->parts[b->n_parts++].name += 5;
		}
	struct template_set set = { &b->arena, &b->catalogue, b->parts, b->n_parts, b->addresses,
		b->statics.n };
	for (unsigned i = 0; i < b->templates.n; i++)
		if (strncmp(b->templates.at[i].name, "part/", 5) != 0 &&
		    !template_compile(&set, &b->templates.at[i], &b->pages[b->n_pages++], &b->fault))
			return false;
	return catalogue_check_use(&b->catalogue, &b->fault);
}

static bool write_all(struct build *b, const char *to)
{
	static const char *const NAMES[] = { "pages.c", "strings.c", "words.c", "static.c" };
	for (unsigned i = 0; i < COUNT(NAMES); i++) {
		FILE *out = files_create(to, NAMES[i], &b->fault);
		if (out == NULL)
			return false;
		if (i == 0)
			emit_pages(out, b->pages, b->n_pages);
		else if (i == 1)
			emit_strings(out, &b->catalogue);
		else if (i == 2)
			emit_words(out, &b->catalogue);
		else
			emit_statics(out, b->statics.at, b->addresses, b->statics.n);
		if (!files_close(out, NAMES[i], &b->fault))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct build b;
	if (argc != 4 || strcmp(argv[1], "compile") != 0) {
		fputs("usage: texttool compile WEB OUT\n", stderr);
		return 2;
	}
	b.arena.limit = 64 * MIB;
	b.catalogue.arena = &b.arena;
	bool done = read_strings(&b, argv[2]) && read_statics(&b, argv[2]) && compile_pages(&b, argv[2]) &&
		    write_all(&b, argv[3]);
	if (!done)
		fprintf(stderr, "%s\n", b.fault.text[0] != '\0' ? b.fault.text : "texttool: out of memory");
	arena_done(&b.arena);
	return done ? 0 : 1;
}
