/* coded.h - text in the seven bits that every mail server takes. */
#ifndef SPOM_COURIER_CODED_H
#define SPOM_COURIER_CODED_H
#include "text/out.h"

/* A body as quoted-printable (RFC 2045, section 6.7): LF becomes CR LF, no line is longer than 76 characters. */
void coded_body(struct text body, struct out *out);

/* A header's words: as they are when they are plain ASCII and short, else as encoded words (RFC 2047) of at most 75 characters on lines of
 * their own. */
void coded_words(struct text words, struct out *out);

#endif
