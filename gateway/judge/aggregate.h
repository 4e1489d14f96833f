/* aggregate.h - a judge of one file, for spomctl: what a federation gives is too large for a message, so this one has it as a descriptor. It is shut
 * in before it reads a byte. */
#ifndef SPOM_JUDGE_AGGREGATE_H
#define SPOM_JUDGE_AGGREGATE_H
#include "base/attr.h"
#include "base/err.h"

/* Takes judge_aggregate from a socket, reads the file to its end, and answers with what saml_split tells. ERR_CONFIG: the kernel takes no filter;
 * ERR_CLOSED: who asked is gone; ERR_IO: the file. */
NODISCARD enum err aggregate_serve(int file, int socket);

#endif
