/* terminal.h - what people type: a line, shown or not; from the terminal, or a line each from a pipe. */
#ifndef SPOM_CTL_TERMINAL_H
#define SPOM_CTL_TERMINAL_H
#include <stddef.h>
#include "base/attr.h"
#include "base/err.h"

/* One line of stdin, without its end, and a NUL behind it; room has size bytes. ERR_CLOSED: the input has ended; ERR_TOO_LARGE: the line
 * (read to its end) does not fit; ERR_MALFORMED: a NUL is in it. */
NODISCARD enum err terminal_line(char *room, size_t size);

/* The same, where stdin is a terminal behind prompt and without showing what is typed. The caller erases room. */
NODISCARD enum err terminal_hidden(const char *prompt, char *room, size_t size);

#endif
