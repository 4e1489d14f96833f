/* redis_batch.c - operations that can be sent together: each is one command or one script; all are sent, then each one's reply is taken. */
#include <string.h>
#include "authority/store/batch.h"
#include "authority/store/redis.h"

static void build_put(struct command *command, const struct store_op *op)
{
	command_bytes(command, op->value);
	command_string(command, "PX");
	command_number(command, op->ttl_ms);
	if (op->when != STORE_ALWAYS)
		command_string(command, op->when == STORE_IF_NEW ? "NX" : "XX");
}

static void build_index_add(struct command *command, const struct store_op *op)
{
	command_bytes(command, (struct bytes){ op->name.bytes, sizeof op->name.bytes });
	command_number(command, op->now_ms);
	command_number(command, op->ttl_ms);
}

static void build_list_push(struct command *command, const struct store_op *op)
{
	command_bytes(command, op->value);
	command_number(command, op->n);
	command_number(command, op->ttl_ms);
}

static void build_list_push_due(struct command *command, const struct store_op *op)
{
	build_list_push(command, op);
	command_bytes(command, (struct bytes){ op->key.bytes, sizeof op->key.bytes });
	command_number(command, op->due_ms);
}

static void build_list_read(struct command *command, const struct store_op *op)
{
	command_number(command, op->from);
	command_number(command, (int64_t)op->from + op->n - 1);
}

static void build_epoch(struct command *command, const struct store_op *op)
{
	(void)op;
	command_string(command, "id");
	command_string(command, "began");
}

/* What each operation is for Redis. once: where a connection breaks, nobody knows whether it was done, and twice is
 * not the same for who wants to know. */
static const struct {
	const char *command;
	enum script script;                                                /* in place of a command */
	void (*build)(struct command *command, const struct store_op *op); /* NULL: keys are all of it */
	bool once;
} VERBS[] = {
	[STORE_OP_PUT] = { "SET", SCRIPT_NONE, build_put, false },
	[STORE_OP_LOAD] = { "GET", SCRIPT_NONE, NULL, false },
	[STORE_OP_REMOVE] = { "DEL", SCRIPT_NONE, NULL, true },
	[STORE_OP_FORGET] = { "DEL", SCRIPT_NONE, NULL, false },
	[STORE_OP_INDEX_ADD] = { NULL, SCRIPT_INDEX_ADD, build_index_add, false },
	[STORE_OP_LIST_PUSH] = { NULL, SCRIPT_LIST_PUSH, build_list_push, true },
	[STORE_OP_LIST_PUSH_DUE] = { NULL, SCRIPT_LIST_PUSH_DUE, build_list_push_due, false },
	[STORE_OP_LIST_READ] = { "LRANGE", SCRIPT_NONE, build_list_read, false },
	[STORE_OP_EPOCH] = { "HMGET", SCRIPT_NONE, build_epoch, false },
};

static bool is_once(const struct store_op *op)
{
	return (VERBS[op->verb].once && op->waived == NULL) ||
	       (op->verb == STORE_OP_PUT && op->when == STORE_IF_NEW);
}

static void build(struct command *command, const char *prefix, const struct store_op *op)
{
	if (VERBS[op->verb].script != SCRIPT_NONE)
		command_begin_script(command, VERBS[op->verb].script);
	else
		command_begin(command, VERBS[op->verb].command);
	for (unsigned i = 0; op->verb == STORE_OP_FORGET && i < op->n; i++)
		command_key(command, prefix, &op->keys[i]);
	if (op->verb == STORE_OP_EPOCH)
		command_name(command, prefix, REDIS_EPOCH);
	else if (op->verb != STORE_OP_FORGET)
		command_key(command, prefix, &op->key);
	if (op->verb == STORE_OP_LIST_PUSH_DUE)
		command_key(command, prefix, &op->name);
	if (VERBS[op->verb].build != NULL)
		VERBS[op->verb].build(command, op);
}

/* --- replies ------------------------------------------------------------------------------------------------------ */

static enum err take_list(struct store_op *op, const redisReply *reply, struct arena *arena)
{
	if (reply->type != REDIS_REPLY_ARRAY)
		return ERR_INTERNAL;
	struct bytes *values = arena_array(arena, reply->elements, sizeof *values);
	if (values == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < reply->elements; i++) {
		enum err err = redis_copy(reply->element[i], arena, &values[i]);
		if (err != OK)
			return err == ERR_NOT_FOUND ? ERR_INTERNAL : err;
	}
	op->values = values;
	op->n_values = (unsigned)reply->elements;
	return OK;
}

static enum err take(struct store_op *op, const redisReply *reply, struct arena *arena)
{
	switch (op->verb) {
	case STORE_OP_PUT:
		if (reply->type != REDIS_REPLY_NIL)
			return OK;
		return op->when == STORE_IF_NEW ? ERR_EXISTS : ERR_NOT_FOUND;
	case STORE_OP_LOAD:
		return redis_copy(reply, arena, &op->value);
	case STORE_OP_LIST_READ:
		return take_list(op, reply, arena);
	case STORE_OP_EPOCH:
		return redis_take_epoch(reply, &op->epoch);
	default:
		if (reply->type != REDIS_REPLY_INTEGER)
			return ERR_INTERNAL;
		return op->verb == STORE_OP_REMOVE && reply->integer == 0 ? ERR_NOT_FOUND : OK;
	}
}

/* What Redis refused in this operation, which says nothing of the others. */
static enum err refused(const struct store_op *op, enum err err)
{
	if (op->verb == STORE_OP_LOAD && err == ERR_MALFORMED) /* somebody put something else there */
		return ERR_NOT_FOUND;
	return redis_err(err);
}

static bool is_of_connection(enum err err)
{
	return err == ERR_CLOSED || err == ERR_IO || err == ERR_TIMEOUT || err == ERR_STORE;
}

/* --- a round trip --------------------------------------------------------------------------------------------------- */

struct batch {
	const char *prefix;
	struct store_op *ops;
	unsigned n;
	struct arena *arena;
};

static enum err send_all(struct redisc *redisc, const struct batch *batch)
{
	struct command command;
	enum err err = OK;
	for (unsigned i = 0; i < batch->n && err == OK; i++) {
		build(&command, batch->prefix, &batch->ops[i]);
		if (command.script != SCRIPT_NONE)
			command_call(&command, "EVALSHA", redisc->shas[command.script]);
		err = redisc_send(redisc, &command);
	}
	return err;
}

/* ERR_STALE in an operation: Redis has forgotten the script, and nothing was done. */
static enum err take_all(struct redisc *redisc, int64_t deadline_ms, const struct batch *batch)
{
	for (unsigned i = 0; i < batch->n; i++) {
		struct store_op *op = &batch->ops[i];
		CLEANUP(redisc_reply_free) redisReply *reply = NULL;
		enum err err = redisc_take(redisc, deadline_ms, &reply);
		if (is_of_connection(err))
			return err;
		op->err = err == OK          ? take(op, reply, batch->arena)
			  : err == ERR_STALE ? err
					     : refused(op, err);
	}
	return OK;
}

/* With the script's text, which Redis then keeps. */
static enum err do_again(struct redisc *redisc, int64_t deadline_ms, const struct batch *batch)
{
	for (unsigned i = 0; i < batch->n; i++) {
		struct store_op *op = &batch->ops[i];
		struct command command;
		CLEANUP(redisc_reply_free) redisReply *reply = NULL;
		if (op->err != ERR_STALE)
			continue;
		build(&command, batch->prefix, op);
		enum err err = redisc_ask(redisc, &command, deadline_ms, &reply);
		if (is_of_connection(err))
			return err;
		op->err = err == OK ? take(op, reply, batch->arena) : refused(op, err);
	}
	return OK;
}

static enum err work(struct redisc *redisc, int64_t deadline_ms, void *context)
{
	const struct batch *batch = context;
	enum err err = send_all(redisc, batch);
	if (err == OK)
		err = take_all(redisc, deadline_ms, batch);
	redisc->broken |= err != OK; /* there may be replies to come */
	return err == OK ? do_again(redisc, deadline_ms, batch) : err;
}

enum err redis_batch(struct store *store, struct store_op *ops, unsigned n, struct arena *arena)
{
	struct redis *redis = (struct redis *)store;
	struct batch batch = { redis->prefix, ops, n, arena };
	bool repeat = true;
	for (unsigned i = 0; i < n; i++)
		repeat = repeat && !is_once(&ops[i]);
	return redis_err(redis_pool_run(redis->pool, redis_deadline(redis), repeat, work, &batch));
}

/* --- alone ---------------------------------------------------------------------------------------------------------- */

static enum err alone(struct store *store, struct store_op *op, struct arena *arena)
{
	enum err err = redis_batch(store, op, 1, arena);
	return err == OK ? op->err : err;
}

enum err redis_put(struct store *store, const struct store_key *key, struct bytes value, int64_t ttl_ms,
    enum store_when when)
{
	struct store_op op = {
		.verb = STORE_OP_PUT, .key = *key, .value = value, .ttl_ms = ttl_ms, .when = when
	};
	return alone(store, &op, NULL);
}

enum err redis_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	struct store_op op = { .verb = STORE_OP_LOAD, .key = *key };
	enum err err = alone(store, &op, arena);
	if (err == OK)
		*value_r = op.value;
	return err;
}

enum err redis_remove(struct store *store, const struct store_key *key)
{
	struct store_op op = { .verb = STORE_OP_REMOVE, .key = *key };
	return alone(store, &op, NULL);
}

enum err redis_forget(struct store *store, const struct store_key *keys, unsigned n)
{
	struct store_op op = { .verb = STORE_OP_FORGET, .keys = keys, .n = n };
	return alone(store, &op, NULL);
}

enum err redis_index_add(struct store *store, const struct store_key *index, const struct store_key *key,
    int64_t now_ms, int64_t ttl_ms)
{
	struct store_op op = {
		.verb = STORE_OP_INDEX_ADD, .key = *index, .name = *key, .now_ms = now_ms, .ttl_ms = ttl_ms
	};
	return alone(store, &op, NULL);
}

enum err redis_list_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms)
{
	struct store_op op = {
		.verb = STORE_OP_LIST_PUSH, .key = *key, .value = value, .n = keep, .ttl_ms = ttl_ms
	};
	return alone(store, &op, NULL);
}

enum err redis_list_read(struct store *store, const struct store_key *key, unsigned from, unsigned max,
    struct arena *arena, struct bytes **values_r, unsigned *n_r)
{
	struct store_op op = { .verb = STORE_OP_LIST_READ, .key = *key, .from = from, .n = max };
	enum err err = max > 0 ? alone(store, &op, arena) : OK;
	if (err != OK)
		return err;
	*values_r = op.values;
	*n_r = op.n_values;
	return OK;
}
