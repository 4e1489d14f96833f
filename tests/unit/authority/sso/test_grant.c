/* A code that several show at one moment, while the connection of one of them breaks: nothing that came of it lives. */
#include "unit.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/grant.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define LASTS_MS 60000

static struct authority authority;
static struct call call;
static struct conf conf;
static struct store_ops ops; /* those of the store, some of which can break */
static const struct store_ops *whole;
static const struct store_key CODE = { .kind = STORE_CODE, .bytes = { 7 } },
			      GRANT = { .kind = STORE_GRANT, .bytes = { 7 } };
static const struct msg_code_record RECORD = { .client_id = TEXT_LITERAL("client") };

/* All is done, and nobody hears of it. */
static enum err break_behind(struct store *store, struct store_op *all, unsigned n, struct arena *arena)
{
	(void)arena;
	for (unsigned i = 0; i < n; i++)
		if (all[i].verb == STORE_OP_PUT)
			(void)whole->put(store, &all[i].key, all[i].value, all[i].ttl_ms, all[i].when);
		else
			(void)whole->remove(store, &all[i].key);
	return ERR_STORE;
}

/* The end of a grant reaches nobody. */
static enum err break_before(struct store *store, const struct store_key *key)
{
	return key->kind == STORE_GRANT ? ERR_STORE : whole->remove(store, key);
}

static enum err show_code(void)
{
	struct grant_giving giving;
	grant_begin(&call, &giving);
	grant_take_code(&giving, &CODE, &RECORD, clock_now_ms() + LASTS_MS);
	return grant_give(&call, &giving);
}

/* Whether it lies there, whatever this process has seen end: another one has not. */
static bool lives(void)
{
	struct bytes value;
	return whole->load(authority.store, &GRANT, &call.arena, &value) == OK;
}

static void somebody_alone(void **state)
{
	(void)state;
	assert_int_equal(show_code(), OK);
	assert_true(lives());
}

static void two_of_them(void **state)
{
	(void)state;
	assert_int_equal(show_code(), OK);
	assert_int_equal(show_code(), ERR_EXISTS);
	assert_false(lives());
}

static void the_third_breaks(void **state)
{
	(void)state;
	assert_int_equal(show_code(), OK);
	assert_int_equal(show_code(), ERR_EXISTS);
	ops.batch = break_behind;
	assert_int_equal(show_code(), ERR_STORE);
	assert_false(lives());
}

static void the_third_breaks_when_it_ends_it(void **state)
{
	(void)state;
	assert_int_equal(show_code(), OK);
	assert_int_equal(show_code(), ERR_EXISTS);
	ops.remove = break_before;
	assert_int_equal(show_code(), ERR_EXISTS);
	assert_false(lives());
}

static void the_second_breaks_when_it_ends_it(void **state)
{
	(void)state;
	assert_int_equal(show_code(), OK);
	ops.remove = break_before;
	assert_int_equal(show_code(), ERR_EXISTS);
	assert_false(lives());
}

static int begin(void **state)
{
	static const uint8_t VALUE[] = { 1 };
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	authority.conf = &conf;
	call.authority = &authority;
	if (keys_new("", &authority.keys) != OK ||
	    store_memory_new(100, authority.keys, &authority.store) != OK)
		return -1;
	whole = authority.store->ops;
	ops = *whole;
	authority.store->ops = &ops;
	return whole->put(authority.store, &CODE, (struct bytes){ VALUE, 1 }, LASTS_MS, STORE_IF_NEW) == OK
		   ? 0
		   : -1;
}

static int end(void **state)
{
	(void)state;
	arena_done(&call.arena);
	store_free(&authority.store);
	keys_free(&authority.keys);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(somebody_alone, begin, end),
		cmocka_unit_test_setup_teardown(two_of_them, begin, end),
		cmocka_unit_test_setup_teardown(the_third_breaks, begin, end),
		cmocka_unit_test_setup_teardown(the_third_breaks_when_it_ends_it, begin, end),
		cmocka_unit_test_setup_teardown(the_second_breaks_when_it_ends_it, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
