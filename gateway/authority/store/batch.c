#include "authority/store/batch.h"
#include <string.h>
#include "authority/store/kinds.h"
#include "authority/store/over.h"
#include "base/clock.h"
#include "log/log.h"

void store_batch_begin(struct store_batch *batch, struct store *store, struct arena *arena)
{
	batch->store = store;
	batch->arena = arena;
	batch->n = 0;
	batch->err = OK;
	batch->spills = false;
}

static void fail(struct store_batch *batch, enum err err)
{
	if (batch->err == OK)
		batch->err = err;
}

static void spill(struct store_batch *batch)
{
	enum err err = store_batch_settle(batch);
	if (err != OK)
		fail(batch, err);
}

static struct store_op *add(struct store_batch *batch, enum store_verb verb, const struct store_key *key)
{
	if (batch->n == STORE_BATCH_MAX && batch->spills)
		spill(batch);
	struct store_op *op = &batch->ops[batch->n];
	if (batch->n < STORE_BATCH_MAX)
		batch->n++;
	else
		fail(batch, ERR_INTERNAL);
	*op = (struct store_op){ .verb = verb, .now_ms = clock_now_ms() };
	if (key != NULL)
		op->key = *key;
	return op;
}

static struct bytes keep(struct store_batch *batch, struct bytes value)
{
	char *copy = arena_copy(batch->arena, value.at, value.len);
	if (copy == NULL)
		fail(batch, ERR_NO_MEMORY);
	return (struct bytes){ (uint8_t *)copy, value.len };
}

static struct bytes seal(
    struct store_batch *batch, const struct store_key *key, struct wire_any record, int64_t ttl_ms)
{
	struct bytes value = { NULL, 0 };
	enum err err = store_seal_record(batch->store, key, record, ttl_ms, batch->arena, &value);
	if (err != OK)
		fail(batch, err);
	return value;
}

static struct store_op *add_value(struct store_batch *batch, enum store_verb verb,
    const struct store_key *key, struct bytes value, int64_t ttl_ms)
{
	struct store_op *op = add(batch, verb, key);
	op->value = value;
	op->ttl_ms = ttl_ms;
	return op;
}

struct store_op *store_batch_put(struct store_batch *batch, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when)
{
	struct store_op *op = add_value(batch, STORE_OP_PUT, key, keep(batch, value), ttl_ms);
	op->when = when;
	return op;
}

struct store_op *store_batch_put_record(struct store_batch *batch, const struct store_key *key,
    struct wire_any record, int64_t ttl_ms, enum store_when when)
{
	struct store_op *op = add_value(batch, STORE_OP_PUT, key, seal(batch, key, record, ttl_ms), ttl_ms);
	op->when = when;
	return op;
}

struct store_op *store_batch_load(struct store_batch *batch, const struct store_key *key)
{
	return add(batch, STORE_OP_LOAD, key);
}

struct store_op *store_batch_end(struct store_batch *batch, const struct store_key *key)
{
	struct store_op *op = add(batch, STORE_OP_REMOVE, key);
	op->ends = true;
	return op;
}

struct store_op *store_batch_remove(struct store_batch *batch, const struct store_key *key)
{
	struct store_op *op = add(batch, STORE_OP_REMOVE, key);
	store_op_waive(op, "removal");
	return op;
}

struct store_op *store_batch_forget(struct store_batch *batch, const struct store_key *keys, unsigned n)
{
	struct store_op *op = add(batch, STORE_OP_FORGET, NULL);
	op->keys = keys;
	op->n = n;
	if (n > STORE_FORGET_MAX)
		fail(batch, ERR_INTERNAL);
	return op;
}

struct store_op *store_batch_index_add(
    struct store_batch *batch, const struct store_key *index, const struct store_key *name, int64_t ttl_ms)
{
	struct store_op *op = add(batch, STORE_OP_INDEX_ADD, index);
	op->name = *name;
	op->ttl_ms = ttl_ms;
	return op;
}

struct store_op *store_batch_list_push_record(struct store_batch *batch, const struct store_key *key,
    struct wire_any record, unsigned most, int64_t ttl_ms)
{
	struct store_op *op =
	    add_value(batch, STORE_OP_LIST_PUSH, key, seal(batch, key, record, ttl_ms), ttl_ms);
	op->n = most;
	return op;
}

struct store_op *store_batch_list_push_due(struct store_batch *batch, const struct store_key *key,
    struct wire_any record, unsigned most, int64_t ttl_ms, const struct store_key *agenda, int64_t due_ms)
{
	struct store_op *op = store_batch_list_push_record(batch, key, record, most, ttl_ms);
	op->verb = STORE_OP_LIST_PUSH_DUE;
	op->name = *agenda;
	op->due_ms = due_ms;
	return op;
}

struct store_op *store_batch_list_read(struct store_batch *batch, const struct store_key *key, unsigned max)
{
	struct store_op *op = add(batch, STORE_OP_LIST_READ, key);
	op->n = max;
	return op;
}

struct store_op *store_batch_epoch(struct store_batch *batch)
{
	return add(batch, STORE_OP_EPOCH, NULL);
}

void store_op_waive(struct store_op *op, const char *what)
{
	op->waived = what;
}

/* One operation by the store's own function, for a store that has no round trips to save. */
static void do_one(struct store *store, struct store_op *op, struct arena *arena)
{
	const struct store_ops *ops = store->ops;
	switch (op->verb) {
	case STORE_OP_PUT:
		op->err = ops->put(store, &op->key, op->value, op->ttl_ms, op->when);
		break;
	case STORE_OP_LOAD:
		op->err = ops->load(store, &op->key, arena, &op->value);
		break;
	case STORE_OP_REMOVE:
		op->err = ops->remove(store, &op->key);
		break;
	case STORE_OP_FORGET:
		op->err = ops->forget(store, op->keys, op->n);
		break;
	case STORE_OP_INDEX_ADD:
		op->err = ops->index_add(store, &op->key, &op->name, op->now_ms, op->ttl_ms);
		break;
	case STORE_OP_LIST_PUSH:
		op->err = ops->list_push(store, &op->key, op->value, op->n, op->ttl_ms);
		break;
	case STORE_OP_LIST_PUSH_DUE:
		op->err = ops->list_push(store, &op->key, op->value, op->n, op->ttl_ms);
		if (op->err == OK)
			op->err = ops->agenda_put(store, &op->name, &op->key, op->due_ms, true);
		break;
	case STORE_OP_LIST_READ:
		op->err = ops->list_read(store, &op->key, op->from, op->n, arena, &op->values, &op->n_values);
		break;
	case STORE_OP_EPOCH:
		op->err = ERR_NOT_FOUND; /* it is read behind the others */
		break;
	}
}

static void note_end(struct store *store, struct store_op *op)
{
	if (op->ends && op->err == OK && !over_note(store->over, &op->key))
		op->err = ERR_NOT_FOUND; /* somebody had put it back */
}

/* An epoch that is not there yet begins. */
static void note_epoch(struct store *store, struct store_op *op)
{
	if (op->verb == STORE_OP_EPOCH && op->err == OK)
		store_epoch_note(store, &op->epoch);
	else if (op->verb == STORE_OP_EPOCH && op->err == ERR_NOT_FOUND)
		op->err = store_epoch_load(store, op->now_ms, &op->epoch);
}

enum err store_batch_run(struct store_batch *batch)
{
	unsigned n = batch->n;
	enum err err = batch->err;
	struct store *store = batch->store;
	batch->n = 0;
	batch->err = OK;
	if (err != OK || n == 0)
		return err;
	if (store->ops->batch != NULL)
		err = store->ops->batch(store, batch->ops, n, batch->arena);
	else
		for (unsigned i = 0; i < n; i++)
			do_one(store, &batch->ops[i], batch->arena);
	for (unsigned i = 0; err == OK && i < n; i++) {
		note_end(store, &batch->ops[i]);
		note_epoch(store, &batch->ops[i]);
	}
	return err;
}

enum err store_batch_settle(struct store_batch *batch)
{
	unsigned n = batch->n;
	enum err err = store_batch_run(batch);
	for (unsigned i = 0; err == OK && i < n; i++) {
		const struct store_op *op = &batch->ops[i];
		if (op->waived == NULL)
			err = op->err;
		else if (op->err != OK && op->err != ERR_NOT_FOUND)
			log_line(LOG_LEVEL_WARNING, "not_stored", 0, LOG_STR("what", op->waived),
			    LOG_STR("reason", err_text(op->err)));
	}
	return err;
}
