/* The page of second factors, and the forms that take a proof: checked, kept word by word, and nothing done. */
#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "authority/account/account.h"
#include "authority/fake_account.h"
#include "authority/fake_directory.h"
#include "authority/login/act.h"
#include "authority/self/visit.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "base/enc.h"

static const struct id FIRST = { { 1, 2, 3 } };
static char first[WIRE_ID_TEXT_SIZE];

static int fresh(void **state)
{
	(void)state;
	fake_directory_reset();
	fake_account_reset();
	house_forget();
	wire_id_text(&FIRST, first);
	return 0;
}

static struct visit with_factor(const char *user)
{
	struct text person = text_of(strcmp(user, "ada") == 0 ? "id-ada" : "id-max");
	const struct msg_factor_record factor = { .id = FIRST,
		.kind = FACTOR_TOTP,
		.name = TEXT_LITERAL("Telephone"),
		.added = 1000,
		.counts_from = 2000 };
	assert_int_equal(account_factor_add(house_authority(), person, &factor), OK);
	return visit_begin(user, "B", "192.0.2.1");
}

static const struct msg_security_page *page_of(const struct visit *visit)
{
	struct msg_security ask = { visit->token };
	return HOUSE_IS(security_page, visit_ask(WIRE(security, &ask)));
}

static void test_the_page(void **state)
{
	(void)state;
	struct visit ada = with_factor("ada");
	const struct msg_security_page *page = page_of(&ada);
	assert_int_equal(page->factors.n, 1);
	assert_string_equal(text_str(page->factors.at[0].id), first);
	assert_string_equal(text_str(page->factors.at[0].name), "Telephone");
	assert_int_equal(page->factors.at[0].used, 0);
	assert_true(page->may_add);
	char today[16];
	time_t now = time(NULL);
	struct tm day;
	assert_non_null(localtime_r(&now, &day));
	(void)strftime(today, sizeof today, "%Y-%m-%d", &day);
	assert_string_equal(text_str(page->today), today);
	struct visit max = visit_begin("max", "B", NULL);
	assert_int_equal(page_of(&max)->factors.n, 0);
	fake_account_fails(ERR_UNREACHABLE);
	struct msg_security ask = { ada.token };
	assert_true(visit_is_refused(visit_ask(WIRE(security, &ask)), REFUSAL_DIRECTORY));
}

static const struct msg_act_record *act_of(struct wire_any any)
{
	static struct arena arena;
	const void *at;
	struct store_key key = act_key(house_authority(), &HOUSE_IS(prove, any)->act);
	assert_int_equal(
	    store_load_record(house_authority()->store, &key, wire_msg_act_record(), &arena, &at), OK);
	return at;
}

/* The act is kept as it was asked for, for the session that asked; the factor is as before. */
static void test_an_act_is_kept(void **state)
{
	(void)state;
	struct visit ada = with_factor("ada");
	const struct msg_factor_rename ask = { ada.token, ada.csrf, text_of(first),
		TEXT_LITERAL("  <New> name ") };
	const struct msg_act_record *act = act_of(visit_ask(WIRE(factor_rename, &ask)));
	assert_int_equal(act->act, ACT_FACTOR_RENAME);
	assert_string_equal(text_str(act->object), first);
	assert_string_equal(text_str(act->argument), "<New> name");
	assert_string_equal(text_str(act->person), "id-ada");
	assert_memory_equal(act->session.at, ada.key.bytes, STORE_KEY_SIZE);
	assert_true(act->expires > clock_now_ms() + 590000 && act->expires <= clock_now_ms() + 600000);
	assert_string_equal(text_str(page_of(&ada)->factors.at[0].name), "Telephone");
	const struct msg_factor_remove removal = { ada.token, ada.csrf, text_of(first) };
	assert_int_equal(act_of(visit_ask(WIRE(factor_remove, &removal)))->act, ACT_FACTOR_REMOVE);
	const struct msg_factor_add addition = { ada.token, ada.csrf };
	assert_int_equal(act_of(visit_ask(WIRE(factor_add, &addition)))->act, ACT_FACTOR_ADD);
	const struct msg_recovery_new recovery = { ada.token, ada.csrf };
	assert_int_equal(act_of(visit_ask(WIRE(recovery_new, &recovery)))->act, ACT_RECOVERY_NEW);
	assert_int_equal(page_of(&ada)->factors.n, 1);
}

static void test_what_cannot_be(void **state)
{
	(void)state;
	struct visit ada = with_factor("ada"), max = visit_begin("max", "B", NULL);
	const struct msg_factor_rename blank = { ada.token, ada.csrf, text_of(first), TEXT_LITERAL("   ") };
	assert_string_equal(visit_problem(visit_ask(WIRE(factor_rename, &blank))), "name:value_missing");
	const struct msg_factor_rename turned = { ada.token, ada.csrf, text_of(first),
		TEXT_LITERAL("a\u202eb") };
	assert_string_equal(visit_problem(visit_ask(WIRE(factor_rename, &turned))), "name:value_control");
	/* nobody's, another's and nonsense are one answer */
	static const char *const IDS[] = { "AAAAAAAAAAAAAAAAAAAAAA", "x", "../x" };
	for (size_t i = 0; i < COUNT(IDS); i++) {
		const struct msg_factor_remove removal = { ada.token, ada.csrf, text_of(IDS[i]) };
		ROW(IDS[i],
		    strcmp(visit_problem(visit_ask(WIRE(factor_remove, &removal))), "form:factor_gone") == 0);
	}
	const struct msg_factor_remove foreign = { max.token, max.csrf, text_of(first) };
	assert_string_equal(visit_problem(visit_ask(WIRE(factor_remove, &foreign))), "form:factor_gone");
	const struct msg_recovery_new recovery = { max.token, max.csrf };
	assert_string_equal(
	    visit_problem(visit_ask(WIRE(recovery_new, &recovery))), "form:recovery_needs_device");
	const struct msg_factor_add stolen = { ada.token, max.csrf };
	assert_true(visit_is_refused(visit_ask(WIRE(factor_add, &stolen)), REFUSAL_FORM));
}

static void test_no_more_devices_than_there_may_be(void **state)
{
	(void)state;
	struct visit ada = with_factor("ada");
	fake_account_breaks(TEXT_LITERAL("id-ada"), ACCOUNT_FACTORS_MAX - 1);
	assert_false(page_of(&ada)->may_add);
	const struct msg_factor_add addition = { ada.token, ada.csrf };
	assert_string_equal(visit_problem(visit_ask(WIRE(factor_add, &addition))), "form:factors_full");
}

static void test_days(void **state)
{
	(void)state;
	static const struct {
		const char *day, *problem;
	} DAYS[] = {
		{ "2020-02-29", NULL },
		{ "2021-02-29", "day:day_wrong" },
		{ "2020-02-31", "day:day_wrong" },
		{ "2020-13-01", "day:day_wrong" },
		{ "2020-1-01", "day:day_wrong" },
		{ " 2020-1-01", "day:day_wrong" },
		{ "20200-1-01", "day:day_wrong" },
		{ "yesterday!", "day:day_wrong" },
		{ "9999-01-01", "day:day_to_come" },
	};
	struct visit ada = with_factor("ada");
	for (size_t i = 0; i < COUNT(DAYS); i++) {
		const struct msg_undo_since ask = { ada.token, ada.csrf, text_of(DAYS[i].day) };
		struct wire_any any = visit_ask(WIRE(undo_since, &ask));
		if (DAYS[i].problem != NULL)
			ROW(DAYS[i].day, strcmp(visit_problem(any), DAYS[i].problem) == 0);
		else
			ROW(DAYS[i].day, text_equal_str(act_of(any)->object, DAYS[i].day));
		house_forget();
	}
}

/* Who has signed in here a minute ago reads this page; nothing of it is another's. */
static void test_who_may_not(void **state)
{
	(void)state;
	const struct msg_security ask = { visit_secret("nobody's") };
	assert_true(visit_is_refused(visit_ask(WIRE(security, &ask)), REFUSAL_SIGN_IN));
	const struct msg_factor_add addition = { visit_secret("nobody's"), visit_secret("x") };
	assert_true(visit_is_refused(visit_ask(WIRE(factor_add, &addition)), REFUSAL_SIGN_IN));
}

#define TEST(f) cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_page),
		TEST(test_an_act_is_kept),
		TEST(test_what_cannot_be),
		TEST(test_no_more_devices_than_there_may_be),
		TEST(test_days),
		TEST(test_who_may_not),
	};
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
