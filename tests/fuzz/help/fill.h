/* fill.h - messages made from a fuzzer's bytes, by the table: whatever the bytes are, the message is one that may be on the wire.
 *
 * A fuzzer hardly ever finds a body that decodes; here every byte counts. */
#ifndef SPOM_FUZZ_FILL_H
#define SPOM_FUZZ_FILL_H
#include "base/arena.h"
#include "wire/wire.h"

/* Bytes that are used up; behind the end come zeros. */
struct supply {
	const uint8_t *at;
	size_t left;
};

uint8_t supply_byte(struct supply *supply);

/* Up to max bytes. */
struct bytes supply_bytes(struct supply *supply, size_t max);

/* What stands before the separator, or all; *supply begins behind it. */
struct text supply_cut(struct supply *supply, uint8_t separator);

enum fill_texts {
	FILL_AS_THEY_ARE, /* what the bytes say, as far as the table allows it */
	FILL_HARMLESS,    /* an "x" for each byte of it */
};

/* A message on the arena; NULL when memory is out. The same bytes give the same lists and choices with either kind of texts. */
const void *fill_message(
    const struct wire_msg *msg, struct supply *supply, enum fill_texts texts, struct arena *arena);

#endif
