/* The pages that are really shipped: each is rendered with every message as small and as large as it may be, in every language. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "front/route.h"
#include "text/web.h"
#include "wire/sample.h"

static struct wire_any sample(const char *name, enum sample_size size, struct arena *arena)
{
	uint8_t *body;
	size_t len;
	const void *at;
	const struct wire_msg *msg = wire_find_name(name);
	assert_non_null(msg);
	assert_int_equal(sample_body(msg, size, SAMPLE_NONE, 0, arena, &body, &len), OK);
	enum err err = wire_decode(msg, body, len, arena, &at);
	ROW(name, err == OK);
	return (struct wire_any){ msg, at };
}

static void render(const struct page *page, enum sample_size size, const struct language *language)
{
	struct arena arena = { .limit = 32 * MIB };
	struct wire_any stack[PAGE_DEPTH];
	struct page_context context = { &web_strings, language, 1772496000000 };
	struct out out = OUT(&arena);
	struct text html;
	for (unsigned i = 0; i < page->n_roots; i++)
		stack[i] = sample(page->roots[i], size, &arena);
	ROW(page->name, page_render(page, stack, page->n_roots, &context, &out) == OK);
	ROW(page->name, out_done(&out, &html));
	ROW(page->name, text_starts_with(html, "<!doctype html>"));
	ROW(page->name, strstr(html.at, "</html>") != NULL && strstr(html.at, "{{") == NULL);
	ROW(page->name, strstr(html.at, "<title>") != NULL && strstr(html.at, "<h1>") != NULL);
	ROW(page->name, strstr(html.at, "style=") == NULL && strstr(html.at, "<style") == NULL);
	arena_done(&arena);
}

static void every_page(void **state)
{
	(void)state;
	assert_true(web_n_pages >= 4);
	for (unsigned i = 0; i < web_n_pages; i++)
		for (unsigned j = 0; j < web_strings.n_languages; j++)
			for (unsigned size = SAMPLE_MIN; size <= SAMPLE_MAX; size++)
				render(&web_pages[i], (enum sample_size)size, &web_strings.languages[j]);
}

static void every_route_has_its_page_and_message(void **state)
{
	(void)state;
	unsigned n;
	const struct route *routes = route_all(&n);
	assert_true(n > 0);
	for (unsigned i = 0; i < n; i++) {
		const struct wire_msg *msg = wire_find_name(routes[i].asks);
		ROW(routes[i].path,
		    routes[i].page == NULL || page_find(web_pages, web_n_pages, routes[i].page) != NULL);
		ROW(routes[i].path, strcmp(routes[i].asks, "none") == 0 || msg != NULL);
		ROW(routes[i].path, msg == NULL || wire_may_send(msg, routes[i].instance));
		ROW(routes[i].path, routes[i].method == METHOD_POST || routes[i].body_max == 0);
	}
}

static void the_sheet_is_small(void **state)
{
	(void)state;
	bool found = false;
	for (unsigned i = 0; i < web_n_statics; i++)
		if (strstr(web_statics[i].path, ".css") != NULL) {
			found = true;
			assert_true(web_statics[i].len < 12 * KIB);
		}
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page),
		cmocka_unit_test(every_route_has_its_page_and_message),
		cmocka_unit_test(the_sheet_is_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
