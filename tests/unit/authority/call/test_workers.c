/* Threads and places by role: who floods takes neither from the others. */
#include "unit.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include "authority/call/call.h"
#include "authority/call/handler.h"
#include "authority/call/workers.h"
#include "base/clock.h"

#define QUEUE 4u
#define CALLS 64u

static sem_t begun, may_end, back;
static struct call calls[CALLS];
static unsigned n_calls;

static enum err run_slowly(struct call *call, const void *ask, struct wire_any *answer_r)
{
	static const struct msg_done DONE = { .text = { NULL, 0 } };
	(void)call;
	(void)ask;
	sem_post(&begun);
	sem_wait(&may_end);
	*answer_r = WIRE(done, &DONE);
	return OK;
}

static void on_done(void *context, struct call *call)
{
	(void)context;
	(void)call;
	sem_post(&back);
}

static struct workers *make(unsigned threads, unsigned pam, unsigned admin, int64_t patience_ms)
{
	struct workers *workers;
	struct workers_settings settings = {
		.threads = threads, .queue = QUEUE, .patience_ms = patience_ms, .done = on_done
	};
	settings.reserved[ROLE_PAM] = pam;
	settings.reserved[ROLE_ADMIN] = admin;
	sem_init(&begun, 0, 0);
	sem_init(&may_end, 0, 0);
	sem_init(&back, 0, 0);
	n_calls = 0;
	assert_int_equal(workers_new(&settings, &workers), OK);
	return workers;
}

static enum err put(struct workers *workers, enum role role)
{
	static const struct handler SLOWLY = { TAG_health, TALK_ANY, POOL_SHORT, run_slowly };
	struct call *call = &calls[n_calls++];
	*call = (struct call){ .role = role, .handler = &SLOWLY, .ask = { wire_msg_health(), NULL } };
	return workers_put(workers, call);
}

static bool happens(sem_t *what, long within_ms)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += within_ms % 1000 * 1000000;
	until.tv_sec += within_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return sem_timedwait(what, &until) == 0;
}

static void end(struct workers *workers)
{
	for (unsigned i = 0; i < CALLS; i++)
		sem_post(&may_end);
	workers_free(&workers);
	for (unsigned i = 0; i < n_calls; i++)
		arena_done(&calls[i].arena);
}

/* As much as goes from one role: it gets the threads that are lent, its own queue, and then "busy", at once. */
static void test_a_flood_finds_its_own_queue_full(void **state)
{
	(void)state;
	struct workers *workers = make(2, 1, 1, 60000);
	int64_t began_ms = clock_steady_ms();
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(put(workers, ROLE_DOOR), OK);
		assert_true(happens(&begun, 3000));
	}
	for (unsigned i = 0; i < QUEUE; i++)
		assert_int_equal(put(workers, ROLE_DOOR), OK);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(put(workers, ROLE_DOOR), ERR_BUSY);
	assert_true(clock_steady_ms() - began_ms < 3000);
	assert_false(happens(&begun, 50)); /* nor does it get a thread of the others */
	end(workers);
}

static void test_reserved_threads_are_there_in_a_flood(void **state)
{
	(void)state;
	static const struct {
		enum role role;
		unsigned at_once;
	} ROWS[] = { { ROLE_PAM, 2 }, { ROLE_ADMIN, 1 } };
	struct workers *workers = make(3, 2, 1, 60000);
	unsigned running = 0;
	while (put(workers, ROLE_DOOR) == OK || running < 3)
		running += happens(&begun, 50);
	for (size_t i = 0; i < COUNT(ROWS); i++)
		for (unsigned j = 0; j < ROWS[i].at_once; j++) {
			assert_int_equal(put(workers, ROWS[i].role), OK);
			ROW(WIRE_ENUM_TEXT(role, ROWS[i].role), happens(&begun, 3000));
		}
	assert_int_equal(put(workers, ROLE_ADMIN), OK); /* a place is there as well, but no more threads */
	assert_false(happens(&begun, 50));
	end(workers);
}

/* Those who have none of their own: one call of each, in turn, whatever the length of the queues. */
static void test_lent_threads_go_round(void **state)
{
	(void)state;
	struct workers *workers = make(1, 0, 0, 60000);
	assert_int_equal(put(workers, ROLE_DOOR), OK);
	assert_true(happens(&begun, 3000));
	for (unsigned i = 0; i < QUEUE; i++)
		assert_int_equal(put(workers, ROLE_DOOR), OK);
	assert_int_equal(put(workers, ROLE_BACK), OK);
	struct call *of_back = &calls[n_calls - 1];
	for (unsigned i = 0; i < 2; i++) { /* the one that runs, and the next: back's */
		sem_post(&may_end);
		assert_true(happens(&back, 3000));
	}
	assert_non_null(of_back->out);
	end(workers);
}

static void test_the_other_side_of_a_reservation(void **state)
{
	(void)state;
	struct workers *workers = make(1, 1, 0, 60000);
	for (unsigned i = 0; i < 2; i++) { /* hosts may have what is lent as well */
		assert_int_equal(put(workers, ROLE_PAM), OK);
		assert_true(happens(&begun, 3000));
	}
	assert_int_equal(put(workers, ROLE_DOOR), OK);
	assert_false(happens(&begun, 50));
	sem_post(&may_end);
	assert_true(happens(&begun, 3000)); /* one of theirs ended: the door's begins */
	end(workers);
}

/* Who has waited for too long is told, and nothing is carried out for somebody who is gone. */
static void test_patience(void **state)
{
	(void)state;
	struct workers *workers = make(1, 0, 0, 1000);
	assert_int_equal(put(workers, ROLE_DOOR), OK);
	assert_true(happens(&begun, 3000));
	assert_int_equal(put(workers, ROLE_DOOR), OK);
	(void)nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 200000000 }, NULL);
	sem_post(&may_end);
	assert_true(happens(&back, 3000) && happens(&back, 3000));
	assert_false(happens(&begun, 0));
	struct frame frame;
	assert_int_equal(frame_read(calls[1].out, &frame), OK);
	assert_string_equal(frame.msg->name, "refused");
	end(workers);
}

/* The table of handlers: whoever may ask has a thread of its own where that is carried out. */
static void test_everybody_has_a_thread_where_he_has_business(void **state)
{
	(void)state;
	unsigned n = 0;
	for (unsigned tag = 0; tag <= UINT16_MAX; tag++) {
		const struct handler *handler = handler_find(tag);
		if (handler == NULL)
			continue;
		n++;
		for (unsigned role = ROLE_DOOR; role < WORKERS_ROLES; role++)
			if (wire_may_send(wire_find(tag), (enum role)role))
				ROW(wire_find(tag)->name,
				    handler_reserved((enum role)role, handler->pool) > 0);
	}
	assert_true(n > 20);
	assert_int_equal(handler_reserved(ROLE_COURIER, POOL_BIND), 0);
	assert_int_equal(handler_reserved(ROLE_DOOR, POOL_BIND), 0); /* passwords come by gate */
	assert_true(handler_reserved(ROLE_PAM, POOL_BIND) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_flood_finds_its_own_queue_full),
		cmocka_unit_test(test_reserved_threads_are_there_in_a_flood),
		cmocka_unit_test(test_lent_threads_go_round),
		cmocka_unit_test(test_the_other_side_of_a_reservation),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_everybody_has_a_thread_where_he_has_business),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
