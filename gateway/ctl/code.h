/* code.h - asks for a code: on the terminal without showing it, else a line of stdin. */
#ifndef SPOM_CTL_CODE_H
#define SPOM_CTL_CODE_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

/* ERR_CLOSED: nothing was typed. */
NODISCARD enum err code_ask(struct arena *arena, struct secret *code_r);

#endif
