/* given.h - listening sockets that systemd, or who starts us as it does, opened before (sd_listen_fds(3)). A successor gets the same ones, so
 * that whoever connects meanwhile waits for it instead of being refused. The protocol is three variables; libsystemd is not linked
 * for them: it would bring more code into the process that holds the keys than stands here. */
#ifndef SPOM_SANDBOX_GIVEN_H
#define SPOM_SANDBOX_GIVEN_H
#include "base/attr.h"
#include "base/err.h"

#define GIVEN_MAX 16u
#define GIVEN_FAULT_SIZE 200

/* What the sockets of a program have to be: as many as there are names, all of one family (AF_UNIX or AF_INET), streams that listen. */
struct given_wanted {
	const char *const *names; /* FileDescriptorName= of each */
	unsigned n;               /* GIVEN_MAX at most */
	int family;
};

/* Takes what was given to this process: fds_r[i] is the socket that is called names[i], close-on-exec; together they are the descriptors
 * from 3 on. *n_r is 0 when nothing was given, else wanted->n. ERR_CONFIG: it is not exactly what is wanted, and fault is the sentence that
 * says why. The variables are taken out of the environment in any case. */
NODISCARD enum err given_take(
    const struct given_wanted *wanted, int *fds_r, unsigned *n_r, char fault[GIVEN_FAULT_SIZE]);

#endif
