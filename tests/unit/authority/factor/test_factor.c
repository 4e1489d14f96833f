/* Codes against the real check, the memory store and accounts in memory. Time stands where a test puts it. */
#include "unit.h"
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "../authenticator.h"
#include "../fake_account.h"
#include "authority/authority.h"
#include "authority/factor/factor.h"
#include "authority/keys/keys.h"
#include "authority/store/batch.h"
#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"

#define PERSON TEXT_LITERAL("id-ada")
#define PERIOD_S 30

static struct conf conf;
static struct authority authority;
static struct arena arena;
static unsigned char secrets[2][20] = { "12345678901234567890", "another secret of 20" };

static struct secret secret_of(const char *string)
{
	return (struct secret){ (unsigned char *)string, strlen(string) };
}

static struct secret bytes_of(unsigned factor)
{
	return (struct secret){ secrets[factor], sizeof secrets[factor] };
}

/* Time stands at that many seconds into the present step. */
static void stand_at(unsigned second)
{
	clock_offset(0);
	int64_t now_ms = clock_now_ms();
	clock_offset(PERIOD_S * 1000 - now_ms % (PERIOD_S * 1000) + second * 1000);
}

static struct id factor_id(unsigned n)
{
	struct id id = { .bytes = { 1 } };
	id.bytes[15] = (uint8_t)n;
	return id;
}

static void add_factor(unsigned n, int64_t counts_from)
{
	struct msg_factor_record factor = {
		.id = factor_id(n),
		.kind = FACTOR_TOTP,
		.name = TEXT_LITERAL("Telephone"),
		.secret = bytes_of(n),
		.period_s = PERIOD_S,
		.digits = 6,
		.counts_from = counts_from,
	};
	assert_int_equal(account_factor_add(&authority, PERSON, &factor), OK);
}

static int setup(void **state)
{
	(void)state;
	conf.limits.free = 5;
	conf.limits.codes_day = 20;
	conf.factors.steps = 1;
	authority.conf = &conf;
	fake_account_reset();
	stand_at(15);
	if (keys_new("", &authority.keys) != OK)
		return -1;
	if (store_memory_new(100000, authority.keys, &authority.store) != OK)
		return -1;
	int64_t began_ms;
	if (store_epoch(authority.store, 0, &began_ms) != OK) /* the first one that there ever was */
		return -1;
	add_factor(0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_free(&authority.store);
	keys_free(&authority.keys);
	arena_done(&arena);
	clock_offset(0);
	return 0;
}

/* factor_check with what it leaves for later. */
static enum err judge(
    const struct account *account, struct secret code, bool may_recover, struct factor_result *result_r)
{
	CLEANUP(arena_done) struct arena mine = { 0 };
	struct store_batch later;
	store_batch_begin(&later, authority.store, &mine);
	enum err err = factor_check(&authority, account, code, may_recover, &later, result_r);
	return err == OK ? store_batch_settle(&later) : err;
}

static struct factor_result check(const char *code)
{
	const struct account *account;
	struct factor_result result;
	assert_int_equal(account_load(&authority, PERSON, &arena, &account), OK);
	assert_int_equal(judge(account, secret_of(code), true, &result), OK);
	return result;
}

static enum factor_outcome outcome(const char *code)
{
	return check(code).outcome;
}

/* RFC 6238, appendix B, SHA-1: the last six of the eight digits. */
static void test_vectors(void **state)
{
	static const struct {
		int64_t time_s;
		const char *code;
	} ROWS[] = {
		{ 59, "287082" },
		{ 1111111109, "081804" },
		{ 1111111111, "050471" },
		{ 1234567890, "005924" },
		{ 2000000000, "279037" },
		{ 20000000000, "353130" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		uint64_t step = 0;
		ROW(ROWS[i].code, factor_totp_matches(
				      bytes_of(0), secret_of(ROWS[i].code), ROWS[i].time_s * 1000, 0, &step));
		ROW(ROWS[i].code, step == (uint64_t)ROWS[i].time_s / PERIOD_S);
		ROW(ROWS[i].code, !factor_totp_matches(bytes_of(0), secret_of(ROWS[i].code),
				      (ROWS[i].time_s + PERIOD_S) * 1000, 0, &step));
	}
}

/* What people type. A row that is no code costs no try. */
static void test_spellings(void **state)
{
	(void)state;
	uint64_t now = authenticator_step(), step;
	const char *code = authenticator_code(bytes_of(0), now);
	char typed[64];
	(void)snprintf(typed, sizeof typed, " %.3s %.3s ", code, code + 3);
	assert_true(factor_totp_matches(bytes_of(0), secret_of(typed), clock_now_ms(), 1, &step));
	static const char *const NONE[] = { "", " ", "12345", "1234567", "abcdef", "-12345", "12345-6",
		"+12345", "1234 5a", "٣٣٣٣٣٣", "000000000000000000000000000000000000000000",
		"aaaa-bbbb-cccc-ddd1" };
	for (size_t i = 0; i < COUNT(NONE); i++)
		ROW(NONE[i], outcome(NONE[i]) == FACTOR_REFUSED);
	struct secret with_nul = { (unsigned char *)"12\000345", 6 };
	assert_false(factor_totp_matches(bytes_of(0), with_nul, clock_now_ms(), 1, &step));
	assert_int_equal(outcome(code), FACTOR_ACCEPTED); /* none of them was counted */
}

static void test_window(void **state)
{
	static const struct {
		const char *name;
		int away;
		bool good;
	} ROWS[] = {
		{ "two before", -2, false },
		{ "the one before", -1, true },
		{ "now", 0, true },
		{ "the next", 1, true },
		{ "the one behind it", 2, false },
		{ "now, but a later one was used", 0, false },
	};
	(void)state;
	uint64_t now = authenticator_step();
	for (size_t i = 0; i < COUNT(ROWS); i++)
		ROW(ROWS[i].name, (outcome(authenticator_code(bytes_of(0), now + (uint64_t)ROWS[i].away)) ==
				      FACTOR_ACCEPTED) == ROWS[i].good);
}

/* The window is the settings'; a clock that is off by more has no code. */
static void test_drift(void **state)
{
	(void)state;
	uint64_t now = authenticator_step();
	conf.factors.steps = 0;
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now - 1)), FACTOR_REFUSED);
	conf.factors.steps = 3;
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now - 3)), FACTOR_ACCEPTED);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now + 4)), FACTOR_REFUSED);
}

static void test_replay(void **state)
{
	(void)state;
	uint64_t now = authenticator_step();
	int64_t used_ms;
	const struct account *account;
	assert_int_equal(account_load(&authority, PERSON, &arena, &account), OK);
	assert_int_equal(factor_last_used(&authority, PERSON, account->factors[0], &used_ms), OK);
	assert_int_equal(used_ms, 0);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now)), FACTOR_ACCEPTED);
	struct factor_result again = check(authenticator_code(bytes_of(0), now));
	assert_int_equal(again.outcome, FACTOR_USED);
	assert_in_range(again.wait_s, 1, PERIOD_S);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now - 1)), FACTOR_USED);
	assert_int_equal(factor_last_used(&authority, PERSON, account->factors[0], &used_ms), OK);
	assert_int_equal(used_ms, (int64_t)now * PERIOD_S * 1000);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now + 1)), FACTOR_ACCEPTED);
}

static void test_free_tries_then_waits(void **state)
{
	(void)state;
	const char *wrong = authenticator_wrong(bytes_of(0), authenticator_step());
	for (unsigned i = 0; i < 5; i++) {
		struct factor_result result = check(wrong);
		assert_int_equal(result.outcome, FACTOR_REFUSED);
		assert_int_equal(result.wrong_today, i + 1);
	}
	struct factor_result result = check(wrong);
	assert_int_equal(result.outcome, FACTOR_WAIT);
	assert_in_range(result.wait_s, 1, 2);
	/* the right one has to wait as well: who guesses learns nothing */
	assert_int_equal(outcome(authenticator_code(bytes_of(0), authenticator_step())), FACTOR_WAIT);
	stand_at(25);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), authenticator_step())), FACTOR_ACCEPTED);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(check(wrong).wrong_today, i + 1); /* a right one forgets the tries */
}

/* Behind the limit of a day the device rests; another device, or a recovery code, wakes it. */
static void test_a_factor_rests(void **state)
{
	(void)state;
	const struct account *account;
	bool rests;
	conf.limits.free = 100;
	conf.limits.codes_day = 4;
	struct secret code = secret_of("aaaa-bbbb-cccc-dddd");
	assert_int_equal(account_recovery_set(&authority, PERSON, &code, 1, 1), OK);
	const char *wrong = authenticator_wrong(bytes_of(0), authenticator_step());
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(outcome(wrong), FACTOR_REFUSED);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), authenticator_step())), FACTOR_RESTS);
	assert_int_equal(account_load(&authority, PERSON, &arena, &account), OK);
	assert_int_equal(factor_rests(&authority, PERSON, account->factors[0], &rests), OK);
	assert_true(rests);
	struct factor_result result = check("AAAA bbbb CCCC dddd");
	assert_int_equal(result.outcome, FACTOR_ACCEPTED);
	assert_int_equal(result.kind, FACTOR_RECOVERY);
	assert_int_equal(factor_rests(&authority, PERSON, account->factors[0], &rests), OK);
	assert_false(rests);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), authenticator_step())), FACTOR_ACCEPTED);
	conf.limits.codes_day = 20;
}

static void test_recovery_codes_work_once(void **state)
{
	(void)state;
	struct secret codes[10];
	assert_int_equal(factor_recovery_new(&arena, codes, 10), OK);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(codes[i].len, 19);
		assert_true(codes[i].at[4] == '-' && codes[i].at[9] == '-' && codes[i].at[14] == '-');
		for (unsigned j = 0; j < i; j++)
			assert_false(secret_equal(codes[i], codes[j]));
	}
	assert_int_equal(account_recovery_set(&authority, PERSON, codes, 10, 1), OK);
	assert_int_equal(outcome((const char *)codes[3].at), FACTOR_ACCEPTED);
	assert_int_equal(outcome((const char *)codes[3].at), FACTOR_REFUSED);
	const struct account *account;
	struct factor_result result;
	assert_int_equal(account_load(&authority, PERSON, &arena, &account), OK);
	assert_int_equal(account->recovery_left, 9);
	assert_int_equal(judge(account, codes[4], false, &result), OK);
	assert_int_equal(result.outcome, FACTOR_REFUSED); /* not where they are not asked for */
}

/* One that was enrolled on the password alone is asked for, and counts later; so do the recovery codes beside it. */
static void test_what_counts(void **state)
{
	(void)state;
	int64_t now_ms = clock_now_ms();
	struct id first = factor_id(0);
	assert_int_equal(account_factor_remove(&authority, PERSON, &first), OK);
	add_factor(1, now_ms + 60000);
	struct secret code = secret_of("aaaa-bbbb-cccc-dddd");
	assert_int_equal(account_recovery_set(&authority, PERSON, &code, 1, 1), OK);
	struct factor_result result = check(authenticator_code(bytes_of(1), authenticator_step()));
	assert_int_equal(result.outcome, FACTOR_ACCEPTED);
	assert_false(result.counts);
	result = check("aaaabbbbccccdddd");
	assert_int_equal(result.outcome, FACTOR_ACCEPTED);
	assert_false(result.counts);
	clock_offset(180000);
	result = check(authenticator_code(bytes_of(1), authenticator_step()));
	assert_true(result.counts);
}

static void test_several_devices(void **state)
{
	(void)state;
	add_factor(1, 0);
	uint64_t now = authenticator_step();
	struct id second = factor_id(1);
	struct factor_result result = check(authenticator_code(bytes_of(1), now));
	assert_int_equal(result.outcome, FACTOR_ACCEPTED);
	assert_memory_equal(&result.factor, &second, sizeof second);
	assert_int_equal(
	    outcome(authenticator_code(bytes_of(0), now)), FACTOR_ACCEPTED); /* a ledger for each */
	assert_int_equal(outcome(authenticator_code(bytes_of(1), now)), FACTOR_USED);
}

/* A new epoch of the store knows nothing of the codes that were used before it (SECURITY 30). */
static void test_a_new_epoch(void **state)
{
	(void)state;
	int64_t began_ms;
	store_free(&authority.store);
	assert_int_equal(store_memory_new(1000, authority.keys, &authority.store), OK);
	assert_int_equal(store_epoch(authority.store, clock_now_ms(), &began_ms), OK);
	uint64_t now = authenticator_step();
	struct factor_result result = check(authenticator_code(bytes_of(0), now + 1));
	assert_int_equal(result.outcome, FACTOR_WAIT);
	assert_in_range(result.wait_s, PERIOD_S, 2 * PERIOD_S);
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now)), FACTOR_WAIT);
	conf.factors.steps = 0; /* only what lies behind the window of the beginning */
	assert_int_equal(outcome(authenticator_code(bytes_of(0), now)), FACTOR_WAIT);
	conf.factors.steps = 1;
}

static void test_a_store_that_is_down_is_no_yes(void **state)
{
	(void)state;
	const struct account *account;
	struct factor_result result = { .outcome = FACTOR_REFUSED };
	const char *code = authenticator_code(bytes_of(0), authenticator_step());
	assert_int_equal(account_load(&authority, PERSON, &arena, &account), OK);
	struct store *full;
	assert_int_equal(store_memory_new(0, authority.keys, &full), OK);
	struct store *good = authority.store;
	authority.store = full;
	assert_int_not_equal(judge(account, secret_of(code), true, &result), OK);
	assert_int_equal(result.outcome, FACTOR_REFUSED);
	authority.store = good;
	store_free(&full);
	fake_account_fails(ERR_UNREACHABLE);
	assert_int_equal(judge(account, secret_of("aaaabbbbccccdddd"), true, &result), ERR_UNREACHABLE);
	fake_account_fails(OK);
}

#define THREADS 8
#define RACES 1250u /* by eight threads: 10,000 tries */
#define GUESSES 25u /* 200 */

static atomic_uint accepted, looked_at;
static pthread_barrier_t barrier;
static const char *volatile raced;
static unsigned rounds;

static void *race(void *context)
{
	(void)context;
	struct arena mine = { 0 };
	const struct account *account;
	struct factor_result result;
	for (unsigned i = 0; i < rounds; i++) {
		(void)pthread_barrier_wait(&barrier);
		if (account_load(&authority, PERSON, &mine, &account) == OK &&
		    judge(account, secret_of(raced), true, &result) == OK) {
			accepted += result.outcome == FACTOR_ACCEPTED;
			looked_at += result.outcome != FACTOR_WAIT;
		}
		(void)pthread_barrier_wait(&barrier);
	}
	arena_done(&mine);
	return NULL;
}

/* The same code from many at once lets one in, each time. */
static void test_races(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	conf.limits.free = 1000;
	conf.limits.codes_day = 1000;
	rounds = RACES;
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
	accepted = 0;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, NULL), 0);
	for (unsigned i = 0; i < RACES; i++) {
		clock_offset((int64_t)i * PERIOD_S * 1000 + 60000);
		raced = authenticator_code(bytes_of(0), authenticator_step());
		(void)pthread_barrier_wait(&barrier);
		(void)pthread_barrier_wait(&barrier);
	}
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&barrier);
	assert_int_equal(accepted, RACES);
}

/* Of any number of guesses at once only the budget is looked at. */
static void test_guesses_at_once(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	conf.limits.free = 5;
	conf.limits.codes_day = 20;
	raced = authenticator_wrong(bytes_of(0), authenticator_step());
	looked_at = 0;
	rounds = GUESSES;
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&barrier);
	assert_in_range(looked_at, 5, 6); /* a wait of two seconds may have passed */
}

static void test_secrets(void **state)
{
	(void)state;
	struct secret base32, other, bytes;
	assert_int_equal(factor_totp_new(&arena, &base32), OK);
	assert_int_equal(factor_totp_new(&arena, &other), OK);
	assert_int_equal(base32.len, 32);
	assert_false(secret_equal(base32, other));
	assert_int_equal(factor_totp_bytes(base32, &arena, &bytes), OK);
	assert_int_equal(bytes.len, 20);
	static const char *const BAD[] = { "", "1", "A", "GEZDGNBVGY3TQOJQ!", "018" };
	for (size_t i = 0; i < COUNT(BAD); i++)
		ROW(BAD[i], factor_totp_bytes(secret_of(BAD[i]), &arena, &bytes) == ERR_MALFORMED);
	assert_int_equal(
	    factor_totp_bytes(secret_of("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"), &arena, &bytes), OK);
	assert_true(secret_equal(bytes, bytes_of(0)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_vectors),
		TEST(test_spellings),
		TEST(test_window),
		TEST(test_drift),
		TEST(test_replay),
		TEST(test_free_tries_then_waits),
		TEST(test_a_factor_rests),
		TEST(test_recovery_codes_work_once),
		TEST(test_what_counts),
		TEST(test_several_devices),
		TEST(test_a_new_epoch),
		TEST(test_a_store_that_is_down_is_no_yes),
		TEST(test_races),
		TEST(test_guesses_at_once),
		TEST(test_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
