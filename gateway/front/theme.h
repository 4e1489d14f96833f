/* theme.h - the institution's colour as a style sheet: one accent for light pages and one for dark ones, both readable. */
#ifndef SPOM_FRONT_THEME_H
#define SPOM_FRONT_THEME_H
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/* colour is "#rrggbb". ERR_MALFORMED; ERR_NO_MEMORY. */
NODISCARD enum err theme_make(
    struct text colour, struct arena *arena, struct text *sheet_r, struct text *path_r);

/* The contrast of two colours (0xrrggbb) as WCAG 2.2 counts it, in hundredths: 100 to 2100. */
unsigned theme_contrast(unsigned a, unsigned b);

#endif
