/* template.h - a page's template, checked against the message table and turned into the table that page.h renders.
 *
 * The language is a small part of Mustache:
 *
 *   {{! login_page site }}      first line of a page: its messages, innermost first; of a part: {{! part }}
 *   {{user}}  {{frame.name}}    a field, escaped for the place where it stands
 *   {{#x}} ... {{/x}}           x is a list: for each element; a message: if it is there, with it; anything else: if it is there (a text
 *                               that is not empty, a number that is not zero, true); {{#level.is_password}}: that choice of an enum
 *   {{#rows.any}} ... {{/rows.any}}   once, if the list has an element
 *   {{^x}} ... {{/x}}           if it is not
 *   {{>field}}                  the part part/field.html, as if it stood here
 *   {{t login.title}}           a string in the person's language; {{t x count=n name=user}} with its placeholders
 *   {{t made day=at}}           a time as {day} is the day alone: "3 March 2026"; under another name, a moment: "today at 18:04"
 *   {{t *text count=n}}         the string whose id is in a field
 *   {{agent browser}}           a User-Agent in words: "Firefox on Linux"
 *   {{static portal.css}}       the address of a file of web/static, with its hash
 *
 * A field or string that does not exist, a secret that may not be shown, or a value where there is no escape for it is an error.
 * White space with a line's end in it becomes one line's end. */
#ifndef SPOM_TEXT_TEMPLATE_H
#define SPOM_TEXT_TEMPLATE_H
#include "text/compile/catalogue.h"
#include "text/page.h"

struct source {
	const char *name; /* "login/password", "part/head", "portal.css" */
	const char *file; /* for faults */
	struct text content;
};

struct template_set {
	struct arena *arena;
	struct catalogue *catalogue; /* marks what is used */
	const struct source *parts;
	unsigned n_parts;
	const struct source *statics; /* content is the address */
	unsigned n_statics;
};

/* What page_ref's of a compiled page really are: with the names, so that they can be written as C. */
struct template_ref {
	struct page_ref ref; /* first: a struct page_ref * of a compiled page points here */
	const char *msg[PAGE_HOPS];
	const char *field[PAGE_HOPS];
	const char *element; /* of a list */
};

/* Compiles; everything lies on the set's arena. */
bool template_compile(
    const struct template_set *set, const struct source *source, struct page *page_r, struct fault *fault);

#endif
