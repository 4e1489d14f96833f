/* escape.h - how a value must be written so that it stays a value where it stands. */
#ifndef SPOM_TEXT_ESCAPE_H
#define SPOM_TEXT_ESCAPE_H
#include "text/out.h"

enum escape {
	ESCAPE_TEXT,     /* between HTML tags */
	ESCAPE_QUOTED,   /* in a quoted attribute */
	ESCAPE_URL,      /* a quoted attribute that is an address: where it leads is checked, too */
	ESCAPE_URL_PART, /* a piece of such an address: a query's value, a segment of the path */
	ESCAPE_COUNT_
};

/* Appends value, escaped. An address that is neither a path of this site nor http, https, mailto or otpauth becomes "#". */
void escape_add(struct out *out, enum escape escape, struct text value);

/* Appends value between XML tags. In what is not UTF-8 each byte beyond ASCII becomes U+FFFD, as does what XML 1.0 has no character for. */
void escape_xml(struct out *out, struct text value);

/* Appends value as a JSON string, in quotes. In what is not UTF-8 each byte beyond ASCII becomes U+FFFD. */
void escape_json(struct out *out, struct text value);

/* Appends value percent-encoded: all but RFC 3986's unreserved characters. */
void escape_percent(struct out *out, struct text value);

#endif
