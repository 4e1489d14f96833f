/* text.h - strings with a length, and what may stand in them.
 *
 * A struct text borrows its bytes. Where a text comes from the wire or from an arena, a NUL stands behind its
 * last byte and none within, so text_str may be given to C libraries. */
#ifndef SPOM_BASE_TEXT_H
#define SPOM_BASE_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"

struct arena;

struct text {
	const char *at; /* NULL stands for absent, which is not the same as empty */
	size_t len;     /* bytes */
};

/* A text of a C string (NULL gives the absent text); borrows it. */
struct text text_of(const char *string);

/* A text of a string literal or array. */
#define TEXT_LITERAL(literal) ((struct text){ (literal), sizeof(literal) - 1 })

/* "%.*s" arguments. */
#define TEXT_ARGS(text) (int)(text).len, (text).len > 0 ? (text).at : ""

/* The C string of a text that is NUL-terminated (see above); "" for the absent one. */
const char *text_str(struct text text);

bool text_is_empty(struct text text); /* absent counts as empty */
bool text_equal(struct text a, struct text b);
bool text_equal_str(struct text a, const char *b);
bool text_starts_with(struct text text, const char *prefix);

/* The next of words with blanks between them (characters of blanks), borrowed, and the rest behind it; false, and *word_r untouched: there is none
 * any more. */
bool text_next_word(struct text *rest, const char *blanks, struct text *word_r);

/* A NUL-terminated copy on the arena; *copy_r untouched and false when memory is out. */
NODISCARD bool text_copy(struct arena *arena, struct text from, struct text *copy_r);

/* Whether bytes are well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong, at most U+10FFFF). */
bool text_is_utf8(const char *bytes, size_t len);

/* Whether a control character (C0, DEL, C1) stands in well-formed UTF-8; with lines, LF and TAB are let through. */
bool text_has_control(const char *bytes, size_t len, bool lines);

/* Whether characters in it are not seen but change how the others are read: breaks of lines and paragraphs, and changes of direction, by
 * which a name can be made to look like another. Joiners are none: Persian and many a picture are written with them. */
bool text_misleads(struct text text);

/* Whether it is a word of ASCII letters, digits, ., - and _ that begins with a letter or _: what XML takes for the name of an element, and
 * others for a name as well. */
bool text_is_name(struct text text);

/* Parses a decimal number without sign, blanks or leading zeros; false (and *number_r untouched) when the text
 * is anything else or over max. */
NODISCARD bool text_to_number(struct text text, unsigned long long max, unsigned long long *number_r);

#endif
