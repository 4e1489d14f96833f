/* text_template.c - the compiler of web/ on whatever it may find there, and what it made, with any values. The input is, each up to a
 * byte 0xff: a strings file, a page, a part, a style sheet; then the values. Whatever the page and the values are: a value stays in
 * the place where the template put it. */
#include <string.h>
#include "fuzz/help/fill.h"
#include "fuzz/help/markup.h"
#include "fuzz/help/must.h"
#include "text/compile/sheet.h"
#include "text/compile/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEPARATOR 0xff
#define NOW_MS 1772496000000

static bool read_strings(struct catalogue *catalogue, struct text content, struct fault *fault)
{
	bool read = catalogue_read(catalogue, "en.txt", "en", content, fault) &&
		    catalogue_read(catalogue, "fr.txt", "fr", content, fault) &&
		    catalogue_check(catalogue, fault);
	(void)(read && catalogue_check_use(catalogue, &(struct fault){ "" }));
	return read;
}

static bool compile(struct arena *arena, struct supply *supply, struct strings *strings, struct page *page)
{
	static const struct source STATICS[] = { { "portal.css", "static/portal.css",
	    { "/static/portal-1.css", 20 } } };
	struct catalogue catalogue = { .arena = arena };
	struct fault fault = { "" };
	struct text content = supply_cut(supply, SEPARATOR);
	struct source file = { "page", "page.html", supply_cut(supply, SEPARATOR) };
	struct source part = { "field", "part/field.html", supply_cut(supply, SEPARATOR) };
	struct template_set set = { arena, &catalogue, &part, 1, STATICS, COUNT(STATICS) };
	bool good = read_strings(&catalogue, content, &fault) && catalogue_strings(&catalogue, strings) &&
		    template_compile(&set, &file, page, &fault);
	MUST(good != (fault.text[0] != '\0'));
	return good;
}

static bool render(const struct page *page, const struct strings *strings, struct supply supply,
    enum fill_texts texts, struct arena *arena, struct text *html_r)
{
	struct wire_any stack[PAGE_DEPTH];
	struct out out = OUT(arena);
	const struct language *language = &strings->languages[supply_byte(&supply) % strings->n_languages];
	struct page_context context = { strings, language, NOW_MS };
	for (unsigned i = 0; i < page->n_roots; i++) {
		stack[i].msg = wire_find_name(page->roots[i]);
		stack[i].at = fill_message(stack[i].msg, &supply, texts, arena);
		if (stack[i].at == NULL)
			return false;
	}
	enum err err = page_render(page, stack, page->n_roots, &context, &out);
	MUST(err == OK || err == ERR_NO_MEMORY);
	return err == OK && out_done(&out, html_r);
}

static void try_sheet(struct text sheet, struct arena *arena)
{
	struct text squeezed;
	if (sheet_squeeze(sheet, arena, &squeezed))
		MUST(squeezed.len <= sheet.len && squeezed.at[squeezed.len] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { .limit = 16 * MIB };
	struct supply supply = { data, size };
	struct strings strings;
	struct page page;
	struct text html, harmless;
	bool compiled = compile(&arena, &supply, &strings, &page);
	try_sheet(supply_cut(&supply, SEPARATOR), &arena);
	if (!compiled || !render(&page, &strings, supply, FILL_AS_THEY_ARE, &arena, &html) ||
	    !render(&page, &strings, supply, FILL_HARMLESS, &arena, &harmless))
		return 0;
	MUST(markup_fault(html, &arena) == NULL);
	MUST(markup_break(html, harmless, &arena) == NULL);
	return 0;
}
