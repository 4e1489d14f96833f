/* front_page.c - the pages that are shipped, with any values that may come over the wire: none breaks out of its place. The first two
 * bytes choose the page and the language. */
#include "fuzz/help/fill.h"
#include "fuzz/help/markup.h"
#include "fuzz/help/must.h"
#include "text/web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_MS 1772496000000

static bool render(struct supply supply, enum fill_texts texts, struct arena *arena, struct text *html_r)
{
	struct wire_any stack[PAGE_DEPTH];
	struct out out = OUT(arena);
	const struct page *page = &web_pages[supply_byte(&supply) % web_n_pages];
	const struct language *language =
	    &web_strings.languages[supply_byte(&supply) % web_strings.n_languages];
	struct page_context context = { &web_strings, language, NOW_MS };
	for (unsigned i = 0; i < page->n_roots; i++) {
		const char *field;
		stack[i].msg = wire_find_name(page->roots[i]);
		stack[i].at = fill_message(stack[i].msg, &supply, texts, arena);
		if (stack[i].at == NULL)
			return false;
		MUST(wire_check(stack[i], &field) == OK);
	}
	enum err err = page_render(page, stack, page->n_roots, &context, &out);
	MUST(err == OK || err == ERR_NO_MEMORY);
	return err == OK && out_done(&out, html_r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { .limit = 16 * MIB };
	struct supply supply = { data, size };
	struct text html, harmless;
	if (!render(supply, FILL_AS_THEY_ARE, &arena, &html) ||
	    !render(supply, FILL_HARMLESS, &arena, &harmless))
		return 0;
	MUST(markup_fault(html, &arena) == NULL);
	MUST(markup_break(html, harmless, &arena) == NULL);
	return 0;
}
