/* What a session visited, in memory and in Redis: each service once, the newest of too many, told when the session ends by whatever cause. */
#include <stdio.h>
#include <string.h>
#include "authority/account/account.h"
#include "authority/directory/slapd.h"
#include "authority/fake_outbox.h"
#include "authority/session/guard.h"
#include "authority/session/lives.h"
#include "authority/session/sweep.h"
#include "authority/session/visits.h"
#include "authority/store/batch.h"
#include "base/clock.h"

static const struct msg_session_record *record_of(const struct lived *lived)
{
	const struct msg_session_record *record;
	assert_int_equal(session_peek_key(&lives, &lived->key, &lives_arena, &record), OK);
	return record;
}

static void visit_in(
    const struct msg_session_record *session, enum protocol protocol, const char *service, const char *handle)
{
	const struct msg_service_record visited = {
		.name = text_of(service),
		.label = text_of(service),
		.protocol = protocol,
		.added = 1,
		.backchannel_logout_uri = TEXT_LITERAL("https://a.example/"),
	};
	struct store_batch batch;
	store_batch_begin(&batch, lives.store, &lives_arena);
	assert_int_equal(
	    visits_settle(&lives, &batch, session, &visited, text_of(handle), (struct text){ NULL, 0 }), OK);
}

static void visit_by(
    const struct lived *lived, enum protocol protocol, const char *service, const char *handle)
{
	visit_in(record_of(lived), protocol, service, handle);
}

static void visit(const struct lived *lived, const char *service, const char *handle)
{
	visit_by(lived, PROTOCOL_OIDC, service, handle);
}

static struct store_key trail_of(const struct lived *lived)
{
	struct store_key key;
	assert_true(visits_key(&lives, record_of(lived), &key));
	return key;
}

static unsigned n_visits(const struct store_key *key)
{
	struct visits visits;
	assert_int_equal(visits_list(&lives, key, &lives_arena, &visits), OK);
	return visits.n;
}

static bool is_whole(const struct store_key *key)
{
	struct visits visits;
	assert_int_equal(visits_list(&lives, key, &lives_arena, &visits), OK);
	return visits.whole;
}

/* As if the time of that trail had come. */
static void make_due(const struct store_key *key)
{
	struct store_key agenda = visits_agenda(&lives);
	assert_int_equal(store_agenda_put(lives.store, &agenda, key, 1, false), OK);
}

static void test_each_once_with_its_newest_handle(void **state)
{
	(void)state;
	fake_outbox_reset();
	struct lived lived = lives_sign_in(ADA);
	visit(&lived, "wiki", "ST-1");
	visit(&lived, "wiki", "ST-1");
	visit(&lived, "mail", "ST-2");
	visit(&lived, "wiki", "ST-3");
	struct store_key trail = trail_of(&lived);
	assert_int_equal(n_visits(&trail), 2);
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(fake_outbox_notices("wiki ST-3"), 1);
	assert_int_equal(fake_outbox_notices("mail ST-2"), 1);
	assert_int_equal(fake_outbox_notices("wiki ST-1"), 0);
	sweep_once(&lives);
	assert_int_equal(fake_outbox_notices("wiki ST-3"), 1);
}

/* Each ticket of CAS is a session of its own at the service: all of them end, up to eight. */
static void test_each_ticket_of_cas(void **state)
{
	(void)state;
	char ticket[16];
	fake_outbox_reset();
	struct lived lived = lives_sign_in(ADA);
	visit(&lived, "mail", "sid");
	for (unsigned i = 1; i <= 10; i++) {
		(void)snprintf(ticket, sizeof ticket, "ST-%u", i);
		visit_by(&lived, PROTOCOL_CAS, "wiki", ticket);
	}
	visit_by(&lived, PROTOCOL_CAS, "wiki", "ST-10");
	struct store_key trail = trail_of(&lived);
	assert_int_equal(n_visits(&trail), 9);
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(fake_outbox_notices("wiki ST-2"), 0);
	assert_int_equal(fake_outbox_notices("wiki ST-3"), 1);
	assert_int_equal(fake_outbox_notices("wiki ST-10"), 1);
	assert_int_equal(fake_outbox_notices("mail sid"), 1);
}

/* An application that has a proxy ticket for each thing it does pushes nobody else off the list. */
static void test_many_tickets_of_one_service(void **state)
{
	(void)state;
	char ticket[16];
	fake_outbox_reset();
	struct lived lived = lives_sign_in(ADA);
	visit(&lived, "mail", "sid");
	visit_by(&lived, PROTOCOL_CAS, "wiki", "ST-1");
	struct store_key trail = trail_of(&lived);
	for (unsigned i = 2; i <= 8; i++) {
		(void)snprintf(ticket, sizeof ticket, "PT-%u", i);
		visit_by(&lived, PROTOCOL_CAS, "imap", ticket);
	}
	assert_true(is_whole(&trail));
	for (unsigned i = 10; i <= 700; i++) {
		(void)snprintf(ticket, sizeof ticket, "PT-%u", i);
		visit_by(&lived, PROTOCOL_CAS, "imap", ticket);
	}
	assert_int_equal(n_visits(&trail), 1 + 1 + 8);
	assert_false(is_whole(&trail)); /* the eight newest are told, and it is said that there were more */
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(fake_outbox_notices("mail sid"), 1);
	assert_int_equal(fake_outbox_notices("wiki ST-1"), 1);
	assert_int_equal(fake_outbox_notices("imap PT-700"), 1);
	assert_int_equal(fake_outbox_notices("imap PT-693"), 1);
	assert_int_equal(fake_outbox_notices("imap PT-692"), 0);
}

/* A later service of that name is another one, which is told where the first could not be. */
static void test_a_service_that_was_registered_anew(void **state)
{
	(void)state;
	struct msg_service_record wiki = { .name = TEXT_LITERAL("wiki"),
		.label = TEXT_LITERAL("Wiki"),
		.protocol = PROTOCOL_CAS,
		.added = 1 };
	struct store_batch batch;
	fake_outbox_reset();
	struct lived lived = lives_sign_in(ADA);
	store_batch_begin(&batch, lives.store, &lives_arena);
	assert_int_equal(visits_settle(&lives, &batch, record_of(&lived), &wiki, TEXT_LITERAL("ST-1"),
			     (struct text){ NULL, 0 }),
	    OK);
	wiki.added = 2;
	wiki.backchannel_logout_uri = TEXT_LITERAL("https://a.example/");
	store_batch_begin(&batch, lives.store, &lives_arena);
	assert_int_equal(visits_settle(&lives, &batch, record_of(&lived), &wiki, TEXT_LITERAL("ST-2"),
			     (struct text){ NULL, 0 }),
	    OK);
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(fake_outbox_notices("wiki ST-2"), 1);
	assert_int_equal(fake_outbox_notices("wiki ST-1"), 0);
}

/* Whoever signs in again goes on with a later end: the tickets last as long, in their order. */
static void test_tickets_of_a_session_that_goes_on(void **state)
{
	(void)state;
	struct visits before, after;
	struct lived lived = lives_sign_in(ADA);
	visit_by(&lived, PROTOCOL_CAS, "wiki", "ST-1");
	visit_by(&lived, PROTOCOL_CAS, "wiki", "ST-2");
	visit(&lived, "mail", "sid");
	struct store_key trail = trail_of(&lived);
	struct msg_session_record later = *record_of(&lived);
	later.expires += 1000;
	assert_int_equal(visits_list(&lives, &trail, &lives_arena, &before), OK);
	assert_int_equal(visits_go_on(&lives, &trail, &before, &later), OK);
	assert_int_equal(visits_list(&lives, &trail, &lives_arena, &after), OK);
	assert_int_equal(after.n, before.n);
	for (unsigned i = 0; i < after.n; i++)
		assert_true(text_equal(after.at[i].handle, before.at[i].handle));
	assert_true(after.whole);
	for (unsigned i = 0; i < after.n; i++)
		assert_true(after.at[i].until == later.expires);
}

/* A ticket after the new sign-in and before anybody looked: all others last as long as it. */
static void test_a_ticket_that_is_faster_than_the_sweep(void **state)
{
	(void)state;
	struct visits before, after;
	struct lived lived = lives_sign_in(ADA);
	visit(&lived, "mail", "sid");
	visit_by(&lived, PROTOCOL_CAS, "wiki", "ST-1");
	struct store_key trail = trail_of(&lived);
	struct msg_session_record later = *record_of(&lived);
	later.expires += 1000;
	visit_in(&later, PROTOCOL_CAS, "wiki", "ST-2");
	assert_int_equal(visits_list(&lives, &trail, &lives_arena, &before), OK);
	assert_int_equal(before.n, 3);
	assert_int_equal(visits_go_on(&lives, &trail, &before, &later), OK);
	assert_int_equal(visits_list(&lives, &trail, &lives_arena, &after), OK);
	assert_true(after.n == 3 && after.whole);
	for (unsigned i = 0; i < after.n; i++) {
		assert_true(text_equal(after.at[i].handle, before.at[i].handle));
		assert_true(after.at[i].until == later.expires);
	}
}

static void test_the_newest_of_too_many(void **state)
{
	(void)state;
	char name[16];
	fake_outbox_reset();
	struct lived lived = lives_sign_in(ADA);
	for (unsigned i = 0; i < VISITS_MAX + 2; i++) {
		(void)snprintf(name, sizeof name, "app-%u", i);
		visit(&lived, name, "ST");
	}
	struct store_key trail = trail_of(&lived);
	assert_int_equal(n_visits(&trail), VISITS_MAX);
	assert_false(is_whole(&trail));
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(fake_outbox_notices("app-1 ST"), 0);
	assert_int_equal(fake_outbox_notices("app-2 ST"), 1);
	assert_int_equal(fake_outbox_notices("app-33 ST"), 1);
}

static void test_names_for_services(void **state)
{
	(void)state;
	struct lived one = lives_sign_in(ADA), other = lives_sign_in(ADA);
	struct text wiki = visits_sid(&lives, record_of(&one), TEXT_LITERAL("wiki"), &lives_arena);
	assert_int_equal(wiki.len, 22);
	assert_true(
	    text_equal(wiki, visits_sid(&lives, record_of(&one), TEXT_LITERAL("wiki"), &lives_arena)));
	assert_false(
	    text_equal(wiki, visits_sid(&lives, record_of(&one), TEXT_LITERAL("mail"), &lives_arena)));
	assert_false(
	    text_equal(wiki, visits_sid(&lives, record_of(&other), TEXT_LITERAL("wiki"), &lives_arena)));
	const struct msg_session_record before = { .person = ADA };
	assert_null(visits_sid(&lives, &before, TEXT_LITERAL("wiki"), &lives_arena).at);
}

static void test_all_but_one_are_ended(void **state)
{
	(void)state;
	unsigned n;
	fake_outbox_reset();
	struct lived kept = lives_sign_in(ADA), other = lives_sign_in(ADA);
	visit(&kept, "wiki", "ST-kept");
	visit(&other, "wiki", "ST-other");
	assert_int_equal(session_end_all(&lives, ADA, &kept.key, &lives_arena, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(fake_outbox_notices("wiki ST-other"), 1);
	assert_int_equal(fake_outbox_notices("wiki ST-kept"), 0);
}

static void test_the_sweep_finds_what_ran_out(void **state)
{
	(void)state;
	fake_outbox_reset();
	struct lived there = lives_sign_in(ADA), gone = lives_sign_in(ADA);
	visit(&there, "wiki", "ST-there");
	visit(&gone, "wiki", "ST-gone");
	struct store_key of_there = trail_of(&there), of_gone = trail_of(&gone);
	sweep_once(&lives); /* nobody's time has come */
	assert_int_equal(store_remove(lives.store, &gone.key), OK);
	make_due(&of_there);
	make_due(&of_gone);
	sweep_once(&lives);
	sweep_once(&lives);
	assert_int_equal(fake_outbox_notices("wiki ST-gone"), 1);
	assert_int_equal(fake_outbox_notices("wiki ST-there"), 0);
}

static void test_the_sweep_sees_a_lock(void **state)
{
	(void)state;
	fake_outbox_reset();
	struct lived lived = lives_sign_in(ADA), second = lives_sign_in(ADA);
	visit(&lived, "wiki", "ST-locked");
	visit(&second, "mail", "ST-too");
	struct store_key trail = trail_of(&lived);
	fake_directory_locks("ada", true);
	lives_age();
	make_due(&trail);
	sweep_once(&lives);
	assert_int_equal(fake_outbox_notices("wiki ST-locked"), 1);
	assert_int_equal(fake_outbox_notices("mail ST-too"), 1);
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
}

static void test_a_full_disk_loses_nothing(void **state)
{
	(void)state;
	fake_outbox_reset();
	struct lived lived = lives_sign_in(ADA);
	visit(&lived, "wiki", "ST-1");
	struct store_key trail = trail_of(&lived);
	fake_outbox_pause(true);
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(fake_outbox_notices("wiki ST-1"), 0);
	fake_outbox_pause(false);
	make_due(&trail);
	sweep_once(&lives);
	assert_int_equal(fake_outbox_notices("wiki ST-1"), 1);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVES(test_each_once_with_its_newest_handle),
		LIVES(test_each_ticket_of_cas),
		LIVES(test_many_tickets_of_one_service),
		LIVES(test_tickets_of_a_session_that_goes_on),
		LIVES(test_a_ticket_that_is_faster_than_the_sweep),
		LIVES(test_a_service_that_was_registered_anew),
		LIVES(test_the_newest_of_too_many),
		LIVES(test_names_for_services),
		LIVES(test_all_but_one_are_ended),
		LIVES(test_the_sweep_finds_what_ran_out),
		LIVES(test_the_sweep_sees_a_lock),
		LIVES(test_a_full_disk_loses_nothing),
	};
	return cmocka_run_group_tests(tests, both_start, both_stop);
}

int main(void)
{
	return slapd_guard(run);
}
