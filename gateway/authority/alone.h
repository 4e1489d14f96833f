/* alone.h - one authority at a time works in a folder of state. The audit's chain, the queue of mails, the index of those who have enrolled and
 * the file of master keys have one writer each; who comes second, a successor that was started while its predecessor drains, waits. */
#ifndef SPOM_AUTHORITY_ALONE_H
#define SPOM_AUTHORITY_ALONE_H
#include <signal.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

/* Takes the folder, which is made if it is not there, until *lock_r is closed; the end of the process closes it too. ERR_BUSY: another
 * authority had it until the deadline; ERR_CLOSED: *is_asked_to_end became true meanwhile; ERR_CONFIG: it is no folder of ours. */
NODISCARD enum err alone_take(
    const char *state, int64_t deadline_ms, const volatile sig_atomic_t *is_asked_to_end, int *lock_r);

#endif
