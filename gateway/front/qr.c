/* qr.c - libqrencode copies what it draws to memory that it frees without erasing it, and a secret of years must not stay in a program that the
 * network reaches. So a child draws, whose memory ends with it, and hands back the path alone. */
#include "front/qr.h"
#include <errno.h>
#include <qrencode.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"
#include "text/out.h"

#define QUIET 4 /* modules, on each side */
#define PATH_MAX_BYTES 32000u
#define DRAW_MS 2000

/* What the child says first; then come the bytes of the path. */
struct drawing {
	enum err err;
	uint64_t size;
	size_t path_len;
};

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

static struct drawing draw(struct secret text, struct out *out, struct text *path_r)
{
	QRcode *code = QRcode_encodeString8bit((const char *)text.at, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return (struct drawing){ .err = errno == ERANGE ? ERR_TOO_LARGE : ERR_NO_MEMORY };
	for (int y = 0; y < code->width; y++)
		add_line(out, code->data + (size_t)y * (size_t)code->width, code->width, y);
	if (!out_done(out, path_r))
		return (struct drawing){ .err = ERR_NO_MEMORY };
	if (path_r->len > PATH_MAX_BYTES)
		return (struct drawing){ .err = ERR_TOO_LARGE };
	return (struct drawing){ OK, (uint64_t)(code->width + 2 * QUIET), path_r->len };
}

NORETURN static void be_child(int to, struct secret text, struct arena *arena)
{
	struct out out = OUT(arena);
	struct text path = { "", 0 };
	struct drawing drawing = draw(text, &out, &path);
	int64_t deadline_ms = clock_steady_ms() + DRAW_MS;
	enum err err = io_write(to, &drawing, sizeof drawing, deadline_ms);
	if (err == OK && drawing.err == OK)
		err = io_write(to, path.at, path.len, deadline_ms);
	_exit(err == OK ? 0 : 1);
}

static enum err read_drawing(int from, struct arena *arena, struct secret *path_r, uint64_t *size_r)
{
	int64_t deadline_ms = clock_steady_ms() + DRAW_MS;
	struct drawing drawing;
	enum err err = io_read(from, &drawing, sizeof drawing, deadline_ms);
	if (err == OK)
		err = drawing.err;
	if (err != OK)
		return err;
	char *path = arena_alloc(arena, drawing.path_len + 1);
	if (path == NULL)
		return ERR_NO_MEMORY;
	err = io_read(from, path, drawing.path_len, deadline_ms);
	if (err != OK)
		return err;
	path[drawing.path_len] = '\0';
	*path_r = (struct secret){ (unsigned char *)path, drawing.path_len };
	*size_r = drawing.size;
	return OK;
}

enum err qr_path(struct secret text, struct arena *arena, struct secret *path_r, uint64_t *size_r)
{
	int ends[2];
	if (text.len == 0 || !secret_is_string(text))
		return ERR_MALFORMED;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
		return ERR_NO_MEMORY;
	pid_t child = fork();
	if (child == 0)
		be_child(ends[1], text, arena);
	io_close(&ends[1]);
	enum err err = child > 0 ? read_drawing(ends[0], arena, path_r, size_r) : ERR_NO_MEMORY;
	io_close(&ends[0]);
	if (child > 0) {
		(void)kill(child, SIGKILL); /* it has said what it had to say, or hangs */
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	return err;
}
