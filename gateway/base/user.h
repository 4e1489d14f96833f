/* user.h - which user of the machine a name or a number means. */
#ifndef SPOM_BASE_USER_H
#define SPOM_BASE_USER_H
#include <sys/types.h>
#include "base/attr.h"
#include "base/err.h"

/* A number is that user, whether the machine knows him or not. ERR_NOT_FOUND: there is nobody of that name; ERR_FORBIDDEN: it is IO_UID_OVERFLOW, who
 * stands for many; ERR_IO: the machine could not say (errno). May ask the network, as nsswitch.conf(5) wants it: at start alone. */
NODISCARD enum err user_find(const char *name, uid_t *uid_r);

#endif
