/* listen.h - the authority's sockets, one for each role: systemd's (sandbox/given.h), each called as its role, or its own in the folder of
 * sockets. */
#ifndef SPOM_AUTHORITY_LISTEN_H
#define SPOM_AUTHORITY_LISTEN_H
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct conf;
struct loop;

/* Takes what was given to this process, before anything else is opened; *n_given_r is for sandbox_begin. ERR_CONFIG: it is not one socket
 * for each role (logged). */
NODISCARD enum err listen_begin(unsigned *n_given_r);

/* Has the loop listen as that role. Faults are logged. */
NODISCARD enum err listen_as(struct loop *loop, const struct conf *conf, enum role role);

/* The same for every role but ROLE_CHECK and ROLE_BACK. */
NODISCARD enum err listen_as_others(struct loop *loop, const struct conf *conf);

/* Where the sockets come from, for the log. */
const char *listen_origin(void);

#endif
