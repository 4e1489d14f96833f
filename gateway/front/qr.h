/* qr.h - a text as a QR code (ISO/IEC 18004), for the pages' SVG. */
#ifndef SPOM_FRONT_QR_H
#define SPOM_FRONT_QR_H
#include <stdint.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

/* The dark modules as the path of an SVG that is *size_r units wide and high, with the quiet zone that the standard asks for. Letters,
 * digits and signs of a path, nothing else. ERR_TOO_LARGE: it fits into no code; ERR_NO_MEMORY. */
NODISCARD enum err qr_path(struct secret text, struct arena *arena, struct secret *path_r, uint64_t *size_r);

#endif
