/* name.h - a name as somebody typed it, made fit to look up. */
#ifndef SPOM_AUTHORITY_DIRECTORY_NAME_H
#define SPOM_AUTHORITY_DIRECTORY_NAME_H
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

#define NAME_MAX_BYTES 256

/* Takes the blanks around it away; *name_r borrows from typed. Upper and lower case stay: the attribute's matching rule decides.
 * ERR_MALFORMED: empty, over NAME_MAX_BYTES, not UTF-8, or with a control character. */
NODISCARD enum err name_normalise(struct text typed, struct text *name_r);

#endif
