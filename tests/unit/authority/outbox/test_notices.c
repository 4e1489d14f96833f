/* The queue of notices: durable, told until confirmed, for an hour; a slow service holds up none, and no mail. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "authority/authority.h"
#include "authority/fake_audit.h"
#include "authority/keys/keys.h"
#include "authority/outbox/outbox.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define SECOND 1000
#define T(literal) TEXT_LITERAL(literal)

static char folder[] = "/tmp/spom-notices-XXXXXX";
static struct conf conf;
static struct authority authority;
static struct arena arena;
static int64_t moved_ms;

static void move(int64_t ms)
{
	moved_ms += ms;
	clock_offset(moved_ms);
}

static void restart(void)
{
	outbox_close(&authority.outbox);
	assert_int_equal(outbox_open(&conf, authority.keys, &authority.outbox), OK);
}

static int start(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	assert_non_null(mkdtemp(folder));
	conf = (struct conf){ .authority.state = folder, .mail = { .host = "", .queue = 10, .keep_h = 72 } };
	authority.conf = &conf;
	fake_audit_fails(OK);
	assert_int_equal(keys_new("", &authority.keys), OK);
	return outbox_open(&conf, authority.keys, &authority.outbox);
}

static int stop(void **state)
{
	(void)state;
	char command[100];
	outbox_close(&authority.outbox);
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	memcpy(folder, "/tmp/spom-notices-XXXXXX", sizeof folder);
	fake_audit_reset();
	keys_free(&authority.keys);
	arena_done(&arena);
	move(-moved_ms);
	return 0;
}

static enum err tell(const char *service)
{
	static const uint8_t TRAIL[32] = { 7 };
	const struct msg_visit_record visit = { .person = T("person-1"),
		.service = text_of(service),
		.label = T("Wiki"),
		.protocol = PROTOCOL_OIDC,
		.client_id = T("c"),
		.registered = 1,
		.handle = T("sid-1"),
		.back = true };
	const struct msg_notice_record notice = { .trail = { TRAIL, sizeof TRAIL }, .visit = &visit };
	enum err err = outbox_tell(&authority, &notice);
	move(1);
	return err;
}

static const struct msg_notice_record *next(void)
{
	const struct msg_notice_record *notice = NULL;
	enum err err = outbox_next_notice(&authority, false, &arena, &notice);
	assert_true(err == OK || err == ERR_NOT_FOUND);
	return notice;
}

static void told(const struct msg_notice_record *notice, enum notice_outcome outcome)
{
	const struct msg_notice_record *which;
	assert_non_null(notice);
	assert_int_equal(outbox_told(&authority, &notice->id, outcome, T("x"), &arena, &which), OK);
	assert_non_null(which);
	assert_true(text_equal(which->visit->service, notice->visit->service));
}

static void one_is_told_until_it_is_confirmed(void **state)
{
	(void)state;
	static const int PAUSES_S[] = { 5, 15, 45, 135, 405, 1215 };
	assert_int_equal(tell("wiki"), OK);
	for (size_t i = 0; i < COUNT(PAUSES_S); i++) {
		told(next(), NOTICE_LATER);
		move((PAUSES_S[i] - 1) * SECOND);
		assert_null(next());
		move(SECOND);
	}
	const struct msg_notice_record *notice = next();
	assert_true(text_equal(notice->visit->handle, T("sid-1")));
	told(notice, NOTICE_CONFIRMED);
	assert_int_equal(outbox_notices_waiting(&authority), 0);
	const struct msg_notice_record *which;
	assert_int_equal(outbox_told(&authority, &notice->id, NOTICE_CONFIRMED, T(""), &arena, &which), OK);
	assert_null(which); /* said twice */
}

static void one_is_given_up_after_an_hour_and_when_it_is_refused(void **state)
{
	(void)state;
	unsigned recorded = fake_audit_count(AUDIT_NOTICE_DROPPED);
	assert_int_equal(tell("wiki"), OK);
	told(next(), NOTICE_NEVER);
	assert_int_equal(tell("wiki"), OK);
	move(3601LL * SECOND);
	assert_null(next());
	assert_int_equal(outbox_notices_waiting(&authority), 0);
	assert_int_equal(fake_audit_count(AUDIT_NOTICE_DROPPED), recorded + 2);
	assert_int_equal(tell("wiki"), OK);
	fake_audit_fails(ERR_BUSY);
	const struct msg_notice_record *notice = next(), *which;
	assert_int_not_equal(outbox_told(&authority, &notice->id, NOTICE_NEVER, T("x"), &arena, &which), OK);
	fake_audit_fails(OK);
	assert_int_equal(outbox_notices_waiting(&authority), 1); /* what cannot be recorded is not done */
}

static void they_survive_a_restart_and_a_courier_that_dies(void **state)
{
	(void)state;
	const struct msg_notice_record *notice = NULL;
	assert_int_equal(tell("wiki"), OK);
	assert_non_null(next());
	assert_null(next());
	restart();
	assert_non_null(next());
	assert_null(next());
	assert_int_equal(outbox_next_notice(&authority, true, &arena, &notice), OK); /* a new courier */
	assert_null(next());
	move(31LL * SECOND);
	told(next(), NOTICE_CONFIRMED); /* one that said nothing */
}

static void a_slow_service_holds_up_no_other(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(tell("slow"), OK);
	assert_int_equal(tell("quick"), OK);
	restart(); /* which forgets whose they are, and reads it again */
	unsigned slow = 0, quick = 0;
	const struct msg_notice_record *one = NULL;
	for (const struct msg_notice_record *notice; (notice = next()) != NULL;) {
		bool is_slow = text_equal_str(notice->visit->service, "slow");
		slow += is_slow;
		quick += !is_slow;
		if (is_slow)
			one = notice;
	}
	assert_int_equal(slow, 4);
	assert_int_equal(quick, 1);
	told(one, NOTICE_LATER);
	assert_non_null(next()); /* there is room for another one of it */
	assert_null(next());
}

static void they_are_no_mails(void **state)
{
	(void)state;
	const struct msg_mail_record *mail;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(tell("wiki"), OK);
	assert_int_equal(outbox_next(&authority, &arena, &mail), ERR_NOT_FOUND);
	conf.mail.host = "localhost:25";
	assert_int_equal(outbox_waiting(&authority), 0);
	assert_true(outbox_takes(&authority)); /* they take no mail's place */
	assert_int_equal(outbox_next(&authority, &arena, &mail), ERR_NOT_FOUND);
	const struct msg_notice_record *notice = next(), *still;
	assert_int_equal(outbox_sent(&authority, &notice->id), OK);
	assert_int_equal(outbox_told(&authority, &notice->id, NOTICE_LATER, T("x"), &arena, &still), OK);
	assert_non_null(still); /* a mail's answer is none of a notice's */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(one_is_told_until_it_is_confirmed),
		TEST(one_is_given_up_after_an_hour_and_when_it_is_refused),
		TEST(they_survive_a_restart_and_a_courier_that_dies),
		TEST(a_slow_service_holds_up_no_other),
		TEST(they_are_no_mails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
