/* conn.h - private to the loop: one accepted connection. */
#ifndef SPOM_AUTHORITY_CALL_CONN_H
#define SPOM_AUTHORITY_CALL_CONN_H
#include <pthread.h>
#include "authority/call/call.h"
#include "authority/call/handler.h"

#define CONN_CALLS_MAX 64u /* calls of one connection that are under way at once */
#define CONN_AHEAD 1024u

struct loop;

/* What one socket's connections share. */
struct conn_socket {
	struct loop *loop; /* that listens there */
	enum role role;
	unsigned connections;
	unsigned calls, calls_max; /* under way or being answered, on all of them */
	unsigned told_max;         /* faults told in a minute; 0: all */
	unsigned told, untold;     /* in this one, which */
	int64_t minute_ms;         /* began then */
};

struct conn {
	struct conn *next, *previous;
	int fd;
	uid_t uid;
	struct conn_socket *socket; /* the one that it came by */
	uint32_t events;            /* what epoll waits for */
	struct login *login;        /* its conversation, if it has one */
	unsigned calls;             /* under way or being answered */
	bool talking;               /* one of them belongs to the conversation */
	bool ending;                /* under out; takes nothing more; freed when calls is 0 */
	int64_t began_ms;           /* when the frame that is being read began; 0: none is */
	uint8_t head[FRAME_HEAD];
	size_t have;               /* bytes of the frame read so far, head included */
	uint8_t ahead[CONN_AHEAD]; /* read with a head, since most frames come whole: */
	size_t ahead_at, n_ahead;  /* from there, so many that are not taken yet */
	struct call *call;         /* the call whose body is being read */
	pthread_mutex_t out;       /* whoever holds it may write */
	struct call *first, *last; /* changed by the loop, under out; answers that wait to be written, */
	int64_t stuck_ms;          /* since then; 0: none does */
	bool
	    cut; /* under out; a worker could write a part of its answer only: nothing but the rest may follow */
};

/* What reading found. */
enum conn_event {
	CONN_BROKEN, /* the peer broke a rule: *why_r says which */
	CONN_CLOSED, /* the peer went */
	CONN_LATER,  /* nothing more to read now */
	CONN_CALL,   /* *call_r is complete and allowed */
};

/* Reads until one of these; call conn_read again after CONN_CALL where something was read ahead: nobody tells that it is there. */
enum conn_event conn_read(
    struct conn *conn, struct authority *authority, struct call **call_r, const char **why_r);

/* Whether a fault of that socket's peers is to be told: some in a minute, and of the others how many there were, so that who floods fills
 * neither the log nor the audit. */
bool conn_may_tell(struct conn_socket *socket);

/* Counts, logs and records that the peer broke a rule. */
void conn_tell_broken(const struct conn *conn, struct authority *authority, const char *why);

/* Writes an answer on the worker's own thread, where nothing else waits to be written there, and erases the call. False: it is the loop's to
 * write, or the rest of it. */
bool conn_send_now(struct conn *conn, struct call *call);

/* Queues an answered call and writes as much as goes. false: the connection is of no more use. */
bool conn_answer(struct conn *conn, struct call *call);

/* Writes what waits. false: the connection is of no more use. */
bool conn_write(struct conn *conn);

/* Erases and frees a call. */
void conn_call_free(struct conn *conn, struct call *call);

#endif
