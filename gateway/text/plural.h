/* plural.h - which form of a sentence goes with a number (Unicode CLDR, cardinal rules for whole numbers). */
#ifndef SPOM_TEXT_PLURAL_H
#define SPOM_TEXT_PLURAL_H
#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

enum plural {
	PLURAL_OTHER, /* every language has it; a sentence without a number has only this one */
	PLURAL_ONE,
	PLURAL_FEW,
	PLURAL_MANY,
	PLURAL_COUNT_
};

/* The rule of a language, and the forms that it may give (bits 1 << PLURAL_...). */
struct plural_rule {
	const char *languages; /* tags, each in blanks: " en de " */
	const char *name;      /* the C name of form */
	unsigned forms;
	enum plural (*form)(uint64_t n);
};

/* NULL for a language whose rule nobody has written yet. */
const struct plural_rule *plural_find(struct text language);

/* "one", "few", "many", "other"; false for any other word. */
bool plural_from_text(struct text word, enum plural *plural_r);
const char *plural_text(enum plural plural);

/* The rules by name, for the tables that are generated. */
enum plural plural_one(uint64_t n);      /* English, German and most others */
enum plural plural_zero_one(uint64_t n); /* French, Portuguese */
enum plural plural_east(uint64_t n);     /* Russian, Ukrainian */
enum plural plural_polish(uint64_t n);
enum plural plural_czech(uint64_t n); /* Czech, Slovak */

#endif
