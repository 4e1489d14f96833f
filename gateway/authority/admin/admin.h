/* admin.h - what operators ask over the socket admin: looks, orders, and who may give them (SECURITY 33). */
#ifndef SPOM_AUTHORITY_ADMIN_ADMIN_H
#define SPOM_AUTHORITY_ADMIN_ADMIN_H
#include "authority/call/call.h"

/* Every message of admin.def: finds out who asks, whether that person may, and carries it out. */
enum err admin_on(struct call *call, const void *ask, struct wire_any *answer_r);

/* Starts the thread that seals anew what was sealed with an older master key, and says in the log while the key has no backup. */
NODISCARD enum err master_watch(struct authority *authority);
void master_stop(void);

/* There may be something to do: a new key, or a new epoch of the store. Any thread. */
void master_wake(void);

#endif
