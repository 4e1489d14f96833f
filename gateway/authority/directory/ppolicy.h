/* ppolicy.h - what a bind's answer says of the person: one table, no connection. */
#ifndef SPOM_AUTHORITY_DIRECTORY_PPOLICY_H
#define SPOM_AUTHORITY_DIRECTORY_PPOLICY_H
#include "authority/directory/directory.h"
#include "authority/directory/ldapc.h"

/* OK: *result_r says it. ERR_UNREACHABLE: the server has trouble of its own; ERR_CONFIG: it wants something else from us (TLS, ...). */
NODISCARD enum err ppolicy_outcome(const struct ldapc_bound *bound, struct bind_result *result_r);

#endif
