/* sample.h - bodies made from the tables by a second encoder, which knows how to be wrong: for tests, golden frames and
 * the fuzz corpus. No program of ours that serves uses it. */
#ifndef SPOM_WIRE_SAMPLE_H
#define SPOM_WIRE_SAMPLE_H
#include "wire/wire.h"

enum sample_size {
	SAMPLE_MIN,  /* only what must be there, as small as it may be */
	SAMPLE_FULL, /* every field, short; lists of two */
	SAMPLE_MAX,  /* every field at its bound */
};

/* Each makes a body that decoding must refuse; SAMPLE_UNKNOWN it takes when it is lenient. */
enum sample_twist {
	SAMPLE_NONE,
	SAMPLE_OVER,       /* bound + 1 */
	SAMPLE_SHORT,      /* a byte less than the kind needs */
	SAMPLE_CONTROL,    /* a control character in a text */
	SAMPLE_BAD_UTF8,   /* a text that is not UTF-8 */
	SAMPLE_NUL,        /* a NUL within a text */
	SAMPLE_ZERO,       /* an optional value that says that it is absent */
	SAMPLE_BOMB,       /* a list that announces 2^32 - 1 elements */
	SAMPLE_COUNT,      /* a list that announces one more than it has */
	SAMPLE_TWICE,      /* the field two times */
	SAMPLE_SWAPPED,    /* the field behind the next one */
	SAMPLE_MISSING,    /* not there, though it must be */
	SAMPLE_UNKNOWN,    /* a field of a number past the last one's */
	SAMPLE_LENGTH,     /* a length past the end */
	SAMPLE_NUMBERLESS, /* the field number 0 */
	SAMPLE_TWIST_COUNT_
};

const char *sample_twist_text(enum sample_twist twist);

/* How many fields a full sample has, those of nested messages included (an element of a list counts each time). */
unsigned sample_fields(const struct wire_msg *msg);

/* The body on the arena; with a twist at the field of that number, counted from 0 as the fields come. ERR_NOT_FOUND: this
 * twist means nothing there. ERR_NO_MEMORY. */
NODISCARD enum err sample_body(const struct wire_msg *msg, enum sample_size size, enum sample_twist twist,
    unsigned at, struct arena *arena, uint8_t **body_r, size_t *len_r);

#endif
