/* png.h - whether bytes are a picture that we show: a still PNG (ISO/IEC 15948) that is small, and holds nothing beside the picture.
 *
 * Signature, order of chunks, their checksums and the head are looked at; what is compressed is not opened. */
#ifndef SPOM_AUTHORITY_SSO_PNG_H
#define SPOM_AUTHORITY_SSO_PNG_H
#include <stdbool.h>
#include "wire/wire.h"

#define PNG_SIDE_MAX 256u

enum png_fault {
	PNG_NO_PNG,  /* or one that was cut, changed, or has something behind it */
	PNG_LARGE,   /* wider or higher than PNG_SIDE_MAX */
	PNG_CARRIES, /* text, a profile, another picture: chunks that a small logo needs not */
	PNG_GOOD,
};

enum png_fault png_look(struct bytes bytes);

#endif
