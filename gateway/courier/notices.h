/* notices.h - tells applications that a session has ended: many at once, on a thread of its own, so that neither mails nor other applications
 * wait for a slow one. What is told, and to whom, the authority says. */
#ifndef SPOM_COURIER_NOTICES_H
#define SPOM_COURIER_NOTICES_H
#include "base/attr.h"
#include "base/err.h"

struct notices;

/* Begins; every signal that ends us is blocked in the caller. ERR_NO_MEMORY. */
NODISCARD enum err notices_start(const char *path, struct notices **notices_r);

/* Ends within a moment: what is under way then is told again by who comes next. NULL-safe; clears. */
void notices_stop(struct notices **notices);

#endif
