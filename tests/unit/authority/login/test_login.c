/* The conversation walked as gate, module and front walk it, against the real sockets; only the directory is a fake. */
#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include "../fake_directory.h"
#include "base/arena.h"
#include "base/clock.h"
#include "walk.h"

static int fresh(void **state)
{
	(void)state;
	fake_directory_fails(OK);
	house_forget();
	return 0;
}

static void test_a_browser_signs_in_and_out(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), "/profile");
	browser = browser_get(browser.cookie, "/profile");
	const struct msg_claimed *claimed = browser_sign_in(&browser, "ada@example.edu", "lovelace");
	assert_string_equal(text_str(claimed->next), "/profile");
	const struct msg_home_page *page = HOUSE_IS(home_page, home_of(browser.session));
	assert_string_equal(text_str(page->frame->name), "Ada Lovelace");
	assert_string_equal(text_str(page->frame->user), "ada");
	assert_int_equal(page->frame->level, SESSION_LEVEL_PASSWORD);
	assert_int_equal(page->attributes.n, 1); /* the other one of the catalogue is not in the entry */
	assert_int_equal(page->groups.n, 2);
	struct link door = house_link(ROLE_DOOR);
	struct msg_logout logout = { .session = browser.session, .csrf = typed("foreign") };
	assert_refused(house_ask(&door, WIRE(logout, &logout)), REFUSAL_FORM);
	(void)HOUSE_IS(home_page, home_of(browser.session));
	logout.csrf = claimed->csrf;
	(void)HOUSE_IS(done, house_ask(&door, WIRE(logout, &logout)));
	assert_refused(home_of(browser.session), REFUSAL_SIGN_IN);
	(void)HOUSE_IS(done, house_ask(&door, WIRE(logout, &logout))); /* who is out is out */
	link_close(&door);
}

/* One sentence for everything that is not proved, and the same work in the directory. */
static void test_refusals(void **state)
{
	static const struct {
		const char *user, *password, *text;
	} ROWS[] = {
		{ "ada", "wrong", "sign_in_failed" },
		{ "nobody", "lovelace", "sign_in_failed" },
		{ "bob", "builder", "sign_in_failed" },
		{ "bob", "wrong", "sign_in_failed" },
		{ "ada", "", "sign_in_failed" },
		{ "eve", "wrong", "sign_in_failed" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		unsigned finds, binds;
		struct browser browser = browser_get(typed(""), NULL);
		fake_directory_count(&finds, &binds);
		struct wire_any any = turn_once(&browser, ROWS[i].user, ROWS[i].password);
		fake_directory_count(&finds, &binds);
		ROW(ROWS[i].user, any.msg == wire_msg_login_denied());
		ROW(ROWS[i].user, text_equal_str(HOUSE_IS(login_denied, any)->text, ROWS[i].text));
		ROW(ROWS[i].user, finds == 1 && binds == 1);
	}
}

static void test_a_directory_that_is_down_denies_without_a_verdict(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL);
	static const enum err DOWN[] = { ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY, ERR_INTERNAL,
		ERR_NO_MEMORY };
	static const enum refusal SAID[] = {
		REFUSAL_DIRECTORY,
		REFUSAL_DIRECTORY,
		REFUSAL_BUSY,
		REFUSAL_INTERNAL,
		REFUSAL_INTERNAL,
	};
	for (size_t i = 0; i < COUNT(DOWN); i++) {
		fake_directory_fails(DOWN[i]);
		assert_refused(turn_once(&browser, "ada", "lovelace"), SAID[i]);
	}
	fake_directory_fails(OK);
	(void)browser_sign_in(&browser, "ada", "lovelace");
}

/* Over PAM: no aliases, other services, no intro, and no session to claim. */
static void test_pam(void **state)
{
	static const struct {
		const char *service, *user, *password, *text; /* text NULL: done */
		enum pam_mode mode;
	} ROWS[] = {
		{ "sshd", "ada", "lovelace", NULL, PAM_MODE_FULL },
		{ "sudo", "ada", "lovelace", NULL, PAM_MODE_FULL },
		{ "sshd", "ada@example.edu", "lovelace", "sign_in_failed", PAM_MODE_FULL },
		{ "sshd", "bob", "builder", "sign_in_failed", PAM_MODE_FULL },
		{ "spom", "ada", "lovelace", "service_not_allowed", PAM_MODE_FULL },
		{ "ftp", "ada", "lovelace", "service_not_allowed", PAM_MODE_FULL },
		{ "sshd", "ada", "lovelace", "mode_not_allowed", PAM_MODE_MFA },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct link link = house_link(ROLE_PAM);
		struct msg_login_open open = { .service = text_of(ROWS[i].service),
			.user = text_of(ROWS[i].user),
			.mode = ROWS[i].mode };
		struct wire_any any = house_ask(&link, WIRE(login_open, &open));
		if (wire_is_ask(any.msg)) {
			struct msg_login_answer answer = { .id = *(const struct text *)any.at,
				.answer = typed(ROWS[i].password) };
			any = house_ask(&link, WIRE(login_answer, &answer));
		}
		if (ROWS[i].text == NULL) {
			const struct msg_login_done *done = HOUSE_IS(login_done, any);
			struct browser none = browser_get(typed(""), NULL);
			assert_refused(pass(&done->transaction), REFUSAL_SIGN_IN);
			assert_refused(claim_as(&none, &done->transaction), REFUSAL_SIGN_IN);
		} else {
			assert_denied(any, ROWS[i].text);
		}
		link_close(&link);
	}
}

static void test_account(void **state)
{
	static const struct {
		const char *user;
		enum role role;
		bool allowed;
	} ROWS[] = {
		{ "ada", ROLE_PAM, true },
		{ "bob", ROLE_PAM, false },
		{ "nobody", ROLE_PAM, false },
		{ "ada@example.edu", ROLE_PAM, false },
		{ "ada", ROLE_GATE, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct link link = house_link(ROWS[i].role);
		struct msg_login_account account = { .service =
							 text_of(ROWS[i].role == ROLE_GATE ? "spom" : "sshd"),
			.user = text_of(ROWS[i].user) };
		ROW(ROWS[i].user,
		    HOUSE_IS(login_verdict, house_ask(&link, WIRE(login_account, &account)))->allowed ==
			ROWS[i].allowed);
		link_close(&link);
	}
}

/* Behind a proof the account phase is of that proof: another name is asked of the directory, and at the gate refused. */
static void test_account_behind_a_proof(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL);
	struct link link;
	(void)HOUSE_IS(login_done, turn(&browser, "ada", "lovelace", &link));
	struct msg_login_account account = { .service = TEXT_LITERAL("spom"), .user = TEXT_LITERAL("ada") };
	assert_true(HOUSE_IS(login_verdict, house_ask(&link, WIRE(login_account, &account)))->allowed);
	account.user = TEXT_LITERAL("max");
	assert_false(HOUSE_IS(login_verdict, house_ask(&link, WIRE(login_account, &account)))->allowed);
	link_close(&link);
}

/* The session is for the browser that began, when both the authority and the stack said yes, and once. */
static void test_claim(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL), thief = browser_get(typed(""), NULL);
	const struct msg_login_done *done = HOUSE_IS(login_done, turn_once(&browser, "ada", "lovelace"));
	assert_refused(
	    claim_as(&browser, &done->transaction), REFUSAL_FORBIDDEN); /* the stack has not said yes */
	(void)HOUSE_IS(done, pass(&done->transaction));
	assert_refused(claim_as(&thief, &done->transaction), REFUSAL_FORBIDDEN);
	struct secret first = HOUSE_IS(claimed, claim_as(&browser, &done->transaction))->session;
	assert_refused(claim_as(&browser, &done->transaction), REFUSAL_SIGN_IN);
	(void)HOUSE_IS(home_page, home_of(first));
	(void)browser_sign_in(&browser, "ada", "lovelace"); /* a double click */
	assert_refused(home_of(first), REFUSAL_SIGN_IN);
	(void)HOUSE_IS(home_page, home_of(browser.session));
}

/* What the rest of the stack says of one turn is not said of another turn of the same form. */
static void test_a_proof_is_its_own(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL);
	const struct msg_login_done *ada = HOUSE_IS(login_done, turn_once(&browser, "ada", "lovelace"));
	struct link link;
	(void)HOUSE_IS(
	    ask_notice, turn(&browser, "max", "planck", &link)); /* an other name in the same form */
	(void)HOUSE_IS(done, pass(&ada->transaction));
	const struct msg_claimed *claimed = HOUSE_IS(claimed, claim_as(&browser, &ada->transaction));
	assert_string_equal(text_str(HOUSE_IS(home_page, home_of(claimed->session))->frame->user), "ada");
	link_close(&link);
}

/* Who knew the cookie before the proof gets nothing of what is asked behind it. */
static void test_the_cookie_is_renewed_by_the_proof(void **state)
{
	(void)state;
	struct browser thief = browser_get(typed(""), NULL), browser = thief;
	const struct msg_ask_notice *notice = HOUSE_IS(ask_notice, turn_once(&browser, "max", "planck"));
	struct browser again = browser_get(thief.cookie, NULL);
	assert_string_not_equal(text_str(again.ask), text_str(notice->id));
	thief.ask = notice->id;
	assert_denied(turn_once(&thief, "max", ""), "form_expired");
	thief.csrf = notice->csrf;
	assert_denied(turn_once(&thief, "max", ""), "form_expired");
	take_notice(&browser, notice);
	(void)browser_sign_in(&browser, "max", "");
}

static void test_forged_cookies_and_forms(void **state)
{
	(void)state;
	struct browser good = browser_get(typed(""), NULL), other = browser_get(typed(""), NULL);
	char *cut = strdup((char *)good.cookie.at);
	assert_non_null(cut);
	for (size_t i = 0; i < good.cookie.len; i += 7) {
		struct browser bad = good;
		cut[i] = cut[i] == 'A' ? 'B' : 'A';
		bad.cookie = typed(cut);
		assert_denied(turn_once(&bad, "ada", "lovelace"), "form_expired");
		cut[i] = (char)good.cookie.at[i];
	}
	for (size_t len = 0; len < good.cookie.len; len += 5) {
		struct browser bad = good;
		bad.cookie.len = len;
		assert_denied(turn_once(&bad, "ada", "lovelace"), "form_expired");
	}
	free(cut);
	struct browser bad = good;
	bad.csrf = (struct secret){ NULL, 0 };
	assert_denied(turn_once(&bad, "ada", "lovelace"), "form_expired");
	bad.csrf = other.csrf;
	assert_denied(turn_once(&bad, "ada", "lovelace"), "form_expired");
	bad = good;
	bad.ask = TEXT_LITERAL("AAAA");
	assert_denied(turn_once(&bad, "ada", "lovelace"), "form_expired");
	bad.ask = TEXT_LITERAL("AAAAAAAAAAAAAAAAAAAAAAM"); /* a step that nothing led to */
	assert_denied(turn_once(&bad, "ada", "lovelace"), "form_expired");
	clock_offset(601000);
	assert_denied(turn_once(&good, "ada", "lovelace"), "form_expired");
	clock_offset(0);
	(void)browser_sign_in(&good, "ada", "lovelace");
}

/* A password that ends soon is said in a second ask, which another turn answers, in this browser only. */
static void test_notice(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL), thief = browser_get(typed(""), NULL);
	const struct msg_ask_notice *notice = HOUSE_IS(ask_notice, turn_once(&browser, "max", "planck"));
	assert_string_equal(text_str(notice->text), "password_expires");
	assert_int_equal(notice->count, 3);
	thief.ask = notice->id;
	assert_denied(turn_once(&thief, "max", ""), "form_expired");
	struct text first = browser.ask;
	take_notice(&browser, notice);
	browser.ask = first;
	const struct msg_ask_notice *again_asked = HOUSE_IS(ask_notice, turn_once(&browser, "max", "wrong"));
	assert_string_equal(text_str(again_asked->id), text_str(notice->id)); /* the form of before is over */
	assert_string_equal(text_str(again_asked->problem), "not_pending");
	again_asked = HOUSE_IS(ask_notice, turn_once(&browser, "max", "planck")); /* a second click */
	assert_string_equal(text_str(again_asked->id), text_str(notice->id));
	assert_null(again_asked->problem.at);
	struct browser again = browser_get(browser.cookie, NULL); /* GET /login shows what waits */
	assert_string_equal(text_str(again.ask), text_str(notice->id));
	browser.ask = notice->id;
	struct link link;
	struct wire_any asked = turn(&browser, "max", NULL, &link);
	struct msg_login_answer late = { .id = first, .answer = typed("planck") };
	(void)asked;
	assert_denied(house_ask(&link, WIRE(login_answer, &late)), "not_pending");
	link_close(&link);
	(void)browser_sign_in(&browser, "max", "");
	(void)HOUSE_IS(home_page, home_of(browser.session));
	again = browser_get(browser.cookie, NULL);
	assert_string_not_equal(text_str(again.ask), text_str(notice->id));
}

/* A double click on either form leads where one click leads, and to one session. */
static void test_double_clicks(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL), half = browser;
	(void)HOUSE_IS(ask_notice, turn_once(&half, "max", "planck"));
	assert_denied(turn_once(&browser, "max", "wrong"),
	    "sign_in_failed"); /* the old cookie proves nothing by itself */
	take_notice(&browser, HOUSE_IS(ask_notice, turn_once(&browser, "max", "planck")));
	half = browser;
	(void)browser_sign_in(&half, "max", "");
	(void)browser_sign_in(&browser, "max", "");
	assert_refused(home_of(half.session), REFUSAL_SIGN_IN);
	(void)HOUSE_IS(home_page, home_of(browser.session));
}

/* Over the live session of somebody else it asks first, and then that session ends. */
static void test_over_another_session(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL);
	(void)browser_sign_in(&browser, "ada", "lovelace");
	struct secret ada = browser.session;
	struct browser next = browser_get(typed(""), NULL);
	next.session = ada;
	const struct msg_ask_notice *notice = HOUSE_IS(ask_notice, turn_once(&next, "max", "planck"));
	assert_string_equal(text_str(notice->text), "other_session");
	assert_string_equal(text_str(notice->name), "Ada Lovelace");
	(void)HOUSE_IS(home_page, home_of(ada));
	take_notice(&next, notice);
	notice = HOUSE_IS(ask_notice, turn_once(&next, "max", ""));
	assert_string_equal(text_str(notice->text), "password_expires");
	take_notice(&next, notice);
	(void)browser_sign_in(&next, "max", "");
	assert_refused(home_of(ada), REFUSAL_SIGN_IN);
	(void)HOUSE_IS(home_page, home_of(next.session));
}

/* The back button after a success, and somebody else at the keyboard: the form proves anew, whose name it says. */
static void test_a_used_form_proves_anew(void **state)
{
	(void)state;
	struct browser browser = browser_get(typed(""), NULL);
	(void)browser_sign_in(&browser, "ada", "lovelace");
	struct secret ada = browser.session;
	browser.session = (struct secret){ NULL, 0 };
	assert_denied(turn_once(&browser, "max", "wrong"), "sign_in_failed");
	(void)HOUSE_IS(home_page, home_of(ada));
	(void)browser_sign_in(&browser, "ada", "lovelace");
	assert_refused(home_of(ada), REFUSAL_SIGN_IN); /* what the first click made is replaced */
}

static void test_sessions_end(void **state)
{
	static const struct {
		const char *name;
		int64_t first_ms, then_ms; /* looks at these times */
		bool lives;
	} ROWS[] = {
		{ "within the idle time", 1700000, 3400000, true },
		{ "idle counts from the last look", 1000000, 2700000, true },
		{ "over the absolute end", 1000, 36001000, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct browser browser = browser_get(typed(""), NULL);
		(void)browser_sign_in(&browser, "ada", "lovelace");
		clock_offset(ROWS[i].first_ms);
		(void)HOUSE_IS(home_page, home_of(browser.session));
		clock_offset(ROWS[i].then_ms);
		ROW(ROWS[i].name, (home_of(browser.session).msg == wire_msg_home_page()) == ROWS[i].lives);
		clock_offset(0);
	}
}

/* Where a login may lead: only within the portal, in every spelling. */
static void test_next(void **state)
{
	static const struct {
		const char *next;
		bool good;
	} ROWS[] = {
		{ "/", true },
		{ "/profile?a=b#c", true },
		{ "http://localhost:8080", true },
		{ "http://localhost:8080/x", true },
		{ "https://localhost:8443/x", true },
		{ "//evil.example", false },
		{ "/\\evil.example", false },
		{ "\\\\evil.example", false },
		{ "http://evil.example/", false },
		{ "http://localhost:8080.evil.example/", false },
		{ "http://localhost:8080@evil.example/", false },
		{ "http://localhost:8080//evil.example", false },
		{ "https:evil.example", false },
		{ "javascript:alert(1)", false },
		{ "profile", false },
		{ " /x", false },
		{ "HTTP://LOCALHOST:8080/", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct browser browser = browser_get(typed(""), ROWS[i].next);
		struct text next = browser_sign_in(&browser, "ada", "lovelace")->next;
		ROW(ROWS[i].next, text_equal_str(next, ROWS[i].next) == ROWS[i].good);
		ROW(ROWS[i].next, ROWS[i].good || next.at == NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_browser_signs_in_and_out, fresh),
		cmocka_unit_test_setup(test_refusals, fresh),
		cmocka_unit_test_setup(test_a_directory_that_is_down_denies_without_a_verdict, fresh),
		cmocka_unit_test_setup(test_pam, fresh),
		cmocka_unit_test_setup(test_account, fresh),
		cmocka_unit_test_setup(test_account_behind_a_proof, fresh),
		cmocka_unit_test_setup(test_claim, fresh),
		cmocka_unit_test_setup(test_a_proof_is_its_own, fresh),
		cmocka_unit_test_setup(test_the_cookie_is_renewed_by_the_proof, fresh),
		cmocka_unit_test_setup(test_forged_cookies_and_forms, fresh),
		cmocka_unit_test_setup(test_notice, fresh),
		cmocka_unit_test_setup(test_double_clicks, fresh),
		cmocka_unit_test_setup(test_over_another_session, fresh),
		cmocka_unit_test_setup(test_a_used_form_proves_anew, fresh),
		cmocka_unit_test_setup(test_sessions_end, fresh),
		cmocka_unit_test_setup(test_next, fresh),
	};
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
