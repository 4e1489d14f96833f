/* Guesses at passwords: how many are looked at, whom they do not shut out, and that nothing tells a name that there is from one that there is
 * not. Where a test leaves a counter behind it uses a name of its own: the store's counters outlast it. */
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../fake_directory.h"
#include "../fake_outbox.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "somebody.h"

static int fresh(void **state)
{
	int result = somebody_fresh(state);
	house_conf()->factors.required = false;
	return result;
}

static struct browser at(const char *address)
{
	struct browser browser = browser_get(typed(""), NULL);
	browser.address = text_of(address);
	return browser;
}

static struct wire_any guess_at(const char *user, const char *password, const char *address)
{
	struct browser browser = at(address);
	return turn_once(&browser, user, password);
}

/* One row is what somebody gets who tries six times in a row; it is the same for every name. */
static void test_waits_for_every_name(void **state)
{
	static const char *const NAMES[] = { "max", "bob", "nobody", "nobody@example.edu", "Nobody-2" };
	(void)state;
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		unsigned finds, binds;
		fake_directory_count(&finds, &binds);
		for (unsigned n = 0; n < 5; n++)
			assert_denied(guess_at(NAMES[i], "wrong", "192.0.2.1"), "sign_in_failed");
		struct wire_any any = guess_at(NAMES[i], "planck", "192.0.2.1"); /* right for max */
		ROW(NAMES[i], text_equal_str(HOUSE_IS(login_denied, any)->text, "try_later"));
		ROW(NAMES[i], HOUSE_IS(login_denied, any)->retry_s == 2);
		fake_directory_count(&finds, &binds);
		ROW(NAMES[i], finds == 6 && binds == 5);
	}
	assert_denied(guess_at("NOBODY", "wrong", "192.0.2.1"), "try_later"); /* as the directory compares */
	somebody_waits(3);
	struct browser max = at("192.0.2.1");
	(void)HOUSE_IS(ask_notice, step(&max, "max", "planck"));
	assert_denied(guess_at("max", "wrong", "192.0.2.1"), "sign_in_failed"); /* the tries are forgotten */
}

/* Beyond the budget of the hour no password of a browser that is not known reaches the directory. */
static void test_the_hour(void **state)
{
	(void)state;
	unsigned finds, binds;
	struct browser owner = at("192.0.2.1");
	(void)step(&owner, "max", "planck");
	(void)finish(&owner, step(&owner, "max", ""));
	assert_non_null(owner.device.at);
	house_conf()->limits.free = 100;
	house_conf()->limits.passwords_hour = 3;
	for (unsigned n = 0; n < 3; n++)
		assert_denied(guess_at("max", "wrong", "192.0.2.1"), "sign_in_failed");
	fake_directory_count(&finds, &binds);
	struct wire_any any = guess_at("max", "planck", "192.0.2.77");
	assert_denied(any, "try_later");
	assert_in_range(HOUSE_IS(login_denied, any)->retry_s, 60, 3600);
	fake_directory_count(&finds, &binds);
	assert_int_equal(binds, 0);
	/* the browser that is known goes in; as somebody else it is as unknown as any */
	struct browser known = at("192.0.2.1");
	known.device = owner.device;
	(void)HOUSE_IS(ask_notice, step(&known, "max", "planck"));
	for (unsigned n = 0; n < 3; n++)
		assert_denied(guess_at("nobody-3", "wrong", "192.0.2.1"), "sign_in_failed");
	known = at("192.0.2.1");
	known.device = owner.device;
	assert_denied(turn_once(&known, "nobody-3", "wrong"), "try_later");
}

/* A forged or foreign cookie makes no browser known. */
static void test_a_device_that_is_none(void **state)
{
	(void)state;
	struct browser ada = at("192.0.2.1");
	(void)finish(&ada, step(&ada, "ada", "lovelace"));
	char forged[2048];
	(void)snprintf(forged, sizeof forged, "%s", (const char *)ada.device.at);
	forged[20] = forged[20] == 'A' ? 'B' : 'A';
	house_conf()->limits.passwords_hour = 1;
	assert_denied(guess_at("nobody-4", "wrong", "192.0.2.1"), "sign_in_failed");
	const struct secret ROWS[] = { typed(forged), typed("x"), typed(""), ada.cookie };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct browser browser = at("192.0.2.1");
		browser.device = ROWS[i];
		assert_denied(turn_once(&browser, "nobody-4", "wrong"), "try_later");
	}
}

/* A browser that is new to somebody who has been here before is written to him; one that is known is not. */
static void test_a_new_browser_is_mailed(void **state)
{
	(void)state;
	unsigned before = fake_outbox_count(MAIL_NEW_DEVICE, "id-ada");
	struct browser browser = at("192.0.2.1");
	(void)finish(&browser, step(&browser, "ada", "lovelace"));
	struct browser again = at("192.0.2.1");
	(void)finish(&again, step(&again, "ada", "lovelace"));
	assert_int_equal(fake_outbox_count(MAIL_NEW_DEVICE, "id-ada"), before + 2);
	again = at("192.0.2.1");
	again.device = browser.device;
	(void)finish(&again, step(&again, "ada", "lovelace"));
	assert_int_equal(fake_outbox_count(MAIL_NEW_DEVICE, "id-ada"), before + 2);
	somebody_waits(1);
	assert_int_equal(account_known_after(house_authority(), TEXT_LITERAL("id-ada"), clock_now_ms()), OK);
	again = at("192.0.2.1");
	again.device = browser.device;
	(void)finish(&again, step(&again, "ada", "lovelace"));
	assert_int_equal(fake_outbox_count(MAIL_NEW_DEVICE, "id-ada"), before + 3);
}

/* A dormitory is one address: it counts how many different people failed from it, not how often. */
static void test_networks(void **state)
{
	(void)state;
	char name[32];
	struct browser owner = at("203.0.113.1");
	(void)finish(&owner, step(&owner, "ada", "lovelace"));
	house_conf()->limits.people_hour = 4;
	house_conf()->limits.free = 100;
	house_conf()->limits.passwords_hour = 100;
	for (unsigned n = 0; n < 20; n++)
		assert_denied(guess_at("nobody-5", "wrong", "203.0.113.7"), "sign_in_failed");
	for (unsigned n = 0; n < 4; n++) {
		(void)snprintf(name, sizeof name, "network-%u", n);
		assert_denied(guess_at(name, "wrong", "203.0.113.7"), "sign_in_failed");
	}
	assert_denied(guess_at("ada", "lovelace", "203.0.113.200"), "try_later");
	(void)HOUSE_IS(login_done, guess_at("ada", "lovelace", "203.0.114.7"));
	struct browser known = at("203.0.113.7");
	known.device = owner.device;
	(void)HOUSE_IS(login_done, turn_once(&known, "ada", "lovelace"));
	for (unsigned n = 0; n < 5; n++) {
		(void)snprintf(name, sizeof name, "six-%u", n);
		assert_denied(guess_at(name, "wrong", "2001:db8:0:1::7"), "sign_in_failed");
	}
	assert_denied(guess_at("ada", "lovelace", "2001:db8:0:ff::1"), "try_later");
	(void)HOUSE_IS(login_done, guess_at("ada", "lovelace", "2001:db8:1::1"));
}

/* Who cannot be asked is no reason to count. */
static void test_a_directory_that_is_down_counts_nothing(void **state)
{
	(void)state;
	fake_directory_fails(ERR_UNREACHABLE);
	for (unsigned n = 0; n < 20; n++)
		assert_refused(guess_at("ada", "lovelace", "192.0.2.1"), REFUSAL_DIRECTORY);
	fake_directory_fails(OK);
	(void)HOUSE_IS(login_done, guess_at("ada", "lovelace", "192.0.2.1"));
}

/* --- the work behind an answer ------------------------------------------------------------------------------------ */

static const struct store_ops *real;
static char work[400]; /* what the store was asked, with sizes */

static void note(const char *what, size_t len)
{
	size_t used = strlen(work);
	(void)snprintf(work + used, sizeof work - used, "%s:%zu ", what, len);
}

static enum err count_put(struct store *store, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when)
{
	note("put", value.len);
	return real->put(store, key, value, ttl_ms, when);
}

static enum err count_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	note("load", 0);
	return real->load(store, key, arena, value_r);
}

static enum err count_remove(struct store *store, const struct store_key *key)
{
	note("remove", 0);
	return real->remove(store, key);
}

static enum err count_forget(struct store *store, const struct store_key *keys, unsigned n)
{
	note("forget", n);
	return real->forget(store, keys, n);
}

static enum err count_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms)
{
	note("push", value.len);
	return real->list_push(store, key, value, keep, ttl_ms);
}

static enum err count_tries(struct store *store, struct store_try *tries, unsigned n, int64_t now_ms)
{
	note("tries", n);
	return real->tries(store, tries, n, now_ms);
}

static enum err count_untry(struct store *store, const struct store_key *key)
{
	note("untry", 0);
	return real->untry(store, key);
}

static enum err count_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r)
{
	note("count", member.len);
	return real->count(store, key, member, ttl_ms, n_r);
}

static int watched(void **state)
{
	static struct store_ops ops;
	real = house_authority()->store->ops;
	ops = *real;
	ops.put = count_put;
	ops.load = count_load;
	ops.remove = count_remove;
	ops.forget = count_forget;
	ops.list_push = count_push;
	ops.tries = count_tries;
	ops.untry = count_untry;
	ops.count = count_count;
	house_authority()->store->ops = &ops;
	return fresh(state);
}

static int unwatched(void **state)
{
	(void)state;
	house_authority()->store->ops = real;
	return 0;
}

/* Directory, store, audit and answer of a wrong password are the same, whoever was named: there is nothing to measure. */
static void test_no_difference(void **state)
{
	static const char *const NAMES[] = { "ada", "nob", "bob", "eve", "ivy", "uma" };
	(void)state;
	char first[sizeof work] = "";
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		unsigned finds, binds, before = fake_audit_count(AUDIT_PASSWORD_REFUSED);
		struct browser browser = at("192.0.2.1");
		fake_directory_count(&finds, &binds);
		work[0] = '\0';
		assert_denied(turn_once(&browser, NAMES[i], "wrong"), "sign_in_failed");
		fake_directory_count(&finds, &binds);
		ROW(NAMES[i], finds == 1 && binds == 1 && fake_directory_looks() == 0);
		ROW(NAMES[i], fake_audit_count(AUDIT_PASSWORD_REFUSED) == before + 1);
		if (i == 0)
			(void)snprintf(first, sizeof first, "%s", work);
		if (strcmp(work, first) != 0)
			fail_msg("row '%s': %sinstead of %s", NAMES[i], work, first);
	}
	assert_non_null(strstr(first, "push"));
}

/* --- many at once ------------------------------------------------------------------------------------------------- */

#define THREADS 10
#define GUESSES 20

static struct browser guessers[THREADS];
static pthread_barrier_t barrier;

static void *guess_on(void *context)
{
	const struct browser *browser = context;
	struct arena arena = { 0 };
	(void)pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < GUESSES; i++) {
		struct link link;
		struct wire_any any;
		int64_t end_ms = clock_steady_ms() + 20000;
		struct msg_login_intro intro = {
			.cookie = browser->cookie, .csrf = browser->csrf, .ask = browser->ask
		};
		struct msg_login_open open = {
			.service = TEXT_LITERAL("spom"), .user = TEXT_LITERAL("uma"), .intro = &intro
		};
		struct msg_login_answer answer = { .id = browser->ask, .answer = typed("wrong") };
		if (link_open(&link, house_path(ROLE_GATE), end_ms) != OK)
			continue;
		if (link_ask(&link, WIRE(login_open, &open), 1, &arena, end_ms, &any) == OK)
			(void)!link_ask(&link, WIRE(login_answer, &answer), 1, &arena, end_ms, &any);
		link_close(&link);
	}
	arena_done(&arena);
	return NULL;
}

static void test_many_at_once(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	unsigned finds, binds;
	house_conf()->limits.passwords_hour = 100;
	for (unsigned i = 0; i < THREADS; i++)
		guessers[i] = at("192.0.2.1");
	fake_directory_count(&finds, &binds);
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, guess_on, &guessers[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&barrier);
	fake_directory_count(&finds, &binds);
	assert_int_equal(finds, THREADS * GUESSES);
	assert_in_range(binds, 5, 7); /* waits of 2 and 4 s may have passed */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		TEST(test_many_at_once),
		cmocka_unit_test_setup_teardown(test_no_difference, watched, unwatched),
		TEST(test_waits_for_every_name),
		TEST(test_the_hour),
		TEST(test_a_device_that_is_none),
		TEST(test_a_new_browser_is_mailed),
		TEST(test_networks),
		TEST(test_a_directory_that_is_down_counts_nothing),
	};
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
