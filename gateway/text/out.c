#include "text/out.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_ROOM (4u * KIB)

/* Room for len more bytes and a NUL. The old bytes stay on the arena and are erased with it. */
static bool reserve(struct out *out, size_t len)
{
	if (out->failed)
		return false;
	if (out->room - out->len > len)
		return true;
	size_t first = out->first != 0 ? out->first : FIRST_ROOM;
	size_t room = out->room < first ? first : out->room * 2;
	while (room - out->len <= len && room < ARENA_LIMIT)
		room *= 2;
	char *at = room - out->len > len ? arena_alloc(out->arena, room) : NULL;
	if (at == NULL) {
		out->failed = true;
		return false;
	}
	if (out->len > 0)
		memcpy(at, out->at, out->len);
	out->at = at;
	out->room = room;
	return true;
}

void out_bytes(struct out *out, const char *bytes, size_t len)
{
	if (len == 0 || !reserve(out, len))
		return;
	memcpy(out->at + out->len, bytes, len);
	out->len += len;
}

void out_str(struct out *out, const char *string)
{
	out_bytes(out, string, strlen(string));
}

void out_text(struct out *out, struct text text)
{
	out_bytes(out, text.at, text.len);
}

void out_number(struct out *out, unsigned long long number)
{
	out_format(out, "%llu", number);
}

void out_format(struct out *out, const char *fmt, ...)
{
	char piece[OUT_FORMAT_MAX];
	va_list args;
	va_start(args, fmt);
	int len = vsnprintf(piece, sizeof piece, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof piece)
		out->failed = true;
	else
		out_bytes(out, piece, (size_t)len);
}

bool out_done(struct out *out, struct text *text_r)
{
	if (!reserve(out, 0))
		return false;
	out->at[out->len] = '\0';
	*text_r = (struct text){ out->at, out->len };
	return true;
}
