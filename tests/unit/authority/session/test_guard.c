/* The guard: what the directory said counts for a minute, and what ended somebody's sessions has ended them for good. */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include "authority/account/account.h"
#include "authority/directory/slapd.h"
#include "authority/session/lives.h"
#include "base/clock.h"

#define FRESH_MS 100

static void age(void)
{
	(void)poll(NULL, 0, FRESH_MS + 20);
}

static int quick(void **state)
{
	if (lives_memory(state) != 0)
		return -1;
	guard_set_fresh(lives.guard, FRESH_MS);
	return 0;
}

static struct msg_session_record session_of(struct text person, uint64_t generation)
{
	return (struct msg_session_record){ .person = person, .generation = generation };
}

static void test_asks_once_in_a_while(void **state)
{
	(void)state;
	struct msg_session_record session = session_of(ADA, 0);
	guard_set_fresh(lives.guard, 60000);
	assert_int_equal(guard_check(&lives, &session, false), ERR_BUSY); /* nothing is known */
	assert_int_equal(fake_directory_looks(), 0);
	assert_int_equal(guard_check(&lives, &session, true), OK);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(guard_check(&lives, &session, i % 2), OK);
	assert_int_equal(fake_directory_looks(), 1);
	guard_forget(&lives, ADA);
	assert_int_equal(guard_check(&lives, &session, false), ERR_BUSY);
	assert_int_equal(guard_check(&lives, &session, true), OK);
	assert_int_equal(fake_directory_looks(), 2);
}

static void test_asks_again(void **state)
{
	(void)state;
	struct msg_session_record session = session_of(ADA, 0);
	assert_int_equal(guard_check(&lives, &session, true), OK);
	age();
	assert_int_equal(guard_check(&lives, &session, false), ERR_BUSY);
	assert_false(guard_is_over(&lives, &session));
	assert_int_equal(guard_check(&lives, &session, true), OK);
	assert_int_equal(fake_directory_looks(), 2);
}

static void test_generations(void **state)
{
	(void)state;
	struct msg_session_record old = session_of(ADA, 3), fresh = session_of(ADA, 4);
	uint64_t generation;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(account_generation_raise(&lives, ADA, &generation), OK);
	assert_int_equal(guard_check(&lives, &old, true), OK);
	assert_int_equal(
	    guard_check(&lives, &fresh, false), OK); /* another authority raised it: that proves it */
	assert_int_equal(guard_check(&lives, &old, false), ERR_NOT_FOUND);
	assert_true(guard_is_over(&lives, &old));
	guard_note(&lives, ADA, 3, true); /* what was read late takes nothing back */
	assert_int_equal(guard_check(&lives, &old, false), ERR_NOT_FOUND);
	guard_forget(&lives, ADA);
	assert_int_equal(guard_check(&lives, &old, true), ERR_NOT_FOUND);
}

/* Locked: over within the minute, and not back with the lock's end. */
static void test_locked(void **state)
{
	(void)state;
	uint64_t generation;
	struct lived lived = lives_sign_in(ADA), second = lives_sign_in(ADA);
	assert_int_equal(lives_load(&lived), OK);
	fake_directory_locks("ada", true);
	age();
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
	fake_directory_locks("ada", false);
	age();
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
	assert_int_equal(lives_load(&second), ERR_NOT_FOUND);
	assert_int_equal(account_generation(&lives, ADA, &generation), OK);
	assert_int_equal(generation, 1);
	struct lived fresh = lives_sign_in(ADA);
	assert_int_equal(lives_load(&fresh), OK);
}

/* Where the generation cannot be raised, at least the session is gone. */
static void test_locked_while_records_are_read_only(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	guard_note(&lives, ADA, 0, false);
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
	guard_note(&lives, ADA, 0, true);
	const struct msg_session_record *record;
	assert_int_equal(session_peek(&lives, lived.token, &lives_arena, &record), ERR_NOT_FOUND);
}

static void test_gone(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	fake_directory_loses("ada", true);
	age();
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
	fake_directory_loses("ada", false);
	age();
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
}

static void test_directory_down(void **state)
{
	(void)state;
	static const enum err ERRS[] = { ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY, ERR_CONFIG, ERR_INTERNAL };
	for (size_t i = 0; i < COUNT(ERRS); i++) {
		struct lived lived = lives_sign_in(ADA), other = lives_sign_in(MAX);
		guard_forget(&lives, MAX);
		i % 2 ? fake_account_fails(ERRS[i]) : fake_directory_fails(ERRS[i]);
		age();
		assert_int_equal(lives_load(&lived), OK); /* goes on as known */
		assert_int_equal(lives_load(&other), ERR_UNREACHABLE);
		const struct msg_session_record *record;
		assert_int_equal(session_peek(&lives, other.token, &lives_arena, &record), OK); /* a look */
		unsigned looks = fake_directory_looks();
		struct session_peeked peeked;
		assert_int_equal(session_peek_many(&lives, &lived.key, 1, &lives_arena, &peeked), OK);
		assert_int_equal(peeked.err, OK); /* asked again in some seconds, not at each check */
		assert_int_equal(lives_load(&lived), OK);
		assert_int_equal(fake_directory_looks(), looks);
		fake_account_fails(OK);
		fake_directory_fails(OK);
		assert_int_equal(lives_load(&other), OK);
	}
}

static _Atomic unsigned answers[ERR_COUNT_];

static void *check(void *context)
{
	answers[guard_check(&lives, context, true)]++;
	return NULL;
}

static void crowd(struct msg_session_record *session)
{
	pthread_t threads[20];
	memset((void *)answers, 0, sizeof answers);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, check, session), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		(void)pthread_join(threads[i], NULL);
}

/* Many requests of one person ask once: those who know nothing wait for the answer, those who do go on with it. */
static void test_a_crowd_asks_once(void **state)
{
	(void)state;
	struct msg_session_record session = session_of(ADA, 0);
	guard_set_fresh(lives.guard, 4000);
	fake_directory_slow(1000);
	crowd(&session);
	assert_int_equal(answers[OK], 20);
	assert_int_equal(fake_directory_looks(), 1);
	(void)poll(NULL, 0, 4100);
	int64_t began_ms = clock_steady_ms();
	crowd(&session);
	assert_int_equal(answers[OK], 20);
	assert_int_equal(fake_directory_looks(), 2);
	assert_true(clock_steady_ms() - began_ms < 1950);
}

static void test_a_crowd_without_an_answer(void **state)
{
	(void)state;
	struct msg_session_record session = session_of(ADA, 0);
	fake_directory_slow(100);
	fake_directory_fails(ERR_TIMEOUT);
	crowd(&session);
	assert_int_equal(answers[ERR_UNREACHABLE], 20);
}

/* More people than it has room for: it asks more often, and mixes nobody up. */
static void test_bounded(void **state)
{
	(void)state;
	char name[32];
	guard_set_fresh(lives.guard, 600000);
	for (unsigned i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof name, "person %u", i);
		guard_note(&lives, text_of(name), i, i % 2 == 0);
	}
	unsigned known = 0;
	for (unsigned i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof name, "person %u", i);
		struct msg_session_record session = session_of(text_of(name), i);
		enum err err = guard_check(&lives, &session, false);
		if (err == ERR_BUSY) { /* the look took another's place */
			guard_note(&lives, text_of(name), i, i % 2 == 0);
			continue;
		}
		known++;
		assert_int_equal(err, i % 2 == 0 ? OK : ERR_NOT_FOUND);
	}
	assert_in_range(known, 1, 65536);
}

#define GUARD(test) \
	{ \
#test, test, quick, lives_end, NULL \
	}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		GUARD(test_asks_once_in_a_while),
		GUARD(test_asks_again),
		GUARD(test_generations),
		GUARD(test_locked),
		GUARD(test_locked_while_records_are_read_only),
		GUARD(test_gone),
		GUARD(test_directory_down),
		GUARD(test_a_crowd_asks_once),
		GUARD(test_a_crowd_without_an_answer),
		GUARD(test_bounded),
	};
	return cmocka_run_group_tests(tests, both_start, both_stop);
}

int main(void)
{
	return slapd_guard(run);
}
