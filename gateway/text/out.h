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
	size_t first; /* room to begin with; 0 stands for that of a page */
	bool failed;  /* memory was out: what follows is dropped, out_done says so */
};

#define OUT(arena_) ((struct out){ .arena = (arena_) })

/* For a word or a sentence: a page has a hundred of them, and what they do not fill is zeroed and erased as well. */
#define OUT_SMALL_ROOM 96
#define OUT_SMALL(arena_) ((struct out){ .arena = (arena_), .first = OUT_SMALL_ROOM })

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
