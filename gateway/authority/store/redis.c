/* redis.c - the store behind a network. Every operation is one command or one script, so that it happens at once for all authorities. */
#include "authority/store/redis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/store/over.h"
#include "base/clock.h"
#include "conf/conf.h"

int64_t redis_deadline(const struct redis *redis)
{
	return clock_steady_ms() + redis->timeout_ms;
}

struct asking {
	struct command *command;
	redisReply *reply;
};

static enum err ask(struct redisc *redisc, int64_t deadline_ms, void *context)
{
	struct asking *asking = context;
	return redisc_ask(redisc, asking->command, deadline_ms, &asking->reply);
}

enum err redis_ask(
    struct redis *redis, struct command *command, enum redis_repeat repeat, redisReply **reply_r)
{
	struct asking asking = { .command = command };
	enum err err = redis_pool_run(redis->pool, redis_deadline(redis), repeat == MAY_REPEAT, ask, &asking);
	if (err == OK)
		*reply_r = asking.reply;
	return err;
}

enum err redis_number(
    struct redis *redis, struct command *command, enum redis_repeat repeat, int64_t *number_r)
{
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	enum err err = redis_ask(redis, command, repeat, &reply);
	if (err != OK)
		return redis_err(err);
	if (reply->type != REDIS_REPLY_INTEGER)
		return ERR_INTERNAL;
	*number_r = reply->integer;
	return OK;
}

enum err redis_copy(const redisReply *reply, struct arena *arena, struct bytes *value_r)
{
	if (reply->type != REDIS_REPLY_STRING)
		return ERR_NOT_FOUND;
	char *at = arena_copy(arena, reply->str, reply->len);
	if (at == NULL)
		return ERR_NO_MEMORY;
	*value_r = (struct bytes){ (uint8_t *)at, reply->len };
	return OK;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static enum err redis_replace(
    struct store *store, const struct store_key *key, struct bytes former, struct bytes value, int64_t ttl_ms)
{
	struct redis *redis = (struct redis *)store;
	struct command command;
	int64_t done;
	command_begin_script(&command, SCRIPT_REPLACE);
	command_key(&command, redis->prefix, key);
	command_bytes(&command, former);
	command_bytes(&command, value);
	command_number(&command, ttl_ms);
	enum err err = redis_number(redis, &command, ONLY_ONCE, &done);
	if (err != OK)
		return err;
	return done > 0 ? OK : done == 0 ? ERR_NOT_FOUND : ERR_STALE;
}

#define MANY 64u /* keys of one command */

struct many {
	const char *prefix;
	const struct store_key *keys;
	unsigned n;
	struct arena *arena;
	struct bytes *values;
};

static enum err send_many(struct redisc *redisc, const struct many *many, unsigned from)
{
	struct command command;
	command_begin(&command, "MGET");
	for (unsigned i = from; i < many->n && i < from + MANY; i++)
		command_key(&command, many->prefix, &many->keys[i]);
	return redisc_send(redisc, &command);
}

static enum err take_many(struct redisc *redisc, const struct many *many, unsigned from, int64_t deadline_ms)
{
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	enum err err = redisc_take(redisc, deadline_ms, &reply);
	unsigned n = many->n - from < MANY ? many->n - from : MANY;
	if (err == OK && (reply->type != REDIS_REPLY_ARRAY || reply->elements != n))
		err = ERR_INTERNAL;
	for (unsigned i = 0; i < n && err == OK; i++) {
		many->values[from + i] = (struct bytes){ NULL, 0 };
		err = redis_copy(reply->element[i], many->arena, &many->values[from + i]);
		if (err == ERR_NOT_FOUND)
			err = OK;
	}
	return err;
}

static enum err load_many(struct redisc *redisc, int64_t deadline_ms, void *context)
{
	const struct many *many = context;
	enum err err = OK;
	for (unsigned from = 0; from < many->n && err == OK; from += MANY)
		err = send_many(redisc, many, from);
	for (unsigned from = 0; from < many->n && err == OK; from += MANY)
		err = take_many(redisc, many, from, deadline_ms);
	redisc->broken |= err != OK; /* there may be replies to come */
	return err;
}

static enum err redis_load_many(struct store *store, const struct store_key *keys, unsigned n,
    struct arena *arena, struct bytes *values_r)
{
	struct redis *redis = (struct redis *)store;
	struct many many = { redis->prefix, keys, n, arena, values_r };
	return redis_err(redis_pool_run(redis->batches, redis_deadline(redis), true, load_many, &many));
}

/* --- the store ----------------------------------------------------------------------------------------------------- */

struct objecting {
	const char *prefix;
	char why[200];
};

static enum err object(struct redisc *redisc, int64_t deadline_ms, void *context)
{
	struct objecting *objecting = context;
	return redis_check_objection(redisc, objecting->prefix, deadline_ms, objecting->why);
}

static enum err redis_object(struct store *store, struct arena *arena, struct text *objection_r)
{
	struct redis *redis = (struct redis *)store;
	struct objecting objecting = { .prefix = redis->prefix };
	struct text objection = { NULL, 0 };
	enum err err = redis_pool_run(redis->pool, redis_deadline(redis), true, object, &objecting);
	if (err == OK && *objecting.why != '\0' && !text_copy(arena, text_of(objecting.why), &objection))
		err = ERR_NO_MEMORY;
	if (err == OK)
		*objection_r = objection;
	return redis_err(err);
}

static enum err check_policy(struct redisc *redisc, int64_t deadline_ms, void *context)
{
	char why[200];
	(void)context;
	if (redis_check_policy(redisc, deadline_ms, why))
		return OK;
	redisc->broken = true;
	(void)snprintf(redisc->words, sizeof redisc->words, "%s", why);
	return ERR_STORE;
}

static bool redis_is_well(struct store *store)
{
	struct redis *redis = (struct redis *)store;
	return redis_pool_run(redis->pool, redis_deadline(redis), true, check_policy, NULL) == OK;
}

static void redis_settings(struct store *store, const struct conf *conf)
{
	struct redis *redis = (struct redis *)store;
	redis->timeout_ms = (int64_t)conf->store.timeout_ms;
}

static void redis_free(struct store *store)
{
	struct redis *redis = (struct redis *)store;
	redis_pool_free(&redis->pool);
	redis_pool_free(&redis->batches);
	secret_free(&redis->place.password);
	free(redis);
}

/* HOST:PORT; [ADDRESS]:PORT for IPv6. */
static enum err read_address(const char *address, struct redisc_place *place)
{
	const char *colon = strrchr(address, ':');
	unsigned long long port;
	if (colon == NULL || !text_to_number(text_of(colon + 1), 65535, &port) || port == 0)
		return ERR_CONFIG;
	struct text host = { address, (size_t)(colon - address) };
	if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		host = (struct text){ host.at + 1, host.len - 2 };
	if (host.len == 0 || host.len >= sizeof place->host)
		return ERR_CONFIG;
	(void)snprintf(place->host, sizeof place->host, "%.*s", TEXT_ARGS(host));
	place->port = (int)port;
	return OK;
}

static enum err read_place(const struct conf_store *conf, struct redis *redis)
{
	struct redisc_place *place = &redis->place;
	(void)snprintf(redis->prefix, sizeof redis->prefix, "%s", conf->prefix);
	(void)snprintf(redis->socket, sizeof redis->socket, "%s", conf->socket);
	(void)snprintf(redis->user, sizeof redis->user, "%s", conf->user);
	place->prefix = redis->prefix;
	place->socket = redis->socket;
	place->user = redis->user;
	enum err err = *place->socket == '\0' ? read_address(conf->address, place) : OK;
	if (err == OK && *conf->password_file != '\0')
		err = conf_secret(conf->password_file, 128, &place->password);
	return err == OK || err == ERR_NO_MEMORY ? err : ERR_CONFIG;
}

#define BATCHES 3u /* connections for load_many: forward-auth and introspection wait for nobody else */

static void discard(struct store *store)
{
	store_free(&store);
}

enum err store_redis_new(const struct conf *conf, const struct keys *keys, struct store **store_r)
{
	static const struct store_ops OPS = {
		.put = redis_put,
		.replace = redis_replace,
		.load = redis_load,
		.load_many = redis_load_many,
		.remove = redis_remove,
		.forget = redis_forget,
		.index_add = redis_index_add,
		.index_remove = redis_index_remove,
		.index_list = redis_index_list,
		.agenda_put = redis_agenda_put,
		.agenda_take = redis_agenda_take,
		.list_push = redis_list_push,
		.list_read = redis_list_read,
		.tries = redis_tries,
		.untry = redis_untry,
		.count = redis_count,
		.step = redis_step,
		.step_last = redis_step_last,
		.epoch = redis_epoch,
		.time = redis_time,
		.batch = redis_batch,
		.object = redis_object,
		.settings = redis_settings,
		.is_well = redis_is_well,
		.free = redis_free,
	};
	struct redis *redis = calloc(1, sizeof *redis);
	if (redis == NULL)
		return ERR_NO_MEMORY;
	redis->store = (struct store){ .ops = &OPS, .keys = keys, .lock = PTHREAD_MUTEX_INITIALIZER };
	redis_settings(&redis->store, conf);
	enum err err = over_new(&redis->store.over);
	if (err == OK)
		err = read_place(&conf->store, redis);
	if (err == OK)
		err = redis_pool_new(&redis->place, (unsigned)conf->store.connections, &redis->pool);
	if (err == OK)
		err = redis_pool_new(&redis->place, BATCHES, &redis->batches);
	if (err != OK)
		discard(&redis->store);
	else
		*store_r = &redis->store;
	return err;
}
