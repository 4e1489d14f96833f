/* pool.h - a bounded number of connections of one kind, over all servers.
 *
 * An operation waits for its turn, takes a connection to the first living server, and leaves it there for the next one. A
 * connection that the server had closed meanwhile costs one silent retry on a fresh one; a broken server costs the next
 * server. All within the operation's deadline. */
#ifndef SPOM_AUTHORITY_DIRECTORY_POOL_H
#define SPOM_AUTHORITY_DIRECTORY_POOL_H
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

struct ldapc;
struct ldapc_kind;
struct servers;
struct pool;

/* What to do on a connection, by a deadline. May run again on another connection when it returns an error of ldapc_is_broken: what it
 * collected before it must begin anew. */
typedef enum err pool_work(struct ldapc *ldapc, int64_t deadline_ms, void *context);

/* Connects nothing yet; servers and kind are borrowed for as long as the pool lives. max connections, at most queue_max waiting. */
NODISCARD enum err pool_new(struct servers *servers, const struct ldapc_kind *kind, unsigned max,
    unsigned queue_max, struct pool **pool_r);
void pool_free(struct pool **pool); /* NULL-safe; nobody uses it any more */

/* Runs work. ERR_BUSY: no turn; ERR_UNREACHABLE: no server; ERR_TIMEOUT; else what work returned. */
NODISCARD enum err pool_run(struct pool *pool, int64_t deadline_ms, pool_work *work, void *context);

#endif
