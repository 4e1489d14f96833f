/* authenticator.h - a person's device: the codes of a secret. */
#ifndef SPOM_TESTS_AUTHENTICATOR_H
#define SPOM_TESTS_AUTHENTICATOR_H
#include <stdint.h>
#include "base/secret.h"

/* The six digits of a secret (bytes) for a step, in one of a few buffers. */
const char *authenticator_code(struct secret secret, uint64_t step);

/* Six digits that are no code of the secret within ten steps around that one; until the next call. */
const char *authenticator_wrong(struct secret secret, uint64_t step);

/* The step of now. */
uint64_t authenticator_step(void);

#endif
