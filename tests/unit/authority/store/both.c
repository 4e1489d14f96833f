#include "authority/store/both.h"
#include <string.h>

struct store *store;
struct keys *store_keys;
struct server both_server;
static bool is_redis;

int both_start(void **state)
{
	(void)state;
	server_new(&both_server, "both", SERVER_USER, "");
	return keys_new("", &store_keys) == OK ? 0 : -1;
}

int both_stop(void **state)
{
	(void)state;
	server_kill(&both_server);
	keys_free(&store_keys);
	return 0;
}

static int begin(void)
{
	int64_t began_ms;
	return store_epoch(store, 0, &began_ms) == OK ? 0 : -1;
}

int both_memory(void **state)
{
	(void)state;
	is_redis = false;
	return store_memory_new(20000, store_keys, &store) == OK ? begin() : -1;
}

int both_redis(void **state)
{
	(void)state;
	is_redis = true;
	(void)server_do(&both_server, "FLUSHALL");
	store = server_store(&both_server, store_keys);
	return begin();
}

int both_end(void **state)
{
	(void)state;
	store_free(&store);
	return 0;
}

struct store *both_other(void)
{
	return is_redis ? server_store(&both_server, store_keys) : store;
}

void both_other_free(struct store **other)
{
	if (is_redis)
		store_free(other);
}

struct store_key key_of(enum store_kind kind, uint32_t number)
{
	struct store_key key = { .kind = kind };
	number *= 2654435761u; /* spreads as the hashes do */
	memcpy(key.bytes, &number, sizeof number);
	return key;
}

struct bytes value_of(const char *string)
{
	return (struct bytes){ (const uint8_t *)string, strlen(string) };
}
