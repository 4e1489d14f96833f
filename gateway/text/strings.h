/* strings.h - what we say, in the languages that we have: tables made at build from web/strings.
 *
 * A string is known by its id. An id with a dot ("login.title") belongs to pages; one without is a text id: the authority may name
 * it in a message, and the same sentence stands on a page, in a terminal and in a mail. Placeholders are {name}. */
#ifndef SPOM_TEXT_STRINGS_H
#define SPOM_TEXT_STRINGS_H
#include "text/out.h"
#include "text/plural.h"

struct string_forms {
	const char *form[PLURAL_COUNT_]; /* PLURAL_OTHER is never NULL */
};

struct language {
	const char *tag; /* RFC 5646's first subtag: "en" */
	enum plural (*plural)(uint64_t n);
	const struct string_forms *strings; /* by the index of the id */
};

struct strings {
	const char *const *ids; /* sorted by strcmp */
	unsigned n_ids;
	const struct language *languages; /* the first one is for those whose language we do not have */
	unsigned n_languages;
};

/* A value for a placeholder. */
struct string_arg {
	const char *name;
	struct text value;
};

#define STRINGS_NONE (~0u)

/* The ids of what a language calls itself, and of the choice of none; they count as used. */
#define LANGUAGE_GROUP "language."
#define LANGUAGE_NAME "language.name"
#define LANGUAGE_NONE "language.none"
/* The ids of mails, which courier looks up by the mail's kind: they count as used. */
#define STRINGS_MAIL_GROUP "mail."

/* The index of an id; STRINGS_NONE for an unknown one. */
unsigned strings_find(const struct strings *strings, struct text id);

/* The best language for an Accept-Language header (RFC 9110 section 12.5.4); absent or unreadable gives the first. */
const struct language *strings_negotiate(const struct strings *strings, struct text accept);

/* Appends a sentence, not escaped; count chooses the form. A placeholder without a value stays as it is. */
void strings_say(const struct language *language, unsigned string, uint64_t count,
    const struct string_arg *args, unsigned n_args, struct out *out);

/* The sentence of an id without placeholders; the id itself when there is none. */
struct text strings_text(const struct strings *strings, const struct language *language, const char *id);

#endif
