/* What may leave a style sheet without changing what it says. */
#include "unit.h"
#include "base/arena.h"
#include "text/compile/sheet.h"

static const struct {
	const char *from, *to;
} ROWS[] = {
	{ "a { color: red; }\n", "a{color:red}" },
	{ "/* why */\na,\nb > c { margin: 0 auto; inset: 1px; }", "a,b>c{margin:0 auto;inset:1px}" },
	{ "td::before { content: \": { \" }", "td::before{content:\": { \"}" },
	{ "a :hover { x: y }", "a :hover{x:y}" },
	{ "a { width: calc(1px + 2px) }", "a{width:calc(1px + 2px)}" },
	{ "@media (a: b) and (c: d) { e { f: g; } }", "@media (a:b) and (c:d){e{f:g}}" },
	{ "a { x: 'it /* stays */' }", "a{x:'it /* stays */'}" },
	{ "a { } /* it ends", "a{}" },
	{ "", "" },
};

static void rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct arena arena = { 0 };
		struct text squeezed = { NULL, 0 };
		ROW(ROWS[i].from, sheet_squeeze(text_of(ROWS[i].from), &arena, &squeezed));
		ROW(ROWS[i].from, text_equal_str(squeezed, ROWS[i].to));
		arena_done(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
