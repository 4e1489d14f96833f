/* err.h - the one vocabulary of faults.
 *
 * A fault says that something could not be done. Whether somebody may come in is never an enum err: that is
 * an outcome, and each domain has an enum of its own for it, whose value 0 is the refusal. */
#ifndef SPOM_BASE_ERR_H
#define SPOM_BASE_ERR_H

enum err {
	OK = 0,
	ERR_NO_MEMORY,   /* an allocation failed */
	ERR_IO,          /* the system refused a read, write, open, connect, ... */
	ERR_CLOSED,      /* the other side is gone */
	ERR_UNREAD,      /* the other side is gone and has not taken what it was sent: nothing came of it */
	ERR_TIMEOUT,     /* the deadline passed */
	ERR_BUSY,        /* a bounded queue is full: try again later */
	ERR_UNREACHABLE, /* a neighbour (directory, authority, ...) cannot be reached */
	ERR_STORE,       /* the store cannot be reached, or did not answer in time */
	ERR_AUDIT,       /* it cannot be recorded, so it is not done */
	ERR_MAIL,        /* nobody could be told by mail, so it is not done */
	ERR_CLOCK,       /* the time of day cannot be believed */
	ERR_MALFORMED,   /* input that does not follow its syntax */
	ERR_TOO_LARGE,   /* input over its bound */
	ERR_FORBIDDEN,   /* this sender may not do this */
	ERR_NOT_FOUND,   /* no such thing, or no such thing any more */
	ERR_EXISTS,      /* it is there already */
	ERR_STALE,       /* it changed meanwhile */
	ERR_CONFIG,      /* the settings do not allow it */
	ERR_INTERNAL,    /* a rule of our own was broken */
	ERR_JUDGE,       /* what judges the bytes of strangers cannot be reached, or fell over them */
	ERR_RATE,        /* more in a second than one may ask: again in the next */
	ERR_COUNT_
};

/* A short lower-case English phrase for a log line; never NULL. */
const char *err_text(enum err err);

#endif
