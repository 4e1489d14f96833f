/* loop.h - the authority's sockets: one epoll thread that accepts, reads frames, hands calls to the workers and writes answers.
 *
 * It never waits for anything else, unless it is told to carry calls out itself (loop_batch): that loop has a thread of its own. What a peer may
 * send is decided here, before a body is decoded, by the socket it came by and its uid. A frame that breaks a rule ends its connection and is logged; it never ends the loop. */
#ifndef SPOM_AUTHORITY_CALL_LOOP_H
#define SPOM_AUTHORITY_CALL_LOOP_H
#include <stdbool.h>
#include "authority/call/handler.h"
#include "authority/call/workers.h"

struct authority;
struct loop;

#define LOOP_BATCH_MAX 64u

/* Carries out what it can of the calls of its message that one round has read, on the loop's own thread, and concludes them (call_conclude);
 * done[i] says which, the others go on to their pools. At most LOOP_BATCH_MAX at once. It must be quick: nothing else is served
 * meanwhile. */
typedef void loop_batch(struct call **calls, unsigned n, bool *done);

struct loop_settings {
	struct authority *authority;
	unsigned threads
	    [POOL_COUNT_]; /* lent to all roles; 0: the loop has no such pool, and its calls go to POOL_DIRECTORY */
	unsigned queue[POOL_COUNT_]; /* of each role */
	bool many; /* several sockets: each role has threads of its own beside those (handler_reserved) */
	/* NULL, or whose pools it uses in place of its own: freed before it, and told to end at the same time */
	struct loop *lender;
	int64_t patience_ms;  /* how long a call may wait for a thread */
	unsigned connections; /* per socket */
	unsigned told;     /* faults of one socket's peers that are logged and recorded in a minute; 0: all */
	loop_batch *batch; /* NULL: every call goes to its pool; */
	unsigned batch_tag; /* else those of this message go there first */
};

NODISCARD enum err loop_new(const struct loop_settings *settings, struct loop **loop_r);

/* Listens at path for peers of that uid, as that role; ROLE_ADMIN takes any uid, and its handlers look at it. */
NODISCARD enum err loop_listen(struct loop *loop, const char *path, enum role role, uid_t uid);
/* The same at a socket that listens already. It is closed with the loop, or when that is stopped, and left to others who have it. */
NODISCARD enum err loop_take(struct loop *loop, int listener, enum role role, uid_t uid);

/* Runs until loop_stop, then drains for at most grace_ms: takes no new connection, finishes what was begun (calls, the frames of those who are
 * just saying something, conversations of the gate, which end by themselves), and ends each connection on which there is nothing. Who
 * says something to one at that moment learns that it was not taken (ERR_UNREAD of link_ask). */
void loop_run(struct loop *loop, int grace_ms);

/* Asks a running loop to end; may be called from a signal handler. */
void loop_stop(struct loop *loop);

void loop_free(struct loop **loop);

#endif
