/* decode.h - the small syntaxes of HTTP: percent-encoding, forms, cookies, lists with weights. Pure functions on texts; whatever is
 * not of its syntax is refused, and a NUL is never let through, however it is spelled. */
#ifndef SPOM_FRONT_DECODE_H
#define SPOM_FRONT_DECODE_H
#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"

/* Cuts text at the first separator: gives what stands before it, and *rest begins behind it (absent at the end). */
struct text decode_cut(struct text *rest, char separator);

/* Without the blanks and tabs around it. */
struct text decode_trim(struct text text);

/* Percent-decodes to the arena; with plus, "+" is a blank. ERR_MALFORMED: a broken escape, or %00. */
NODISCARD enum err decode_percent(struct text from, bool plus, struct arena *arena, struct text *decoded_r);

/* The next "name=value" of a form or query, decoded. ERR_NOT_FOUND: there is none any more; ERR_MALFORMED. */
NODISCARD enum err decode_pair(
    struct text *rest, struct arena *arena, struct text *name_r, struct text *value_r);

/* The value of one name in a query; absent when it is not there. ERR_MALFORMED also when it is there twice. */
NODISCARD enum err decode_query(
    struct text query, const char *name, struct arena *arena, struct text *value_r);

/* The same where it has to be a text of a message, of up to max bytes: ERR_MALFORMED and ERR_TOO_LARGE for what is none. */
NODISCARD enum err decode_text(
    struct text query, const char *name, size_t max, struct arena *arena, struct text *value_r);

/* The value of a cookie, borrowed from the header; absent when it is not there, twice there, or no cookie's value
 * (RFC 6265 section 4.1.1). */
struct secret decode_cookie(struct secret header, const char *name);

/* Whether bytes may be the value of a cookie. */
bool decode_is_cookie(struct secret value);

/* How much an Accept header wants a media type ("text/html"), in thousandths; absent accepts everything. */
unsigned decode_accept(struct text accept, const char *type);

/* Whether a Content-Type header names this media type, whatever its parameters. */
bool decode_is_type(struct text header, const char *type);

/* A header's address list of one: whether it is an IPv4 or IPv6 address and nothing else. */
bool decode_is_address(struct text address);

#endif
