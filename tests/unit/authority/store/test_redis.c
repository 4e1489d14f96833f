/* A Redis that is down, hangs, is full, comes back empty, is set up wrongly, or was written to by somebody else. */
#include "unit.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "authority/directory/slapd.h"
#include "authority/keys/keys.h"
#include "authority/store/both.h"
#include "authority/store/server.h"
#include "base/clock.h"
#include "log/log.h"

static struct server server;
static struct store *it;

static int start(void **state)
{
	(void)state;
	server_new(&server, "faults", SERVER_USER, "");
	server.conf.store.timeout_ms = 300;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_kill(&server);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	int64_t began_ms;
	if (server.pid == 0)
		server_start(&server);
	(void)server_do(&server, "FLUSHALL");
	(void)server_do(&server, "CONFIG SET maxmemory 0");
	(void)server_do(&server, "CONFIG SET maxmemory-policy noeviction");
	it = server_store(&server, NULL);
	return store_epoch(it, 0, &began_ms) == OK ? 0 : -1;
}

static int finish(void **state)
{
	(void)state;
	store_free(&it);
	return 0;
}

/* Every operation once; how many gave that error. */
#define OPERATIONS 17
static unsigned all_give(enum err wanted)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const struct store_budget BUDGET = { 1, 1, 1000, 0, 0 };
	struct store_key key = key_of(STORE_LOGIN, 77), *keys;
	struct bytes value, *values;
	struct store_epoch epoch;
	struct text objection;
	int64_t wait_ms;
	uint64_t number;
	unsigned n, given = 0;
	const enum err errs[OPERATIONS] = {
		store_put(it, &key, value_of("x"), 1000, STORE_ALWAYS),
		store_put(it, &key, value_of("x"), 1000, STORE_IF_NEW),
		store_replace(it, &key, value_of("x"), value_of("y"), 1000),
		store_load(it, &key, &arena, &value),
		store_load_many(it, &key, 1, &arena, &value),
		store_remove(it, &key),
		store_index_add(it, &key, &key, 1000),
		store_index_remove(it, &key, &key),
		store_index_list(it, &key, STORE_LOGIN, 1, &arena, &keys, &n),
		store_list_push(it, &key, value_of("x"), 1, 1000),
		store_list_read(it, &key, 0, 1, &arena, &values, &n),
		store_try(it, &key, &BUDGET, &wait_ms),
		store_count(it, &key, value_of("x"), 1000, &number),
		store_step(it, &key, 1, INT64_MAX, 1000),
		store_step_last(it, &key, &number),
		store_epoch_load(it, 1, &epoch),
		store_objection(it, &arena, &objection),
	};
	for (unsigned i = 0; i < OPERATIONS; i++)
		given += errs[i] == wanted;
	return given;
}

static void test_down_and_back(void **state)
{
	(void)state;
	assert_true(store_is_well(it));
	server_kill(&server);
	int64_t began_ms = clock_steady_ms();
	assert_int_equal(all_give(ERR_STORE), OPERATIONS);
	assert_false(store_is_well(it));
	assert_true(clock_steady_ms() - began_ms < 2000);
	server_start(&server);
	struct store_key key = key_of(STORE_LOGIN, 1);
	assert_int_equal(store_put(it, &key, value_of("x"), 1000, STORE_IF_NEW), OK); /* at once */
	assert_true(store_is_well(it));
}

/* Connections that lay idle while Redis went and came are replaced, also for what may be done but once. */
static void test_a_restart_between_two_calls_is_not_noticed(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_LOGIN, 1);
	assert_int_equal(store_put(it, &key, value_of("x"), 1000, STORE_ALWAYS), OK);
	server_kill(&server);
	server_start(&server);
	assert_int_equal(store_put(it, &key, value_of("x"), 1000, STORE_IF_NEW), OK);
	(void)server_do(&server, "SCRIPT FLUSH");
	assert_int_equal(store_index_add(it, &key, &key, 1000) != OK, true); /* a value lies there */
	struct store_key index = key_of(STORE_INDEX, 1);
	assert_int_equal(store_index_add(it, &index, &key, 1000), OK);
	(void)server_do(&server, "CLIENT KILL TYPE normal SKIPME yes");
	assert_int_equal(store_remove(it, &key), OK);
}

static void *wait_for_it(void *context)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes value;
	struct store_key key = key_of(STORE_LOGIN, 1);
	*(enum err *)context = store_load(it, &key, &arena, &value);
	return NULL;
}

/* One that hangs costs one timeout, however many ask. */
static void test_hangs(void **state)
{
	(void)state;
	pthread_t threads[40];
	enum err errs[COUNT(threads)];
	server_signal(&server, SIGSTOP);
	int64_t began_ms = clock_steady_ms();
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, wait_for_it, &errs[i]), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		(void)pthread_join(threads[i], NULL);
	int64_t crowd_ms = clock_steady_ms() - began_ms;
	began_ms = clock_steady_ms();
	unsigned given = all_give(ERR_STORE);
	int64_t alone_ms = clock_steady_ms() - began_ms;
	server_signal(&server, SIGCONT);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(errs[i], ERR_STORE);
	assert_in_range(crowd_ms, 250, 2500);
	assert_int_equal(given, OPERATIONS);
	assert_true(alone_ms < 400 * OPERATIONS);
	assert_true(store_is_well(it));
}

/* What was asked of one that hung is not taken for the answer to the next question. */
static void test_late_answers_are_nobodys(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key a = key_of(STORE_LOGIN, 1), b = key_of(STORE_LOGIN, 2);
	struct bytes value;
	assert_int_equal(store_put(it, &a, value_of("a"), 60000, STORE_ALWAYS), OK);
	assert_int_equal(store_put(it, &b, value_of("b"), 60000, STORE_ALWAYS), OK);
	server_signal(&server, SIGSTOP);
	enum err err = store_load(it, &a, &arena, &value);
	server_signal(&server, SIGCONT);
	assert_int_equal(err, ERR_STORE);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(store_load(it, &b, &arena, &value), OK);
		assert_memory_equal(value.at, "b", 1);
	}
}

static void test_full(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key key = key_of(STORE_SESSION, 1), index = key_of(STORE_INDEX, 1);
	struct store_key list = key_of(STORE_ACTIVITY, 1), step = key_of(STORE_STEP, 1);
	struct bytes value;
	assert_int_equal(store_put(it, &key, value_of("x"), 60000, STORE_ALWAYS), OK);
	(void)server_do(&server, "CONFIG SET maxmemory 1");
	struct store_key other = key_of(STORE_SESSION, 2);
	assert_int_equal(store_put(it, &other, value_of("x"), 60000, STORE_ALWAYS), ERR_BUSY);
	assert_int_equal(store_replace(it, &key, value_of("x"), value_of("y"), 60000), ERR_BUSY);
	assert_int_equal(store_index_add(it, &index, &key, 60000), ERR_BUSY);
	assert_int_equal(store_list_push(it, &list, value_of("x"), 5, 60000), ERR_BUSY);
	assert_int_equal(store_step(it, &step, 1, INT64_MAX, 60000), ERR_BUSY);
	assert_int_equal(store_load(it, &key, &arena, &value), OK); /* who is there stays there */
	assert_int_equal(store_remove(it, &key), OK);
	assert_true(store_is_well(it));
}

/* Emptied behind our back: nothing is accepted before the new epoch has begun, and then it is said to have begun. */
static void test_emptied(void **state)
{
	(void)state;
	struct store_key key = key_of(STORE_STEP, 1);
	struct store_epoch before, after;
	assert_int_equal(store_step(it, &key, 1000, INT64_MAX, 60000), OK);
	assert_int_equal(store_epoch_load(it, 1, &before), OK);
	assert_int_equal(before.began_ms, 0);
	int64_t now_ms = clock_now_ms();
	(void)server_do(&server, "FLUSHALL");
	assert_int_equal(store_step(it, &key, 1000, INT64_MAX, 60000), ERR_STALE);
	assert_int_equal(store_epoch_load(it, 1, &after), OK);
	assert_true(after.began_ms >= now_ms);
	assert_string_not_equal(after.id, before.id);
	assert_int_equal(store_step(it, &key, 1001, INT64_MAX, 60000), OK);
	server_kill(&server); /* and a restart that forgets is the same */
	server_start(&server);
	assert_int_equal(store_step(it, &key, 1001, INT64_MAX, 60000), ERR_STALE);
	assert_int_equal(store_epoch_load(it, 1, &before), OK);
	assert_string_not_equal(after.id, before.id);
}

/* Somebody writes other things where ours lie: nothing is accepted, nothing breaks. */
static void test_strange_values(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key value = key_of(STORE_SESSION, 1), step = key_of(STORE_STEP, 1);
	struct store_key index = key_of(STORE_INDEX, 1), key = key_of(STORE_SESSION, 5), *keys;
	struct bytes bytes;
	struct store_epoch epoch;
	uint64_t last;
	unsigned n;
	(void)server_do(&server, "LPUSH %s x", server_key(&value));
	assert_int_equal(store_load(it, &value, &arena, &bytes), ERR_NOT_FOUND);
	assert_int_equal(store_load_many(it, &value, 1, &arena, &bytes), OK);
	assert_null(bytes.at);
	(void)server_do(&server, "SET %s nonsense", server_key(&step));
	assert_int_equal(store_step(it, &step, 1, INT64_MAX, 60000), ERR_INTERNAL);
	assert_int_equal(store_step_last(it, &step, &last), ERR_INTERNAL);
	assert_int_equal(store_index_add(it, &index, &key, 60000), OK);
	(void)server_do(&server, "ZADD %s 9999999999999 short", server_key(&index));
	assert_int_equal(store_index_list(it, &index, STORE_SESSION, 9, &arena, &keys, &n), OK);
	assert_int_equal(n, 1);
	(void)server_do(&server, "HSET spom:epoch id short began x");
	assert_int_equal(store_epoch_load(it, 1, &epoch), ERR_INTERNAL);
	assert_true(store_is_well(it));
}

/* --- how it is set up ------------------------------------------------------------------------------------------------ */

static const char *objection(struct arena *arena)
{
	struct text text;
	assert_int_equal(store_objection(it, arena, &text), OK);
	return text.at != NULL ? text_str(text) : "";
}

static void test_eviction_serves_nobody(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	assert_string_equal(objection(&arena), "");
	(void)server_do(&server, "CONFIG SET maxmemory-policy allkeys-lru");
	assert_non_null(strstr(objection(&arena), "allkeys-lru"));
	assert_false(store_is_well(it));
	store_free(&it);
	it = server_store(&server, NULL);
	assert_int_equal(all_give(ERR_STORE), OPERATIONS);
	(void)server_do(&server, "CONFIG SET maxmemory-policy noeviction");
	assert_true(store_is_well(it));
	assert_string_equal(objection(&arena), "");
}

static void test_rights(void **state)
{
	(void)state;
	static const struct {
		const char *user, *words;
	} ROWS[] = {
		{ "resetkeys ~spom:* resetchannels -@all +@all -@dangerous +info", "" },
		{ "resetkeys ~spom:* resetchannels -@all +@read +@write +@connection +@scripting -@dangerous "
		  "+info",
		    "" },
		{ "resetkeys ~spom:* -@all +@all -@dangerous", "+info" },
		{ "resetkeys ~spom:* -@all +@all", "-@dangerous" },
		{ "resetkeys ~* -@all +@all -@dangerous +info", "~spom:*" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct store_key key = key_of(STORE_LOGIN, 1);
		char command[300];
		(void)snprintf(command, sizeof command, "ACL SETUSER spom reset on >secret %s", ROWS[i].user);
		(void)server_do(&server, command);
		store_free(&it);
		it = server_store(&server, NULL);
		const char *words = objection(&arena);
		ROW(ROWS[i].user,
		    *ROWS[i].words == '\0' ? *words == '\0' : strstr(words, ROWS[i].words) != NULL);
		ROW(ROWS[i].user, store_put(it, &key, value_of("x"), 1000, STORE_ALWAYS) == OK);
		if (*ROWS[i].words == '\0')
			ROW(ROWS[i].user, all_give(ERR_STORE) == 0);
	}
	(void)server_do(&server, "ACL SETUSER spom reset " SERVER_USER);
}

static void test_refused_us(void **state)
{
	(void)state;
	store_free(&it);
	(void)server_do(&server, "ACL SETUSER spom resetpass >other");
	it = server_store(&server, NULL);
	assert_int_equal(all_give(ERR_STORE), OPERATIONS);
	(void)server_do(&server, "ACL SETUSER spom resetpass >secret");
	assert_true(store_is_well(it));
}

static void test_settings(void **state)
{
	(void)state;
	static const struct {
		const char *socket, *address, *password_file;
		enum err err;
	} ROWS[] = {
		{ "/nowhere", "", "", OK },
		{ "", "127.0.0.1:6379", "", OK },
		{ "", "[::1]:6379", "", OK },
		{ "", "", "", ERR_CONFIG },
		{ "", "127.0.0.1", "", ERR_CONFIG },
		{ "", ":6379", "", ERR_CONFIG },
		{ "", "host:0", "", ERR_CONFIG },
		{ "", "host:65536", "", ERR_CONFIG },
		{ "/nowhere", "", "/nowhere", ERR_CONFIG },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct conf conf = server.conf;
		struct store *made = NULL;
		conf.store.socket = ROWS[i].socket;
		conf.store.address = ROWS[i].address;
		conf.store.password_file = ROWS[i].password_file;
		if (store_redis_new(&conf, NULL, &made) != ROWS[i].err)
			fail_msg("row %zu", i);
		assert_true(made == NULL || !store_is_well(made));
		store_free(&made);
	}
}

/* By TCP as by its socket; a timeout may change while it is used. */
static void test_address(void **state)
{
	(void)state;
	int port = free_port();
	char number[16], address[32];
	(void)snprintf(number, sizeof number, "%d", port);
	(void)snprintf(address, sizeof address, "127.0.0.1:%d", port);
	(void)server_do(&server, "CONFIG SET port %s", number);
	struct conf conf = server.conf;
	conf.store.socket = "";
	conf.store.address = address;
	conf.store.timeout_ms = 60000;
	store_free(&it);
	assert_int_equal(store_redis_new(&conf, NULL, &it), OK);
	assert_true(store_is_well(it));
	conf.store.timeout_ms = 200;
	store_settings(it, &conf);
	server_signal(&server, SIGSTOP);
	int64_t began_ms = clock_steady_ms();
	bool well = store_is_well(it);
	server_signal(&server, SIGCONT);
	assert_false(well);
	assert_in_range(clock_steady_ms() - began_ms, 150, 2000);
	(void)server_do(&server, "CONFIG SET port 0");
}

#define FAULT(test) cmocka_unit_test_setup_teardown(test, fresh, finish)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		FAULT(test_down_and_back),
		FAULT(test_a_restart_between_two_calls_is_not_noticed),
		FAULT(test_hangs),
		FAULT(test_late_answers_are_nobodys),
		FAULT(test_full),
		FAULT(test_emptied),
		FAULT(test_strange_values),
		FAULT(test_eviction_serves_nobody),
		FAULT(test_rights),
		FAULT(test_refused_us),
		FAULT(test_settings),
		FAULT(test_address),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

int main(void)
{
	return slapd_guard(run);
}
