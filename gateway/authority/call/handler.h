/* handler.h - which message is carried out by whom, on which threads, and in which state of its connection.
 *
 * The table is in table.c. Who may send a message stands in gateway/wire; both are checked before the body is
 * decoded. */
#ifndef SPOM_AUTHORITY_CALL_HANDLER_H
#define SPOM_AUTHORITY_CALL_HANDLER_H
#include <stdbool.h>
#include "authority/call/call.h"

/* Which threads: those that never wait for the directory, those that may, or those whose call tries a password, which is slow by design
 * (Argon2id): so many at once as the directory has cores for, and no crowd of them holds the threads of the others. The last wait for what
 * spom-courier asks a service, or a feed about one. */
enum pool_kind { POOL_SHORT, POOL_DIRECTORY, POOL_BIND, POOL_COURIER, POOL_COUNT_ };

/* States of a connection's conversation, as bits of what a handler accepts. */
enum talk {
	TALK_ANY = 0,   /* has nothing to do with the conversation */
	TALK_FRESH = 1, /* none was opened */
	TALK_ASKED = 2, /* an ask is pending */
	TALK_ENDED = 4, /* decided, either way */
};

/* Fills *answer_r with a message on the call's arena. An error is answered with its refusal. */
typedef enum err handler_run(struct call *call, const void *ask, struct wire_any *answer_r);

struct handler {
	unsigned tag;
	unsigned talk; /* bits of enum talk */
	enum pool_kind pool;
	handler_run *run;
};

/* The handler of a message; NULL when the authority does not serve it. */
const struct handler *handler_find(unsigned tag);

/* Whether it may not be carried out while the clock is doubted: everything but what operators and our own programs need to get by. */
bool handler_needs_clock(const struct handler *handler);

/* The threads for its next call: an answer that is no password needs none of POOL_BIND. login: the connection's conversation, or NULL. */
enum pool_kind handler_pool(const struct handler *handler, const struct login *login);

/* How many threads of a pool are a role's own; 0 where none of its messages is carried out there. */
unsigned handler_reserved(enum role role, enum pool_kind pool);

#endif
