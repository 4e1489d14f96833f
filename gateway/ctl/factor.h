/* factor.h - a person's factors as lines. */
#ifndef SPOM_CTL_FACTOR_H
#define SPOM_CTL_FACTOR_H
#include "wire/wire.h"

void factor_show(const struct msg_factor_row *rows, uint32_t n, uint64_t broken, uint64_t recovery_left,
    int64_t recovery_made);

#endif
