/* queue.h - private to outbox: what waits, mails and notices, in the order in which it came. Its folder is that of spool.h. */
#ifndef SPOM_AUTHORITY_OUTBOX_QUEUE_H
#define SPOM_AUTHORITY_OUTBOX_QUEUE_H
#include <pthread.h>
#include <stdatomic.h>
#include "authority/outbox/outbox.h"
#include "authority/outbox/spare.h"
#include "authority/outbox/spool.h"

struct waiting {
	struct spool_name name;
	int64_t lease_ms; /* courier has it until then */
	int64_t due_ms;
	int64_t pause_ms; /* the last one; 0: none yet */
	unsigned lane;    /* notices: that of its service; 0: its file has not been read yet */
	bool given;       /* notices: it takes a place of its lane */
};

#define QUEUE_LANES 256u

struct outbox {
	pthread_mutex_t lock;
	const struct keys *keys;
	int folder; /* -1: not opened yet */
	bool told;  /* that there is no server for mails */
	struct waiting *at;
	size_t n, room;
	size_t n_of[SPOOL_KIND_COUNT_];
	int64_t due_ms; /* of all mails: the server rests */
	int64_t pause_ms;
	uint8_t lanes[QUEUE_LANES]; /* how many notices of each are with courier */
	struct spares spares;
	bool refuses;                             /* the disk took no new file at the last try */
	int64_t disk_due_ms;                      /* when it is tried again; steady */
	uint64_t queue_max;                       /* of the settings, as last seen */
	_Atomic size_t seen_n[SPOOL_KIND_COUNT_]; /* n_of and whether all is well, for those who only look */
	_Atomic bool seen_well;
};

/* Inside the lock, like all below; to be left by a CLEANUP of queue_leave. */
struct outbox *queue_enter(struct authority *authority);
void queue_leave(struct outbox **outbox);

/* Opens the folder if that is not done yet. Errors of spool_open (logged), ERR_NO_MEMORY. */
NODISCARD enum err queue_open(struct outbox *outbox, const struct conf *conf);

/* Puts a record, of which name says the kind, on disk and behind the others. */
NODISCARD enum err queue_append(
    struct outbox *outbox, struct spares *spares, const struct spool_name *name, const void *record);

struct waiting *queue_find(struct outbox *outbox, enum spool_kind kind, const struct id *id);
void queue_take_out(struct outbox *outbox, struct waiting *one);

/* Lets one wait, each time three times as long; up to an hour. */
void queue_postpone(struct waiting *one);
int64_t queue_longer(int64_t pause_ms);

/* Whether somebody's time has come. A clock that was set back makes nobody wait longer than the longest pause. */
bool queue_is_due(int64_t due_ms, int64_t now_ms);

#endif
