/* line.h - a record as a line: {"n":7,"time":"...","event":"...", ... ,"mac":"..."}.
 *
 * The mac is over all bytes before it. n and time stand first and are filled in last, when the order of the records is known. */
#ifndef SPOM_AUTHORITY_AUDIT_LINE_H
#define SPOM_AUTHORITY_AUDIT_LINE_H
#include <stdbool.h>
#include <stdint.h>
#include "authority/keys/keys.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

#define LINE_MAX_BYTES 16384u
#define LINE_MAC_LEN 43u                      /* base64url of KEYS_HASH_SIZE bytes */
#define LINE_EXTRA (64u + LINE_MAC_LEN + 16u) /* what line_write adds to what line_render gave, at most */

/* What stands between time and mac, on the arena. Texts over their bounds are cut, and what is no clean text is made one: a record is never
 * refused for what strangers typed. */
NODISCARD enum err line_render(const struct msg_audit_row *row, struct arena *arena, struct text *middle_r);

/* Writes the whole line with its end to room, which is large enough (LINE_EXTRA); the chain goes on. mac has room for
 * LINE_MAC_LEN + 1. Gives the line's length. */
size_t line_write(char *room, uint64_t n, int64_t time_ms, struct text middle, struct keys_chain *chain,
    char mac[LINE_MAC_LEN + 1]);

/* A line, taken apart but not believed. */
struct line {
	uint64_t n;
	struct text body; /* what the mac is over */
	struct text mac;
};

/* text without its line end. False: it has not the form of a record. */
NODISCARD bool line_split(struct text text, struct line *line_r);

/* When it was made, as it says; ms since 1970. 0: it does not say. */
int64_t line_time_ms(const struct line *line);

/* The chain of a file as it began, under the master key that its first record shows; false: under none that we have. */
bool line_begins(const struct line *line, const struct keys *keys, uint64_t file, struct keys_chain *chain_r);

/* Whether that is the chain's next record; the chain goes on. */
bool line_is_next(const struct line *line, struct keys_chain *chain);

#endif
