/* out.h - text that grows on an arena: pages, sentences, JSON. */
#ifndef SPOM_TEXT_OUT_H
#define SPOM_TEXT_OUT_H
#include "base/arena.h"
#include "base/text.h"

struct out {
	struct arena *arena;
	char *at;
	size_t len;
	size_t room;
	bool failed; /* memory was out: what follows is dropped, out_done says so */
};

#define OUT(arena_) ((struct out){ .arena = (arena_) })

void out_bytes(struct out *out, const char *bytes, size_t len);
void out_str(struct out *out, const char *string);
void out_text(struct out *out, struct text text);
void out_number(struct out *out, unsigned long long number);

/* For what is short: at most OUT_FORMAT_MAX - 1 bytes, else the whole text fails. */
#define OUT_FORMAT_MAX 256
void out_format(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The text so far, NUL-terminated; false when memory was out. */
NODISCARD bool out_done(struct out *out, struct text *text_r);

#endif
