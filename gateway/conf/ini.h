/* ini.h - the syntax of the settings file, without any meaning. Private to gateway/conf.
 *
 * Lines "[section]", "[section name]", "key = value", blank ones, and comments, whose first character is # or ;. A value is
 * the rest of its line, as it stands, without the blanks around it: no quotes, no escapes, no comment behind it. UTF-8
 * without control characters.
 *
 * Why not libini-config (0.6.2, tried): it cuts a value at a NUL without a word, knows no line for bytes that are not
 * UTF-8, does not name the key in its messages, and brings five libraries into the process that holds the keys. */
#ifndef SPOM_CONF_INI_H
#define SPOM_CONF_INI_H
#include "base/arena.h"
#include "base/text.h"
#include "conf/conf.h"

struct ini_entry {
	unsigned line;
	struct text section; /* all NUL-terminated, on the arena */
	struct text name;    /* absent in a plain [section] */
	struct text key;     /* absent: the line of the section itself */
	struct text value;
};

struct ini {
	struct ini_entry *at;
	unsigned n;
};

/* Reads bytes, which a NUL follows; the same section or the same key in it for a second time is a fault like any other. Each
 * fault is added to *faults; with ERR_CONFIG *ini_r has the other lines, but none below a section's line that is wrong. file is
 * for faults. */
NODISCARD enum err ini_read(
    const char *file, struct text bytes, struct arena *arena, struct ini *ini_r, struct conf_faults *faults);

/* The place of one more fault; the last one again when there is no room. */
struct conf_fault *ini_fault_next(struct conf_faults *faults);

/* Fills a fault with "FILE:LINE: ..." (without a line where it is 0, without both where file is NULL), cut where it is too long; gives
 * ERR_CONFIG. */
enum err ini_fault(struct conf_fault *fault, const char *file, unsigned line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
