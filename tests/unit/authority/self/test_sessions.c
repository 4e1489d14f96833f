/* Where a person is signed in, what happened, and the first page. */
#include "unit.h"
#include <string.h>
#include "authority/account/account.h"
#include "authority/fake_account.h"
#include "authority/fake_audit.h"
#include "authority/fake_directory.h"
#include "authority/self/visit.h"
#include "authority/session/activity.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"

static int begin(void **state)
{
	static const char *const ADDRESSES[] = { "192.0.2.0/24" };
	static const struct conf_network networks[] = {
		{ .name = "lab", .label = "the lab", .addresses = { ADDRESSES, 1 } }
	};
	int failed = house_start(state);
	house_conf()->networks = networks;
	house_conf()->n_networks = COUNT(networks);
	return failed;
}

static const struct msg_sessions *list_of(const struct visit *visit)
{
	struct msg_session_list ask = { visit->token };
	return HOUSE_IS(sessions, visit_ask(WIRE(session_list, &ask)));
}

static bool is_in(const struct visit *visit)
{
	struct msg_session_list ask = { visit->token };
	return visit_ask(WIRE(session_list, &ask)).msg == wire_msg_sessions();
}

static const char *end(const struct visit *visit, struct text id)
{
	struct msg_session_end ask = { visit->token, visit->csrf, id };
	return visit_done(visit_ask(WIRE(session_end, &ask)));
}

static struct text id_of(const struct visit *visit)
{
	static struct arena arena;
	return session_id(&visit->key, &arena);
}

static void test_the_list(void **state)
{
	(void)state;
	struct visit here = visit_begin("uma", "Here/1", "192.0.2.7");
	struct visit there = visit_begin("uma", "There/1", "198.51.100.1");
	(void)visit_begin("max", "Other/1", "192.0.2.8");
	const struct msg_sessions *page = list_of(&here);
	assert_int_equal(page->sessions.n, 2);
	assert_true(page->others);
	for (uint32_t i = 0; i < 2; i++) {
		const struct msg_session_row *row = &page->sessions.at[i];
		bool is_here = text_equal(row->id, id_of(&here));
		assert_int_equal(row->current, is_here);
		assert_string_equal(text_str(row->browser), is_here ? "Here/1" : "There/1");
		assert_string_equal(text_str(row->place), is_here ? "the lab" : "");
		assert_string_equal(text_str(row->door), "web");
		assert_true(row->since > 0 && row->expires > row->since);
	}
	assert_string_equal(end(&here, id_of(&there)), "session_ended");
	assert_false(list_of(&here)->others);
}

static void test_an_ended_one_is_over_at_once(void **state)
{
	(void)state;
	struct visit here = visit_begin("ada", "Here/1", NULL), there = visit_begin("ada", "There/1", NULL);
	assert_true(is_in(&there));
	assert_string_equal(end(&here, id_of(&there)), "session_ended");
	assert_false(is_in(&there));
	assert_true(is_in(&here));
	assert_string_equal(text_str(fake_audit_find(AUDIT_SESSION_ENDED)->object), text_str(id_of(&there)));
	assert_string_equal(end(&here, id_of(&there)), "session_was_over");
	assert_int_equal(fake_audit_count(AUDIT_SESSION_ENDED), 1);
	assert_string_equal(end(&here, id_of(&here)), "session_ended"); /* this one as well */
	assert_false(is_in(&here));
}

/* Others' sessions, nobody's and nonsense: one answer, and nothing happens. */
static void test_foreign_ids(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "A", NULL), max = visit_begin("max", "M", NULL);
	const struct text ids[] = { id_of(&max), text_of("x"), text_of("../../x"),
		text_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") };
	for (size_t i = 0; i < COUNT(ids); i++)
		ROW(text_str(ids[i]), strcmp(end(&ada, ids[i]), "session_was_over") == 0);
	assert_true(is_in(&max));
	assert_int_equal(fake_audit_count(AUDIT_SESSION_ENDED), 0);
}

static void test_all_others_end(void **state)
{
	(void)state;
	struct visit here = visit_begin("ada", "A", NULL), there = visit_begin("ada", "B", NULL);
	struct visit max = visit_begin("max", "M", NULL);
	struct msg_session_end_others ask = { here.token, max.csrf };
	assert_true(visit_is_refused(visit_ask(WIRE(session_end_others, &ask)), REFUSAL_FORM));
	ask.csrf = here.csrf;
	fake_audit_fails(ERR_BUSY);
	assert_true(visit_is_refused(visit_ask(WIRE(session_end_others, &ask)), REFUSAL_AUDIT));
	fake_audit_fails(OK);
	assert_true(is_in(&there));
	assert_string_equal(visit_done(visit_ask(WIRE(session_end_others, &ask))), "sessions_ended");
	assert_true(is_in(&here));
	assert_false(is_in(&there));
	assert_true(is_in(&max));
	assert_false(list_of(&here)->others);
}

/* A token that another took the place of still reads, and changes nothing. */
static void test_a_replaced_token(void **state)
{
	(void)state;
	const struct msg_session_record *record;
	struct arena arena = { 0 };
	struct visit old = visit_begin("ada", "A", NULL), new = visit_begin("ada", "A", NULL);
	assert_int_equal(session_load(house_authority(), old.token, &arena, &record), OK);
	struct msg_session_record replaced = *record;
	replaced.replaced = true;
	assert_int_equal(session_change(house_authority(), &old.key, &replaced), OK);
	assert_true(is_in(&old));
	struct msg_session_end ask = { old.token, old.csrf, id_of(&new) };
	assert_true(visit_is_refused(visit_ask(WIRE(session_end, &ask)), REFUSAL_FORM));
	const struct msg_sessions *page = list_of(&new);
	for (uint32_t i = 0; i < page->sessions.n; i++)
		assert_false(text_equal(page->sessions.at[i].id, id_of(&old)));
	arena_done(&arena);
}

static void note(const char *person, const char *event, bool failed)
{
	const struct msg_activity_row row = { .event = text_of(event),
		.door = TEXT_LITERAL("web"),
		.browser = text_of(event),
		.address = TEXT_LITERAL("192.0.2.9"),
		.failed = failed };
	activity_note(house_authority(), text_of(person), &row, NULL);
}

static void test_activity(void **state)
{
	(void)state;
	struct visit ivy = visit_begin("ivy", "A", NULL);
	for (unsigned i = 0; i < 60; i++)
		note("id-ivy", i < 59 ? "activity_signed_in" : "activity_wrong_code", i == 59);
	note("id-max", "activity_signed_in", false);
	struct msg_activity ask = { ivy.token, 0 };
	const struct msg_activity_page *page = HOUSE_IS(activity_page, visit_ask(WIRE(activity, &ask)));
	assert_int_equal(page->rows.n, 50);
	assert_int_equal(page->next, 50);
	assert_string_equal(text_str(page->rows.at[0].event), "activity_wrong_code");
	assert_true(page->rows.at[0].failed);
	assert_string_equal(text_str(page->rows.at[0].place), "the lab");
	ask.after = 50;
	page = HOUSE_IS(activity_page, visit_ask(WIRE(activity, &ask)));
	assert_int_equal(page->rows.n, 10);
	assert_int_equal(page->next, 0);
	ask = (struct msg_activity){ visit_secret("nobody's"), 0 };
	assert_true(visit_is_refused(visit_ask(WIRE(activity, &ask)), REFUSAL_SIGN_IN));
}

static const struct msg_home_page *home_of(const struct visit *visit)
{
	struct msg_home ask = { .session = visit->token };
	return HOUSE_IS(home_page, visit_ask(WIRE(home, &ask)));
}

/* The last sign-in is the one before this session's own; what failed since is counted. */
static void test_home_says_the_last_sign_in(void **state)
{
	(void)state;
	note("id-eve", "activity_signed_in", false);
	struct visit eve = visit_begin("eve", "A", "192.0.2.1");
	assert_false(home_of(&eve)->has_last);
	note("id-eve", "activity_wrong_password", true);
	note("id-eve", "activity_signed_in", false);
	eve = visit_begin("eve", "A", "192.0.2.1");
	const struct msg_home_page *page = home_of(&eve);
	assert_true(page->has_last);
	assert_int_equal(page->failed, 1);
	assert_string_equal(text_str(page->last_place), "the lab");
	assert_string_equal(text_str(page->last_browser), "activity_signed_in");
}

static void test_home_names_what_the_rules_let_in(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "A", NULL);
	const struct msg_home_page *page = home_of(&ada);
	assert_int_equal(page->applications.n, 5); /* vault with a second factor, too */
	assert_string_equal(text_str(page->applications.at[0].link), "http://wiki.localhost:8080/");
	((struct conf_application *)(uintptr_t)house_conf()->applications)[2].groups.n = 1;
	static const char *const NONE[] = { "nobody" };
	((struct conf_application *)(uintptr_t)house_conf()->applications)[2].groups.at = NONE;
	assert_int_equal(home_of(&ada)->applications.n, 4);
}

static bool waits(const struct msg_home_page *page, const char *text)
{
	for (uint32_t i = 0; i < page->waiting.n; i++)
		if (text_equal_str(page->waiting.at[i].text, text))
			return true;
	return false;
}

static void test_home_says_what_waits(void **state)
{
	(void)state;
	struct authority *authority = house_authority();
	struct visit max = visit_begin("max", "A", NULL);
	struct msg_factor_record factor = { .id = { { 1 } }, .kind = FACTOR_TOTP, .name = TEXT_LITERAL("A") };
	struct secret codes[] = { visit_secret("aaaa"), visit_secret("bbbb") };
	assert_true(waits(home_of(&max), "waiting_no_factor"));
	assert_int_equal(account_factor_add(authority, TEXT_LITERAL("id-max"), &factor), OK);
	assert_true(waits(home_of(&max), "waiting_one_factor"));
	factor.id.bytes[0] = 2;
	assert_int_equal(account_factor_add(authority, TEXT_LITERAL("id-max"), &factor), OK);
	assert_true(waits(home_of(&max), "waiting_recovery_none"));
	assert_int_equal(account_recovery_set(authority, TEXT_LITERAL("id-max"), codes, COUNT(codes), 1), OK);
	const struct msg_home_page *page = home_of(&max);
	assert_int_equal(page->waiting.n, 1);
	assert_true(waits(page, "waiting_recovery_low"));
	assert_int_equal(page->waiting.at[0].count, 2);
	fake_account_breaks(TEXT_LITERAL("id-uma"), 1);
	struct visit uma = visit_begin("uma", "A", NULL);
	assert_false(waits(home_of(&uma), "waiting_no_factor")); /* what cannot be opened is not none */
}

#define TEST(f) cmocka_unit_test_setup(f, visit_fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_list),
		TEST(test_an_ended_one_is_over_at_once),
		TEST(test_foreign_ids),
		TEST(test_all_others_end),
		TEST(test_a_replaced_token),
		TEST(test_activity),
		TEST(test_home_says_the_last_sign_in),
		TEST(test_home_names_what_the_rules_let_in),
		TEST(test_home_says_what_waits),
	};
	return cmocka_run_group_tests(tests, begin, house_stop);
}
