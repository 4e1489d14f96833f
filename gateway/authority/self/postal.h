/* postal.h - several lines in one value of the directory: Postal Address (RFC 4517 3.3.28), lines parted by $. */
#ifndef SPOM_AUTHORITY_SELF_POSTAL_H
#define SPOM_AUTHORITY_SELF_POSTAL_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

/* The lines of a value, each ended by LF but the last. */
NODISCARD enum err postal_read(struct text value, struct arena *arena, struct text *lines_r);

/* The value of such lines; blanks around a line, and empty lines, are left out. Empty when there is nothing else. */
NODISCARD enum err postal_write(struct text lines, struct arena *arena, struct text *value_r);

#endif
