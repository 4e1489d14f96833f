/* html.h - where in an HTML document a template stands, so that every value gets the escape of its place.
 *
 * Strict on purpose: what it does not know (an attribute without quotes, a script's text, a comment) is a place where no value may
 * stand. Inline scripts, styles and event attributes are refused altogether: the pages' Content-Security-Policy would be. */
#ifndef SPOM_TEXT_HTML_H
#define SPOM_TEXT_HTML_H
#include <stdbool.h>
#include "text/escape.h"

enum html_place {
	HTML_TEXT,
	HTML_TAG_START, /* behind "<" */
	HTML_TAG_NAME,
	HTML_CLOSING,     /* within "</name>" */
	HTML_TAG,         /* between attributes */
	HTML_ATTRIBUTE,   /* within an attribute's name */
	HTML_EQUALS,      /* behind an attribute's "=" */
	HTML_DOUBLE,      /* within "..." */
	HTML_SINGLE,      /* within '...' */
	HTML_DECLARATION, /* within "<!doctype ...>" */
	HTML_ODD,         /* nothing may follow */
};

struct html {
	enum html_place place;
	char attribute[24]; /* the name of the last one */
	unsigned n_attribute;
	char tag[16];
	unsigned n_tag;
	bool has_value; /* the attribute's value has begun */
	bool has_src;   /* a script with an address */
};

/* Reads on. *why_r (a literal) says what may not stand in a template; false then. */
bool html_read(struct html *html, const char *bytes, size_t len, const char **why_r);

/* The escape of a value that stands here, and that it does; false where none may. */
bool html_value(struct html *html, enum escape *escape_r);

/* Whether an address of ours may stand here, as it is. */
bool html_address(struct html *html);

/* Whether a section that begins at a and ends at b may be left out: it leads back to where it began, and that is not within a name, which would
 * be another one then. */
bool html_same(const struct html *a, const struct html *b);

#endif
