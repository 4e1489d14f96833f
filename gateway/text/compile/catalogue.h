/* catalogue.h - the strings files of all languages, checked against each other.
 *
 * A file is web/strings/TAG.txt: lines "id = sentence", comments with "#". "id.one" and "id.other" (and "few", "many" where a language has them)
 * are the forms of one string. Every language has every string in all the forms of its plural rule. */
#ifndef SPOM_TEXT_CATALOGUE_H
#define SPOM_TEXT_CATALOGUE_H
#include "base/arena.h"
#include "text/compile/fault.h"
#include "text/strings.h"

#define CATALOGUE_LANGUAGES 12
#define CATALOGUE_STRINGS 4000

struct catalogue_string {
	const char *id;
	unsigned line; /* in the first language's file */
	bool has_forms;
	bool is_used;
	struct string_forms forms[CATALOGUE_LANGUAGES];
};

struct catalogue_language {
	const char *file;
	const char *tag;
	const struct plural_rule *rule;
};

struct catalogue {
	struct arena *arena;
	struct catalogue_language languages[CATALOGUE_LANGUAGES]; /* the first is English */
	unsigned n_languages;
	struct catalogue_string **strings; /* sorted by id once catalogue_check was happy */
	unsigned n;
};

/* Reads a language's file; its texts are copied to the arena. */
bool catalogue_read(
    struct catalogue *catalogue, const char *file, const char *tag, struct text content, struct fault *fault);

/* Sorts, and checks that no language lacks anything. After the last catalogue_read. */
bool catalogue_check(struct catalogue *catalogue, struct fault *fault);

/* The index of an id; STRINGS_NONE. After catalogue_check. */
unsigned catalogue_find(const struct catalogue *catalogue, struct text id);

/* Whether every placeholder of a string, in every language, is one of the names. */
bool catalogue_takes(const struct catalogue *catalogue, unsigned string, const char *const *names, unsigned n,
    struct text *missing_r);

/* Whether an id is a text id: one that messages may carry, and so counts as used. */
bool catalogue_is_text_id(const char *id);

/* Checks that every string is used: by a page, as a text id, or by the code itself (moment.h). */
bool catalogue_check_use(const struct catalogue *catalogue, struct fault *fault);

/* The same strings in the form that pages are rendered with, as texttool would write it; for tests and fuzzing. On the arena. */
bool catalogue_strings(const struct catalogue *catalogue, struct strings *strings_r);

#endif
