/* load.h - the loader for a file that is not finished. Private to gateway/conf. */
#ifndef SPOM_CONF_LOAD_H
#define SPOM_CONF_LOAD_H
#include "base/text.h"
#include "conf/conf.h"

/* Checks the lines of a settings file in the making (a NUL behind them): each by itself, and with together what those that are
 * there must be together. What is missing is no fault. ERR_CONFIG and *fault, without file and line: the first thing that is wrong; ERR_NO_MEMORY. */
NODISCARD enum err load_part(struct text bytes, bool together, struct conf_fault *fault);

#endif
