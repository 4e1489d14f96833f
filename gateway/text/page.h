/* page.h - pages: templates that the build compiled to tables, filled with messages.
 *
 * What a template is may be read in compile/template.h. A page is rendered with a stack of messages, innermost first; a name in the
 * template was looked up in them, in this order, when it was compiled. Nothing that can be wrong with a template is left to find
 * here. */
#ifndef SPOM_TEXT_PAGE_H
#define SPOM_TEXT_PAGE_H
#include "text/escape.h"
#include "text/strings.h"
#include "wire/wire.h"

#define PAGE_HOPS 3  /* a.b.c */
#define PAGE_DEPTH 8 /* messages of the stack, and those that sections push on it */
#define PAGE_ARGS 4  /* of a string */
#define PAGE_NO_CHOICE 0xffff
#define PAGE_ANY 0xfffe /* in the place of a choice: whether a list has any element */

enum page_code {
	PAGE_LITERAL,
	PAGE_FIELD,     /* a value */
	PAGE_AGENT,     /* a browser's name for itself, in words */
	PAGE_STRING,    /* a string of the page's own */
	PAGE_STRING_OF, /* the string whose id a field carries */
	PAGE_SECTION, /* what follows up to end: if there is a value; for a message with it pushed, for a list with each element */
	PAGE_INVERTED, /* if there is none */
};

/* Where a value lies. */
struct page_ref {
	uint8_t up;   /* which message of the stack: 0 is the innermost */
	uint8_t hops; /* offsets in use; all but the last are of ONE fields */
	uint16_t
	    choice; /* level.is_password: the value of the enum; waiting.any: PAGE_ANY; else PAGE_NO_CHOICE */
	enum wire_kind kind;          /* of the last field */
	size_t offset[PAGE_HOPS];     /* in the struct */
	size_t size;                  /* of a list's element */
	const struct wire_enum *list; /* of an enum: its texts */
};

struct page_arg {
	const char *name; /* of the placeholder; "count" also chooses the form */
	const struct page_ref *ref;
};

struct page_call {
	unsigned string;           /* PAGE_STRING */
	const struct page_ref *id; /* PAGE_STRING_OF */
	unsigned n_args;
	struct page_arg args[PAGE_ARGS];
};

struct page_op {
	enum page_code code;
	enum escape escape;
	unsigned end; /* sections: the op behind the section; literals: bytes */
	union {
		const char *literal;
		const struct page_ref *ref;
		const struct page_call *call;
	};
};

struct page {
	const char *name; /* "login/password" */
	const char *const *roots;
	unsigned n_roots;
	const struct page_op *ops;
	unsigned n_ops;
};

struct page_context {
	const struct strings *strings;
	const struct language *language;
	int64_t now_ms;
};

/* NULL when there is none of that name. */
const struct page *page_find(const struct page *pages, unsigned n, const char *name);

/* Appends the page. ERR_INTERNAL: the stack is not the one that the template declares; ERR_NO_MEMORY. */
NODISCARD enum err page_render(const struct page *page, const struct wire_any *stack, unsigned n_stack,
    const struct page_context *context, struct out *out);

#endif
