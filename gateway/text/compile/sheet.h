/* sheet.h - a style sheet as it is sent: without comments and the blanks that only people need. */
#ifndef SPOM_TEXT_SHEET_H
#define SPOM_TEXT_SHEET_H
#include "base/arena.h"
#include "base/text.h"

/* Strings stay as they are, and so do blanks that part words, values and selectors. On the arena; false when memory is out. */
NODISCARD bool sheet_squeeze(struct text sheet, struct arena *arena, struct text *squeezed_r);

#endif
