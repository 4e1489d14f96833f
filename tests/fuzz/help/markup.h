/* markup.h - an HTML document as a browser reads it (the tokenizer of the HTML standard, without scripts and foreign content).
 *
 * Written apart from gateway/text/compile/html.c, which it judges. */
#ifndef SPOM_FUZZ_MARKUP_H
#define SPOM_FUZZ_MARKUP_H
#include "base/arena.h"
#include "base/text.h"

/* What is wrong with a document, whatever its template was: a script or style within it, an attribute that runs something, a tag that
 * does not end. A literal; NULL: nothing. */
const char *markup_fault(struct text html, struct arena *arena);

/* How the same page with other values differs from the one with harmless ones: in its tags and attributes, or by an address that leads
 * to a scheme that the harmless one does not. A literal; NULL: not at all. */
const char *markup_break(struct text html, struct text harmless, struct arena *arena);

#endif
