/* file.h - a whole small file as text. Private to gateway/conf. */
#ifndef SPOM_CONF_FILE_H
#define SPOM_CONF_FILE_H
#include "base/arena.h"
#include "base/text.h"
#include "conf/conf.h"

#define CONF_FILE_MAX (256u * KIB)

/* Reads a file of at most max bytes to the arena; a NUL stands behind them. ERR_NOT_FOUND (there is none), ERR_CONFIG
 * (cannot be read, too large), ERR_NO_MEMORY; with all of them *fault. */
NODISCARD enum err file_read(
    const char *file, size_t max, struct arena *arena, struct text *bytes_r, struct conf_fault *fault);

#endif
