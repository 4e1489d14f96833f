/* call.h - one request on its way through the authority: arrived, decoded, carried out by a thread, answered.
 *
 * A call belongs to the loop, then to one worker thread, then to the loop again; never to two at once. Everything
 * it brings and causes lies on its arena, which is erased when the answer has left. Mostly it is the worker that writes the answer, so that
 * nobody has to be woken for it. */
#ifndef SPOM_AUTHORITY_CALL_CALL_H
#define SPOM_AUTHORITY_CALL_CALL_H
#include <sys/types.h>
#include "base/arena.h"
#include "wire/frame.h"

struct authority;
struct conn;
struct login;
struct handler;
struct store_batch;

struct call {
	struct arena arena;
	struct authority *authority; /* what handlers work with */
	enum role role;              /* of the socket it came by */
	uid_t uid;                   /* of the peer */
	struct login *
	    *login; /* the connection's conversation; only handlers of a talk (see handler.h) touch it */
	struct store_batch
	    *later; /* what a conversation leaves to be written before the answer; NULL elsewhere */
	struct frame frame;
	uint8_t *body;
	struct wire_any ask;           /* decoded */
	const struct handler *handler; /* who carries it out */
	uint8_t *out;                  /* the answer's frame, or NULL */
	size_t out_len;
	bool fatal; /* the answer is the last thing on this connection */

	/* for the audit, of a request that is refused to a service */
	const struct msg_service_record *client; /* whose it is, as far as that is known; NULL */
	struct text address; /* of who asks, where a part of the message says it: by answer_address alone */
	struct text door;    /* by which it came; absent: the message's name says it */
	bool noted;          /* it is recorded or counted, or nothing odd */

	/* private to the loop and the pools */
	struct conn *conn;
	struct call *next;
	int64_t put_ms; /* when it was queued for a worker */
	size_t out_sent;
};

/* Carries out call->handler and leaves the encoded answer in call->out; run by a worker. */
void call_run(struct call *call);

/* Leaves what came of a handler in call->out: its answer, or the refusal that stands for the error. */
void call_conclude(struct call *call, enum err err, struct wire_any answer);

/* Encodes an answer into call->out; on failure call->out is NULL and the connection must end. */
void call_answer(struct call *call, struct wire_any answer);

/* The refusal that stands for an error; text ids are those of the strings. */
struct msg_refused call_refusal(enum err err);

#endif
