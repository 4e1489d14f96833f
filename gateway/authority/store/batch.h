/* batch.h - several operations on the store in one round trip.
 *
 * Each is done by itself, in the order in which it was added, and has an outcome of its own; none waits for what came of another. What one
 * call of the authority leaves behind is gathered in a batch and written before the answer goes out (call->later), so that a sign-in costs a
 * handful of round trips and not one for each value. */
#ifndef SPOM_AUTHORITY_STORE_BATCH_H
#define SPOM_AUTHORITY_STORE_BATCH_H
#include "authority/store/store.h"

#define STORE_BATCH_MAX 16u

enum store_verb {
	STORE_OP_PUT,
	STORE_OP_LOAD,
	STORE_OP_REMOVE,
	STORE_OP_FORGET,
	STORE_OP_INDEX_ADD,
	STORE_OP_LIST_PUSH,
	STORE_OP_LIST_PUSH_DUE,
	STORE_OP_LIST_READ,
	STORE_OP_EPOCH,
};

struct store_op {
	enum store_verb verb;
	const char *waived;   /* not NULL: who asked can do without it; its name in the log */
	struct store_key key; /* FORGET: keys */
	bool ends;            /* REMOVE: for good */
	const struct store_key *keys;
	unsigned from; /* LIST_READ: how many are left out */
	unsigned n; /* FORGET: of keys; LIST_PUSH: how many are kept; LIST_READ: how many are read at most */
	struct store_key name; /* INDEX_ADD: what is added; LIST_PUSH_DUE: the agenda */
	struct bytes value;    /* PUT, LIST_PUSH; LOAD: what was found */
	int64_t now_ms, ttl_ms;
	int64_t due_ms; /* LIST_PUSH_DUE */
	enum store_when when;
	struct bytes *values; /* LIST_READ: what was found */
	unsigned n_values;
	struct store_epoch epoch; /* EPOCH: what was found */
	enum err err;             /* as the operation of store.h gives it */
};

struct store_batch {
	struct store *store;
	struct arena *arena; /* of what is written, and of what is read */
	unsigned n;
	enum err err; /* of what could not even be added */
	bool spills;  /* when it is full it is settled, and goes on: for who needs no outcome of any one */
	struct store_op ops[STORE_BATCH_MAX + 1]; /* the last one takes what does not fit */
};

/* An empty batch; arena outlives it. Nothing is to be ended. */
void store_batch_begin(struct store_batch *batch, struct store *store, struct arena *arena);

/* Adds an operation of store.h. The result is the batch's, for who wants the outcome or waives it; never NULL: what does not fit, or cannot be
 * sealed, is an error of the batch. Keys and values are copied, but for the keys of forget, which the caller keeps. */
struct store_op *store_batch_put(struct store_batch *batch, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when);
struct store_op *store_batch_put_record(struct store_batch *batch, const struct store_key *key,
    struct wire_any record, int64_t ttl_ms, enum store_when when);
struct store_op *store_batch_load(struct store_batch *batch, const struct store_key *key);
struct store_op *store_batch_remove(struct store_batch *batch, const struct store_key *key);
struct store_op *store_batch_end(struct store_batch *batch, const struct store_key *key);
struct store_op *store_batch_forget(struct store_batch *batch, const struct store_key *keys, unsigned n);
struct store_op *store_batch_index_add(
    struct store_batch *batch, const struct store_key *index, const struct store_key *name, int64_t ttl_ms);
struct store_op *store_batch_list_push_record(struct store_batch *batch, const struct store_key *key,
    struct wire_any record, unsigned keep, int64_t ttl_ms);
/* The same, and the list stands on an agenda, as store_agenda_put with only_new does it. */
struct store_op *store_batch_list_push_due(struct store_batch *batch, const struct store_key *key,
    struct wire_any record, unsigned keep, int64_t ttl_ms, const struct store_key *agenda, int64_t due_ms);
struct store_op *store_batch_list_read(struct store_batch *batch, const struct store_key *key, unsigned max);
/* As store_epoch_load, of now. */
struct store_op *store_batch_epoch(struct store_batch *batch);

/* Marks an operation as one whose failure is not that of the whole; what: its name in the log. remove is so from
 * the beginning, for who only wants it gone; end is not: as store_end, exactly one of several is told OK. */
void store_op_waive(struct store_op *op, const char *what);

/* Does what was added, and empties the batch; the operations stay readable until the next one is added. OK: each has been tried, and says itself
 * what came of it. Else the first error: nothing is known of any of them. Without any it costs nothing. */
NODISCARD enum err store_batch_run(struct store_batch *batch);

/* The same for who wants all of it done: the first error of those that were not waived. The others' are logged. */
NODISCARD enum err store_batch_settle(struct store_batch *batch);

#endif
