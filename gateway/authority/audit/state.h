/* state.h - what a struct audit consists of; for the files of this folder alone. */
#ifndef SPOM_AUTHORITY_AUDIT_STATE_H
#define SPOM_AUTHORITY_AUDIT_STATE_H
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "authority/audit/audit.h"
#include "authority/audit/chain.h"

/* A record on its way to the disk. */
struct waiting {
	struct waiting *next;
	sem_t *asked; /* of the thread that waits until it is there; NULL: nobody does (any more) */
	int64_t time_ms;
	bool logged; /* it went to the log, because the disk took none */
	size_t len;
	char middle[];
};

struct audit {
	const struct keys *keys; /* borrowed */
	int folder;
	int enrolled; /* the index of enrolled.c */
	pthread_mutex_t lock;
	pthread_cond_t work;   /* for the writer: there are records, or the end was asked for */
	pthread_cond_t minute; /* for the thread of the heads: the end was asked for */
	pthread_t writer, crier;
	bool has_writer, has_crier;

	/* under lock */
	struct waiting *first, *last;
	unsigned n_waiting;
	unsigned
	    n_asking; /* threads that wait for the disk; the records of others may wait a moment for theirs */
	int64_t last_ms; /* of the latest record */
	bool failing;    /* the disk took none at the last try */
	bool ending;
	uint64_t file, n; /* as committed */
	off_t size;
	char mac[LINE_MAC_LEN + 1];
	uint64_t head_n; /* the last one that a head was made of */
	bool compared;   /* the store's head was looked at: a new one may take its place */

	struct chain chain; /* the writer's alone */
	struct store *store;
	char place[400]; /* names this chain among those of other authorities in the same store */
	_Atomic uint64_t queue_max, file_max;
};

/* Inside the lock: whether what is queued is to be written now, because somebody waits for it or it takes up room. Else it waits a moment for
 * company. */
bool audit_has_to_write(const struct audit *audit);

/* Queues a record and waits until it is on disk or the disk fails. ERR_BUSY: the queue is full. */
NODISCARD enum err audit_put(struct audit *audit, const struct msg_audit_row *row);

/* A record that the disk did not take, to the log; once. */
void audit_log_waiting(struct waiting *waiting);

/* Opens the index of those who have enrolled; makes it from the chain where there is none. Before the first record. */
NODISCARD enum err enrolled_open(struct audit *audit);
/* One more, before it is recorded: a name too many in the index costs an operator's word, a name too few is a way in. ERR_BUSY: the disk
 * takes none. */
NODISCARD enum err enrolled_add(struct audit *audit, struct text person, struct text user);

/* Inside the lock: who waits for the record waits no more. */
void audit_release(struct audit *audit, struct waiting *waiting);

/* The writer's thread. */
void *writer_run(void *audit);

/* The thread that gives heads away each minute, and one head now. */
void *head_run(void *audit);
void head_give(struct audit *audit);

/* Compares a signed head with the chain, as committed. ERR_NOT_FOUND: it is not signed by us; *fault_r: what is wrong, on the arena, or
 * absent. */
NODISCARD enum err head_compare(
    struct audit *audit, const struct msg_audit_head *head, struct arena *arena, struct text *fault_r);
/* The head that the store holds. ERR_NOT_FOUND, ERR_UNREACHABLE. */
NODISCARD enum err head_load(struct audit *audit, struct arena *arena, const struct msg_audit_head **head_r);
/* A head as it stands in the log: "file=1 n=7 mac=... sign=...". ERR_MALFORMED. */
NODISCARD enum err head_parse(struct text text, struct arena *arena, struct msg_audit_head *head_r);

/* What is committed. */
struct committed {
	uint64_t file, n;
	off_t size;
};
struct committed audit_committed(struct audit *audit);

#endif
