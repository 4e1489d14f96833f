/* redis_more.c - indexes, counters, the ledger, the epoch. */
#include <string.h>
#include "authority/store/redis.h"

static struct redis *redis_of(struct store *store)
{
	return (struct redis *)store;
}

static struct bytes key_bytes(const struct store_key *key)
{
	return (struct bytes){ key->bytes, sizeof key->bytes };
}

/* An array of strings from a command; ERR_NOT_FOUND where it is something else. */
static enum err ask_array(struct redis *redis, struct command *command, redisReply **reply_r)
{
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	enum err err = redis_ask(redis, command, MAY_REPEAT, &reply);
	if (err != OK)
		return redis_err(err);
	if (reply->type != REDIS_REPLY_ARRAY)
		return ERR_INTERNAL;
	for (size_t i = 0; i < reply->elements; i++)
		if (reply->element[i]->type != REDIS_REPLY_STRING)
			return ERR_INTERNAL;
	*reply_r = reply;
	reply = NULL;
	return OK;
}

/* --- index: a sorted set of names by their ends ------------------------------------------------------------------- */

enum err redis_index_remove(struct store *store, const struct store_key *index, const struct store_key *key)
{
	struct command command;
	int64_t n;
	command_begin(&command, "ZREM");
	command_key(&command, redis_of(store)->prefix, index);
	command_bytes(&command, key_bytes(key));
	return redis_number(redis_of(store), &command, MAY_REPEAT, &n);
}

static enum err take_names(const redisReply *reply, enum store_kind kind, struct arena *arena,
    struct store_key **keys_r, unsigned *n_r)
{
	struct store_key *keys = arena_array(arena, reply->elements, sizeof *keys);
	if (keys == NULL)
		return ERR_NO_MEMORY;
	unsigned n = 0;
	for (size_t i = 0; i < reply->elements; i++) {
		if (reply->element[i]->len != STORE_KEY_SIZE)
			continue; /* not of ours */
		keys[n].kind = kind;
		memcpy(keys[n++].bytes, reply->element[i]->str, STORE_KEY_SIZE);
	}
	*keys_r = keys;
	*n_r = n;
	return OK;
}

enum err redis_index_list(struct store *store, const struct store_key *index, enum store_kind kind,
    int64_t now_ms, unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r)
{
	struct command command;
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	command_begin(&command, "ZREVRANGEBYSCORE");
	command_key(&command, redis_of(store)->prefix, index);
	command_string(&command, "+inf");
	command_number(&command, now_ms + 1);
	command_string(&command, "LIMIT");
	command_string(&command, "0");
	command_number(&command, max);
	enum err err = ask_array(redis_of(store), &command, &reply);
	if (err != OK)
		return err;
	return take_names(reply, kind, arena, keys_r, n_r);
}

/* --- agenda: a sorted set of names by when they are due ------------------------------------------------------------- */

enum err redis_agenda_put(struct store *store, const struct store_key *agenda, const struct store_key *key,
    int64_t due_ms, bool only_new)
{
	struct command command;
	int64_t n;
	command_begin(&command, "ZADD");
	command_key(&command, redis_of(store)->prefix, agenda);
	if (only_new)
		command_string(&command, "NX");
	command_number(&command, due_ms);
	command_bytes(&command, key_bytes(key));
	return redis_number(redis_of(store), &command, MAY_REPEAT, &n);
}

enum err redis_agenda_take(struct store *store, const struct store_key *agenda, enum store_kind kind,
    int64_t now_ms, int64_t again_ms, unsigned max, struct arena *arena, struct store_key **keys_r,
    unsigned *n_r)
{
	struct command command;
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	command_begin_script(&command, SCRIPT_AGENDA_TAKE);
	command_key(&command, redis_of(store)->prefix, agenda);
	command_number(&command, now_ms);
	command_number(&command, again_ms);
	command_number(&command, max);
	enum err err = ask_array(redis_of(store), &command, &reply);
	return err == OK ? take_names(reply, kind, arena, keys_r, n_r) : err;
}

/* --- counters --------------------------------------------------------------------------------------------------------- */

static void add_try(struct command *command, const struct store_try *try)
{
	command_number(command, try->budget.free);
	command_number(command, try->budget.max);
	command_number(command, try->budget.window_ms);
	command_number(command, try->budget.wait_ms);
	command_number(command, try->budget.wait_most_ms);
	command_string(command, try->mark != NULL ? "1" : "0");
	command_string(command, try->stops ? "1" : "0");
}

static enum err take_tries(const redisReply *reply, struct store_try *tries, unsigned n)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != n)
		return ERR_INTERNAL;
	for (unsigned i = 0; i < n; i++)
		if (reply->element[i]->type != REDIS_REPLY_INTEGER)
			return ERR_INTERNAL;
	for (unsigned i = 0; i < n; i++)
		tries[i].wait_ms = reply->element[i]->integer;
	return OK;
}

enum err redis_tries(struct store *store, struct store_try *tries, unsigned n, int64_t now_ms)
{
	struct command command;
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	command_begin_script(&command, SCRIPT_TRIES);
	for (unsigned i = 0; i < n; i++) {
		const struct store_key *mark = tries[i].mark != NULL ? tries[i].mark : &tries[i].key;
		command_key(&command, redis_of(store)->prefix, &tries[i].key);
		command_key(&command, redis_of(store)->prefix, mark);
	}
	command_number(&command, now_ms);
	for (unsigned i = 0; i < n; i++)
		add_try(&command, &tries[i]);
	enum err err = redis_err(redis_ask(redis_of(store), &command, ONLY_ONCE, &reply));
	return err == OK ? take_tries(reply, tries, n) : err;
}

enum err redis_untry(struct store *store, const struct store_key *key)
{
	struct command command;
	int64_t done;
	command_begin_script(&command, SCRIPT_UNTRY);
	command_key(&command, redis_of(store)->prefix, key);
	return redis_number(redis_of(store), &command, ONLY_ONCE, &done);
}

enum err redis_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r)
{
	struct command command;
	int64_t n;
	command_begin_script(&command, SCRIPT_COUNT);
	command_key(&command, redis_of(store)->prefix, key);
	command_bytes(&command, member);
	command_number(&command, ttl_ms);
	enum err err = redis_number(redis_of(store), &command, MAY_REPEAT, &n);
	if (err == OK)
		*n_r = (uint64_t)n;
	return err;
}

/* --- the ledger -------------------------------------------------------------------------------------------------------- */

enum err redis_step(
    struct store *store, const struct store_key *key, uint64_t step, int64_t before_ms, int64_t ttl_ms)
{
	struct command command;
	int64_t done;
	command_begin_script(&command, SCRIPT_STEP);
	command_key(&command, redis_of(store)->prefix, key);
	command_name(&command, redis_of(store)->prefix, REDIS_EPOCH);
	command_number(&command, (int64_t)step);
	command_number(&command, before_ms);
	command_number(&command, ttl_ms);
	enum err err = redis_number(redis_of(store), &command, ONLY_ONCE, &done);
	if (err != OK)
		return err;
	return done > 0 ? OK : done == 0 ? ERR_EXISTS : done == -1 ? ERR_NOT_FOUND : ERR_STALE;
}

enum err redis_step_last(struct store *store, const struct store_key *key, uint64_t *step_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes value;
	unsigned long long step;
	enum err err = store_load(store, key, &arena, &value);
	if (err != OK)
		return err;
	if (!text_to_number((struct text){ (const char *)value.at, value.len }, INT64_MAX, &step))
		return ERR_INTERNAL; /* somebody wrote there: nothing is accepted (the script fails as well) */
	*step_r = step;
	return OK;
}

enum err redis_take_epoch(const redisReply *reply, struct store_epoch *epoch_r)
{
	unsigned long long began_ms;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
		return ERR_INTERNAL;
	const redisReply *id = reply->element[0], *began = reply->element[1];
	if (id->type == REDIS_REPLY_NIL || began->type == REDIS_REPLY_NIL)
		return ERR_NOT_FOUND;
	if (id->len != sizeof epoch_r->id - 1 ||
	    !text_to_number((struct text){ began->str, began->len }, WIRE_TIME_MAX, &began_ms))
		return ERR_INTERNAL;
	memcpy(epoch_r->id, id->str, sizeof epoch_r->id);
	epoch_r->began_ms = (int64_t)began_ms;
	return OK;
}

enum err redis_epoch(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r)
{
	struct command command;
	struct id id;
	char fresh[WIRE_ID_TEXT_SIZE];
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	secret_random(&id, sizeof id);
	wire_id_text(&id, fresh);
	command_begin_script(&command, SCRIPT_EPOCH);
	command_name(&command, redis_of(store)->prefix, REDIS_EPOCH);
	command_string(&command, fresh);
	command_number(&command, fresh_ms);
	enum err err = ask_array(redis_of(store), &command, &reply);
	if (err == OK)
		err = redis_take_epoch(reply, epoch_r);
	return err == ERR_NOT_FOUND ? ERR_INTERNAL : err;
}

static bool to_number(const redisReply *reply, unsigned long long *number_r)
{
	return text_to_number((struct text){ reply->str, reply->len }, INT64_MAX / 1000, number_r);
}

enum err redis_time(struct store *store, int64_t *now_ms_r)
{
	struct command command;
	unsigned long long seconds, micros;
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	command_begin(&command, "TIME");
	enum err err = ask_array(redis_of(store), &command, &reply);
	if (err != OK)
		return err;
	if (reply->elements != 2 || !to_number(reply->element[0], &seconds) ||
	    !to_number(reply->element[1], &micros))
		return ERR_INTERNAL;
	*now_ms_r = (int64_t)(seconds * 1000 + micros / 1000);
	return OK;
}
