/* name.h - private to gateway/text/compile: a name in a template, looked up in the messages that are at hand. */
#ifndef SPOM_TEXT_NAME_H
#define SPOM_TEXT_NAME_H
#include "text/compile/template.h"

struct scope {
	const struct wire_msg *messages[PAGE_DEPTH]; /* the innermost is the last */
	unsigned n;
};

/* Finds "a.b.c". *why_r (a literal) tells what is wrong; false then. */
bool name_find(const struct scope *scope, struct text name, struct template_ref *ref_r, const char **why_r);

/* The message that a section of this ref works with: a list's element, a ONE field's; NULL for others. */
const struct wire_msg *name_inner(const struct template_ref *ref);

/* Whether the value may be written to a page; else why not. */
bool name_may_show(const struct template_ref *ref, const char **why_r);

/* Whether a section may ask for it; else why not. */
bool name_may_test(const struct template_ref *ref, const char **why_r);

#endif
