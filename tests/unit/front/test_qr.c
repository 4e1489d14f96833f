/* The picture of a text: it has the modules that libqrencode gives, within a quiet zone, and nothing but a path. */
#include "unit.h"
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "front/qr.h"

#define URI "otpauth://totp/Example%20University:ada?secret=JBSWY3DPEHPK3PXP&issuer=Example%20University"
#define QUIET 4
#define SIDE_MAX 256

static struct secret secret_of(const char *string)
{
	return (struct secret){ (unsigned char *)(uintptr_t)string, strlen(string) };
}

/* Draws a path of runs as the browser would. */
static void draw(const char *path, bool modules[SIDE_MAX][SIDE_MAX])
{
	int x, y, width, back, used;
	while (sscanf(path, "M%d %dh%dv1h-%dz%n", &x, &y, &width, &back, &used) == 4) {
		assert_true(width == back && x >= QUIET && y >= QUIET && x + width < SIDE_MAX);
		for (int i = 0; i < width; i++)
			modules[y][x + i] = true;
		path += used;
	}
	assert_string_equal(path, "");
}

static void it_is_the_code(void **state)
{
	(void)state;
	static bool modules[SIDE_MAX][SIDE_MAX];
	struct arena arena = { 0 };
	struct secret path;
	uint64_t size;
	QRcode *code = QRcode_encodeString8bit(URI, 0, QR_ECLEVEL_M);
	assert_int_equal(qr_path(secret_of(URI), &arena, &path, &size), OK);
	assert_int_equal(size, (uint64_t)code->width + 2 * QUIET);
	draw((const char *)path.at, modules);
	for (int y = 0; y < (int)size; y++)
		for (int x = 0; x < (int)size; x++) {
			int cx = x - QUIET, cy = y - QUIET;
			bool within = cx >= 0 && cy >= 0 && cx < code->width && cy < code->width;
			assert_int_equal(
			    modules[y][x], within && (code->data[cy * code->width + cx] & 1) != 0);
		}
	QRcode_free(code);
	arena_done(&arena);
}

static void what_fits_in_no_code(void **state)
{
	(void)state;
	static char large[4000];
	struct arena arena = { 0 };
	struct secret path;
	uint64_t size;
	memset(large, 'a', sizeof large - 1);
	assert_int_equal(qr_path(secret_of(large), &arena, &path, &size), ERR_TOO_LARGE);
	assert_int_equal(qr_path(secret_of(""), &arena, &path, &size), ERR_MALFORMED);
	struct secret with_nul = { (unsigned char *)(uintptr_t) "a\0b", 3 };
	assert_int_equal(qr_path(with_nul, &arena, &path, &size), ERR_MALFORMED);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_code),
		cmocka_unit_test(what_fits_in_no_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
