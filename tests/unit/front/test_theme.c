#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include "front/theme.h"

static void contrast(void **state)
{
	(void)state;
	assert_in_range(theme_contrast(0x000000, 0xffffff), 2090, 2100);
	assert_in_range(theme_contrast(0x767676, 0xffffff), 450, 458);
	assert_in_range(theme_contrast(0xff0000, 0xffffff), 398, 402);
	assert_int_equal(theme_contrast(0x123456, 0x123456), 100);
}

static unsigned colour_at(const char *sheet, const char *token)
{
	const char *at = strstr(sheet, token);
	assert_non_null(at);
	return (unsigned)strtoul(at + strlen(token) + 1, NULL, 16);
}

/* Whatever colour an institution has, buttons and links can be read on light and on dark pages. */
static void every_colour_is_readable(void **state)
{
	(void)state;
	static const char *const COLOURS[] = { "#1d4f91", "#000000", "#ffffff", "#ffff00", "#00ff00",
		"#ff0000", "#0000ff", "#808080", "#7f1d1d", "#FFC72C", "#e5007d" };
	for (size_t i = 0; i < COUNT(COLOURS); i++) {
		struct arena arena = { 0 };
		struct text sheet, path;
		ROW(COLOURS[i], theme_make(text_of(COLOURS[i]), &arena, &sheet, &path) == OK);
		const char *light = text_str(sheet), *dark = strstr(light, "@media");
		ROW(COLOURS[i], dark != NULL);
		ROW(COLOURS[i], theme_contrast(colour_at(light, "--accent:"), 0xf7f7f5) >= 310);
		ROW(COLOURS[i], theme_contrast(colour_at(light, "--accent-text:"), 0xf7f7f5) >= 460);
		ROW(COLOURS[i], theme_contrast(colour_at(dark, "--accent:"), 0x1c1e21) >= 310);
		ROW(COLOURS[i], theme_contrast(colour_at(dark, "--accent-text:"), 0x1c1e21) >= 600);
		for (const char *at = light; at != NULL; at = at == light ? dark : NULL)
			ROW(COLOURS[i],
			    theme_contrast(colour_at(at, "--accent:"), colour_at(at, "--on-accent:")) >= 450);
		ROW(COLOURS[i], text_starts_with(path, "/static/theme-"));
		arena_done(&arena);
	}
}

static void not_a_colour(void **state)
{
	(void)state;
	static const char *const COLOURS[] = { "", "red", "#fff", "#12345g", "1d4f91", "#1d4f911",
		"#1d4f9}" };
	struct arena arena = { 0 };
	struct text sheet, path;
	for (size_t i = 0; i < COUNT(COLOURS); i++)
		ROW(COLOURS[i], theme_make(text_of(COLOURS[i]), &arena, &sheet, &path) == ERR_MALFORMED);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contrast),
		cmocka_unit_test(every_colour_is_readable),
		cmocka_unit_test(not_a_colour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
