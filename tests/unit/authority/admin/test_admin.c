/* Who may give which order, and what it does: the real handlers, on a directory, accounts and an audit in memory. The clock stands at times
 * of RFC 6238's test vectors, so that codes are known. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../fake_directory.h"
#include "../fake_outbox.h"
#include "../house.h"
#include "authority/account/account.h"
#include "authority/admin/admin.h"
#include "authority/session/epoch.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"

#define ADA 1001u /* an operator with an authenticator */
#define MAX 1004u /* an operator without one */

static const unsigned char SECRET[] = "12345678901234567890";
static struct call call;

static void set_clock(int64_t time_s)
{
	clock_offset(0);
	clock_offset(time_s * 1000 - clock_now_ms());
}

static void add_factor(const char *person, const char *name, int64_t counts_from)
{
	struct msg_factor_record factor = {
		.kind = FACTOR_TOTP,
		.name = text_of(name),
		.secret = { (unsigned char *)SECRET, sizeof SECRET - 1 },
		.period_s = 30,
		.digits = 6,
		.added = 1000,
		.counts_from = counts_from,
	};
	secret_random(factor.id.bytes, sizeof factor.id.bytes);
	assert_int_equal(account_factor_add(house_authority(), text_of(person), &factor), OK);
}

static int setup(void **state)
{
	(void)state;
	fake_directory_reset();
	fake_account_reset();
	fake_audit_reset();
	fake_outbox_reset();
	if (house_authority()->guard == NULL)
		assert_int_equal(guard_new(&house_authority()->guard), OK);
	set_clock(1234567890);
	store_free(&house_authority()->store);
	assert_int_equal(store_memory_new(1000, house_authority()->keys, &house_authority()->store), OK);
	assert_int_equal(epoch_settle(house_authority()), OK);
	house_conf()->peers.operators = "staff";
	house_conf()->peers.admin = 0;
	add_factor("id-ada", "phone", 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&call.arena);
	house_forget();
	clock_offset(0);
	return 0;
}

/* Asks as the person of that uid. */
static struct wire_any ask_as(uid_t uid, struct wire_any ask)
{
	struct wire_any answer = { NULL, NULL };
	call.authority = house_authority();
	call.role = ROLE_ADMIN;
	call.uid = uid;
	call.ask = ask;
	enum err err = admin_on(&call, ask.at, &answer);
	if (err != OK)
		fail_msg("%s: error %d", ask.msg->name, err);
	return answer;
}

static struct secret code_of(const char *code)
{
	return (struct secret){ (unsigned char *)(uintptr_t)code, strlen(code) };
}

static const struct msg_operator NOTHING = { .break_glass = false };
static const struct msg_operator REASON = { .reason = TEXT_LITERAL("asked by phone") };
static const struct msg_operator GLASS = { .reason = TEXT_LITERAL("fire"), .break_glass = true };

static struct msg_operator with_code(const char *code)
{
	return (struct msg_operator){ .code = code_of(code), .reason = TEXT_LITERAL("asked by phone") };
}

static struct wire_any open_enrolment(uid_t uid, const struct msg_operator *by, const char *person)
{
	const struct msg_person_open_enrolment order = { by, text_of(person), 24 };
	return ask_as(uid, WIRE(person_open_enrolment, &order));
}

static struct wire_any end_sessions(uid_t uid, const struct msg_operator *by, const char *object)
{
	const struct msg_operator_session_end order = { by, text_of(object) };
	return ask_as(uid, WIRE(operator_session_end, &order));
}

static struct wire_any show(uid_t uid, const struct msg_operator *by, const char *person)
{
	const struct msg_person_show look = { by, text_of(person) };
	return ask_as(uid, WIRE(person_show, &look));
}

/* The text id of a refusal, or "" for anything else. */
static const char *refusal(struct wire_any answer)
{
	const struct msg_refused *refused = answer.at;
	return answer.msg->tag == TAG_refused ? text_str(refused->text) : "";
}

static void who_may_do_what(void **state)
{
	(void)state;
	const struct msg_operator right = with_code("005924"), wrong = with_code("000000");
	const struct {
		const char *name;
		uid_t uid;
		const struct msg_operator *by;
		const char *looks, *closes, *opens;
	} ROWS[] = {
		{ "nobody of the directory", 4711, &REASON, "operator_unknown", "operator_unknown",
		    "operator_unknown" },
		{ "somebody locked", 1002, &REASON, "operator_unknown", "operator_unknown",
		    "operator_unknown" },
		{ "without a reason", ADA, &NOTHING, "", "operator_reason_needed", "operator_reason_needed" },
		{ "with a reason", ADA, &REASON, "", "", "operator_code_needed" },
		{ "with a wrong code", ADA, &wrong, "", "", "code_wrong" },
		{ "without a factor", MAX, &right, "", "", "operator_no_factor" },
		{ "breaks the glass", ADA, &GLASS, "operator_not_console", "operator_not_console",
		    "operator_not_console" },
		{ "console", 0, &NOTHING, "", "operator_break_glass", "operator_break_glass" },
		{ "console, reason", 0, &REASON, "", "operator_break_glass", "operator_break_glass" },
		{ "console, glass", 0, &GLASS, "", "", "" },
		{ "with the right code", ADA, &right, "", "", "" },
		{ "with a code of before", ADA, &right, "", "", "code_used" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const char *looks = refusal(show(ROWS[i].uid, ROWS[i].by, "ivy"));
		const char *closes = refusal(end_sessions(ROWS[i].uid, ROWS[i].by, "ivy"));
		const char *opens = refusal(open_enrolment(ROWS[i].uid, ROWS[i].by, "ivy"));
		if (strcmp(looks, ROWS[i].looks) != 0 || strcmp(closes, ROWS[i].closes) != 0 ||
		    strcmp(opens, ROWS[i].opens) != 0)
			fail_msg("row '%s': '%s', '%s', '%s'", ROWS[i].name, looks, closes, opens);
	}
	assert_int_equal(fake_audit_count(AUDIT_BREAK_GLASS), 2);
	assert_true(fake_audit_count(AUDIT_OPERATOR_REFUSED) > 5);
	assert_int_equal(fake_audit_count(AUDIT_ENROLMENT_OPENED), 2);
}

static void a_group_makes_operators(void **state)
{
	(void)state;
	house_conf()->peers.operators = "another";
	assert_string_equal(refusal(show(ADA, &NOTHING, "ivy")), "operator_unknown");
	house_conf()->peers.operators = "";
	assert_string_equal(refusal(show(ADA, &NOTHING, "ivy")), "operator_unknown");
}

static void a_directory_that_is_away_makes_nobody_an_operator(void **state)
{
	(void)state;
	fake_directory_fails(ERR_UNREACHABLE);
	assert_string_equal(refusal(end_sessions(ADA, &REASON, "ivy")), "operator_unreachable");
}

static void a_factor_that_is_too_new_opens_nothing(void **state)
{
	(void)state;
	const struct msg_operator right = with_code("005924");
	add_factor("id-max", "fresh", 2000000000000);
	assert_string_equal(refusal(open_enrolment(MAX, &right, "ivy")), "operator_no_factor");
}

static void nobody_opens_a_door_for_himself(void **state)
{
	(void)state;
	const struct msg_operator right = with_code("005924");
	assert_string_equal(refusal(open_enrolment(ADA, &right, "ada")), "operator_self");
	set_clock(2000000000);
	const struct msg_operator next = with_code("279037");
	const struct msg_operator_factor_remove order = { &next, TEXT_LITERAL("ada"), TEXT_LITERAL("phone") };
	assert_string_equal(refusal(ask_as(ADA, WIRE(operator_factor_remove, &order))), "operator_self");
}

static void what_cannot_be_recorded_is_not_done(void **state)
{
	(void)state;
	const struct msg_operator right = with_code("005924");
	const struct account *account;
	fake_audit_fails(ERR_BUSY);
	assert_string_equal(refusal(open_enrolment(ADA, &right, "ivy")), "audit_paused");
	assert_int_equal(account_load(house_authority(), TEXT_LITERAL("id-ivy"), &call.arena, &account), OK);
	assert_int_equal(account->enrol_until, 0);
	assert_string_equal(refusal(show(ADA, &NOTHING, "ivy")), "");
}

/* A door is not opened behind somebody's back; closing one waits for no mail. */
static void what_nobody_could_be_told_of_is_not_opened(void **state)
{
	(void)state;
	const struct msg_operator right = with_code("005924");
	const struct account *account;
	fake_outbox_pause(true);
	assert_string_equal(refusal(open_enrolment(ADA, &right, "ivy")), "mail_paused");
	assert_int_equal(account_load(house_authority(), TEXT_LITERAL("id-ivy"), &call.arena, &account), OK);
	assert_int_equal(account->enrol_until, 0);
	assert_string_equal(refusal(show(ADA, &NOTHING, "ivy")), "");
	(void)HOUSE_IS(acted, end_sessions(ADA, &REASON, "ivy"));
	const struct msg_person_open_enrolment glass = { &GLASS, TEXT_LITERAL("ivy"), 1 };
	assert_string_equal(text_str(HOUSE_IS(acted, ask_as(0, WIRE(person_open_enrolment, &glass)))->text),
	    "enrolment_opened");
}

static void enrolment_is_opened_for_hours(void **state)
{
	(void)state;
	const struct msg_operator right = with_code("005924");
	const struct msg_acted *acted = HOUSE_IS(acted, open_enrolment(ADA, &right, "ivy"));
	assert_int_equal(acted->until / 1000, 1234567890 + 24 * 3600);
	assert_true(text_equal_str(acted->user, "ivy"));
	const struct msg_person_page *page = HOUSE_IS(person_page, show(ADA, &NOTHING, "id-ivy"));
	assert_true(page->enrolment_open);
	assert_int_equal(fake_outbox_count(MAIL_ENROLMENT_OPENED, "id-ivy"), 1);
	const struct audit_entry *entry = fake_audit_find(AUDIT_ENROLMENT_OPENED);
	assert_true(text_equal_str(entry->actor, "id-ada"));
	assert_true(text_equal_str(entry->reason, "asked by phone"));
	assert_true(text_equal_str(entry->person, "id-ivy"));
	const struct msg_person_open_enrolment close = { &GLASS, TEXT_LITERAL("ivy"), 0 };
	assert_string_equal(text_str(HOUSE_IS(acted, ask_as(0, WIRE(person_open_enrolment, &close)))->text),
	    "enrolment_ended");
	assert_false(HOUSE_IS(person_page, show(0, &NOTHING, "ivy"))->enrolment_open);
}

static void begin_session(const char *person, const char *user, const char *front)
{
	struct secret token;
	struct store_key key;
	const struct msg_session_record record = {
		.person = text_of(person),
		.user = text_of(user),
		.name = text_of(user),
		.level = SESSION_LEVEL_TWO_FACTORS,
		.front = text_of(front),
	};
	assert_int_equal(session_create(house_authority(), &record, &call.arena, NULL, &token, &key), OK);
}

static const struct msg_operator_session_rows *sessions_of(const char *object)
{
	const struct msg_operator_sessions look = { &NOTHING, text_of(object) };
	return HOUSE_IS(operator_session_rows, ask_as(ADA, WIRE(operator_sessions, &look)));
}

static void sessions_are_listed_and_ended(void **state)
{
	(void)state;
	begin_session("id-max", "max", "door");
	begin_session("id-max", "max", "door");
	begin_session("id-eve", "eve", "door");
	const struct msg_operator_session_rows *rows = sessions_of("max");
	assert_int_equal(rows->sessions.n, 2);
	const char *id = text_str(rows->sessions.at[0].id);
	assert_int_equal(sessions_of(id)->sessions.n, 1);
	assert_int_equal(HOUSE_IS(acted, end_sessions(ADA, &REASON, id))->count, 1);
	assert_int_equal(sessions_of("max")->sessions.n, 1);
	assert_string_equal(refusal(end_sessions(ADA, &REASON, id)), "operator_not_found");
	assert_int_equal(HOUSE_IS(acted, end_sessions(ADA, &REASON, "max"))->count, 1);
	assert_int_equal(sessions_of("max")->sessions.n, 0);
	assert_int_equal(sessions_of("eve")->sessions.n, 1);
	assert_int_equal(fake_outbox_count(MAIL_SESSIONS_ENDED, "id-max"), 2);
	assert_int_equal(fake_audit_count(AUDIT_SESSION_ENDED), 1);
	assert_int_equal(fake_audit_count(AUDIT_SESSIONS_ENDED), 1);
	assert_string_equal(refusal(end_sessions(ADA, &REASON, "nobody")), "operator_not_found");
}

static void factors_are_removed_by_id_or_name(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
	} ROWS[] = { { "tablet", "" }, { "twice", "operator_no_such_factor" },
		{ "none", "operator_no_such_factor" } };
	begin_session("id-max", "max", "door");
	add_factor("id-max", "tablet", 0);
	add_factor("id-max", "twice", 0);
	add_factor("id-max", "twice", 0);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct msg_operator_factor_remove order = { &GLASS, TEXT_LITERAL("max"),
			text_of(ROWS[i].name) };
		ROW(ROWS[i].name,
		    strcmp(refusal(ask_as(0, WIRE(operator_factor_remove, &order))), ROWS[i].text) == 0);
	}
	const struct msg_operator_factors look = { &NOTHING, TEXT_LITERAL("max") };
	const struct msg_operator_factor_rows *rows =
	    HOUSE_IS(operator_factor_rows, ask_as(ADA, WIRE(operator_factors, &look)));
	assert_int_equal(rows->factors.n, 2);
	const struct msg_operator_factor_remove order = { &GLASS, TEXT_LITERAL("max"),
		rows->factors.at[0].id };
	assert_string_equal(refusal(ask_as(0, WIRE(operator_factor_remove, &order))), "");
	assert_int_equal(fake_outbox_count(MAIL_FACTOR_REMOVED, "id-max"), 2);
	assert_int_equal(sessions_of("max")->sessions.n, 0);
}

static void passed(enum audit_event event, const char *person, const char *front)
{
	const struct audit_entry entry = {
		.event = event, .person = text_of(person), .object = text_of(front)
	};
	assert_int_equal(audit_record(house_authority(), &entry), OK);
}

static const struct msg_distrust_rows *distrust_find_in(const char *front, int64_t since)
{
	const struct msg_distrust_find find = { &REASON, text_of(front), since, { NULL, 0 } };
	return HOUSE_IS(distrust_rows, ask_as(ADA, WIRE(distrust_find, &find)));
}

/* Records of the fake were all made at 1 s. */
static void who_passed_a_front_is_found(void **state)
{
	(void)state;
	passed(AUDIT_SIGNED_IN, "id-max", "door");
	passed(AUDIT_SIGNED_IN, "id-eve", "other");
	passed(AUDIT_CODE_REFUSED, "id-ivy", "door");
	passed(AUDIT_SIGNED_IN, "id-max", "door");
	passed(AUDIT_FACTOR_ADDED, "id-uma", "door");
	passed(AUDIT_PASSWORD_PASSED, "id-ada", "door");
	const struct msg_distrust_rows *rows = distrust_find_in("door", 1000);
	assert_int_equal(rows->people.n, 3);
	assert_true(text_equal_str(rows->people.at[0].person, "id-max"));
	assert_true(rows->people.at[0].password);
	assert_true(text_equal_str(rows->people.at[1].person, "id-ivy"));
	assert_true(text_equal_str(rows->people.at[2].person, "id-ada") && rows->people.at[2].password);
	assert_int_equal(distrust_find_in("gate", 1000)->people.n, 3); /* the door's passages are gate's */
	/* signed in before, but the session may have been carried since */
	rows = distrust_find_in("door", 60000);
	assert_int_equal(rows->people.n, 3);
	assert_false(rows->people.at[0].password);
	/* the session of then is over in any case */
	assert_int_equal(distrust_find_in("door", 1000 + 36001000)->people.n, 0);
	/* check sees everybody's cookie, and no password */
	rows = distrust_find_in("check", 1000);
	assert_int_equal(rows->people.n, 4);
	assert_false(rows->people.at[0].password);
}

static void what_passed_is_ended_and_passwords_have_to_change(void **state)
{
	(void)state;
	const struct msg_distrust_row people[] = { { TEXT_LITERAL("id-max"), TEXT_LITERAL("max"), true },
		{ TEXT_LITERAL("id-eve"), TEXT_LITERAL("eve"), false },
		{ TEXT_LITERAL("id-gone"), TEXT_LITERAL("gone"), true } };
	const struct account *account;
	begin_session("id-max", "max", "door");
	begin_session("id-eve", "eve", "door");
	begin_session("id-gone", "gone", "door");
	struct msg_session_distrust order = { .by = &REASON, .front = TEXT_LITERAL("door"), .since = 1000 };
	order.people.at = people;
	order.people.n = COUNT(people);
	assert_int_equal(HOUSE_IS(acted, ask_as(ADA, WIRE(session_distrust, &order)))->count, 3);
	assert_int_equal(account_load(house_authority(), TEXT_LITERAL("id-max"), &call.arena, &account), OK);
	assert_true(account->distrusted);
	assert_true(account->known_after > 0);
	assert_int_equal(account_load(house_authority(), TEXT_LITERAL("id-eve"), &call.arena, &account), OK);
	assert_false(account->distrusted);
	assert_int_equal(fake_audit_count(AUDIT_SESSIONS_DISTRUSTED), 3);
}

static void the_master_key_has_no_file_here(void **state)
{
	(void)state;
	const struct msg_key_backup backup = { &GLASS };
	assert_string_equal(refusal(ask_as(0, WIRE(key_backup, &backup))), "operator_no_key_file");
	const struct msg_key_rotate rotate = { &GLASS, false };
	assert_string_equal(refusal(ask_as(0, WIRE(key_rotate, &rotate))), "operator_no_key_file");
	const struct msg_key_list list = { &NOTHING };
	const struct msg_key_rows *rows = HOUSE_IS(key_rows, ask_as(ADA, WIRE(key_list, &list)));
	assert_int_equal(rows->keys.n, 1);
	assert_true(rows->keys.at[0].current);
	assert_null(rows->file.at);
}

static void who_am_i_tells_what_is_possible(void **state)
{
	(void)state;
	const struct msg_who_am_i ask = { &NOTHING };
	const struct msg_operator_is *is = HOUSE_IS(operator_is, ask_as(ADA, WIRE(who_am_i, &ask)));
	assert_true(text_equal_str(is->user, "ada"));
	assert_true(is->may_act);
	assert_false(HOUSE_IS(operator_is, ask_as(MAX, WIRE(who_am_i, &ask)))->may_act);
	assert_true(HOUSE_IS(operator_is, ask_as(0, WIRE(who_am_i, &ask)))->administrator);
}

static int end(void **state)
{
	guard_free(&house_authority()->guard);
	return house_stop(state);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(who_may_do_what),
		CASE(a_group_makes_operators),
		CASE(a_directory_that_is_away_makes_nobody_an_operator),
		CASE(a_factor_that_is_too_new_opens_nothing),
		CASE(nobody_opens_a_door_for_himself),
		CASE(what_cannot_be_recorded_is_not_done),
		CASE(what_nobody_could_be_told_of_is_not_opened),
		CASE(enrolment_is_opened_for_hours),
		CASE(sessions_are_listed_and_ended),
		CASE(factors_are_removed_by_id_or_name),
		CASE(who_passed_a_front_is_found),
		CASE(what_passed_is_ended_and_passwords_have_to_change),
		CASE(the_master_key_has_no_file_here),
		CASE(who_am_i_tells_what_is_possible),
	};
	return cmocka_run_group_tests(tests, house_start, end);
}
