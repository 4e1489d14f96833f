/* draft.h - a settings file in the making: each value is taken as the reader of the file would take it, and written with what it is for.
 *
 * Sections that repeat ([attribute NAME]) are no part of it. */
#ifndef SPOM_CONF_DRAFT_H
#define SPOM_CONF_DRAFT_H
#include "base/arena.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/table.h"

struct conf_draft;

/* An empty one on the arena, which keeps its values as well. ERR_NO_MEMORY. */
NODISCARD enum err conf_draft_new(struct arena *arena, struct conf_draft **draft_r);

/* Copies a value, in the place of one before; NULL takes it away. The setting is one of the table's. ERR_CONFIG and *fault, the
 * draft as it was: the file would be refused with it; ERR_NO_MEMORY. */
NODISCARD enum err conf_draft_set(struct conf_draft *draft, const struct conf_setting *setting,
    const char *value, struct conf_fault *fault);

/* Borrowed until it is set anew; NULL: not set. */
const char *conf_draft_get(const struct conf_draft *draft, const struct conf_setting *setting);

/* Whether the default of a setting holds on this machine (its user is there). */
bool conf_draft_default_holds(const struct conf_setting *setting);

/* What the values that are set must be together; others may still come. ERR_CONFIG and *fault, without file and line;
 * ERR_NO_MEMORY. */
NODISCARD enum err conf_draft_check(const struct conf_draft *draft, struct conf_fault *fault);

/* The whole file on the arena, in the order of the table: above each value what it is for. ERR_NO_MEMORY. */
NODISCARD enum err conf_draft_text(const struct conf_draft *draft, struct arena *arena, struct text *text_r);

#endif
