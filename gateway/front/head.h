/* head.h - what a request's head must look like before anything of it is believed.
 *
 * The library below reads heads more kindly than is safe behind another program: two readers that disagree about where a request
 * ends are an attack. So whatever could be read in two ways is refused here, whoever sends it. */
#ifndef SPOM_FRONT_HEAD_H
#define SPOM_FRONT_HEAD_H
#include <stdint.h>
#include "base/err.h"
#include "base/text.h"

#define HEAD_LINES_MAX 64 /* where the library stops to count, and silently drops the rest */
#define HEAD_URI_MAX 8192u
#define HEAD_LENGTH_MAX (1ull << 40)

struct head_line {
	struct text name;
	struct text value;
};

struct head {
	struct text method;
	struct text path;  /* as sent, without the query */
	struct text query; /* as sent; absent when there was no "?" */
	struct text version;
	struct head_line lines[HEAD_LINES_MAX];
	unsigned n_lines;
};

/* Whether the head may be used; *length_r is the body's length. *why_r (a literal) is for the log. */
NODISCARD enum err head_check(const struct head *head, uint64_t *length_r, const char **why_r);

/* The value of a header field, by its name in any case; absent when it is not there. head_check has made sure that those that may
 * stand only once do. */
struct text head_find(const struct head *head, const char *name);

#endif
