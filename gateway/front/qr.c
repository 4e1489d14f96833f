#include "front/qr.h"
#include <errno.h>
#include <qrencode.h>
#include <string.h>
#include "text/out.h"

#define QUIET 4 /* modules, on each side */

/* One line of modules: runs of dark ones. */
static void add_line(struct out *out, const unsigned char *modules, int width, int y)
{
	for (int x = 0; x < width;) {
		int begin = x;
		while (x < width && (modules[x] & 1) != 0)
			x++;
		if (x > begin)
			out_format(out, "M%d %dh%dv1h-%dz", begin + QUIET, y + QUIET, x - begin, x - begin);
		x += x == begin;
	}
}

enum err qr_path(struct secret text, struct arena *arena, struct secret *path_r, uint64_t *size_r)
{
	struct out out = OUT(arena);
	struct text path;
	if (text.len == 0 || !secret_is_string(text))
		return ERR_MALFORMED;
	QRcode *code = QRcode_encodeString8bit((const char *)text.at, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return errno == ERANGE ? ERR_TOO_LARGE : ERR_NO_MEMORY;
	for (int y = 0; y < code->width; y++)
		add_line(&out, code->data + (size_t)y * (size_t)code->width, code->width, y);
	uint64_t size = (uint64_t)code->width + 2 * QUIET;
	explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
	if (!out_done(&out, &path))
		return ERR_NO_MEMORY;
	*path_r = (struct secret){ (unsigned char *)(uintptr_t)path.at, path.len };
	*size_r = size;
	return OK;
}
