/* Each ask as a page and as JSON; why an answer was not taken; acts; what the device's cookie does. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "base/enc.h"
#include "front/house.h"

#define JSON "Accept: application/json\n"
#define LOGIN "Cookie: spom_login=" HOUSE_LOGIN "\n"
#define SIGNED_IN "Cookie: spom=" HOUSE_SESSION "; spom_login=" HOUSE_LOGIN "\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\n"
#define ANSWER "csrf=csrf-value&ask=an-ask&answer=123456"
#define ACT "AQAAAAAAAAAAAAAAAAAAAA"

static struct wire_any gate_says;
static struct msg_claimed claimed;
static char asked_user[64], asked_answer[64], asked_old[64], asked_name[64], asked_device[64];
static bool had_reply, had_act, pending;
static unsigned turns;

static bool authority(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_login_started *started = arena_alloc(arena, sizeof *started);
	if (ask.msg->tag == TAG_claim) {
		*answer_r = WIRE(claimed, &claimed);
		return true;
	}
	const struct msg_login_start *start = ask.at;
	had_act = !wire_id_is_zero(&start->act);
	started->cookie = house_secret(HOUSE_LOGIN);
	started->csrf = house_secret("csrf-value");
	started->id = text_of("an-ask");
	started->pending = pending;
	if (pending)
		started->user = text_of("ada");
	*answer_r = WIRE(login_started, started);
	return true;
}

static bool gate(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	(void)arena;
	const struct msg_turn *turn = ask.at;
	turns++;
	had_reply = turn->reply != NULL;
	NOTE(asked_user, turn->user);
	NOTE(asked_device, turn->intro->device);
	if (had_reply) {
		NOTE(asked_answer, turn->reply->answer);
		NOTE(asked_old, turn->reply->old);
		NOTE(asked_name, turn->reply->name);
	}
	*answer_r = gate_says;
	return true;
}

static const struct msg_turn_passed PASSED = { .transaction = { { 1 } } };

static int begin(void **state)
{
	static struct house house;
	gate_says = WIRE(turn_passed, &PASSED);
	claimed =
	    (struct msg_claimed){ .session = house_secret("new-session"), .csrf = house_secret("new-csrf") };
	pending = had_act = false;
	turns = 0;
	house_open(&house, ROLE_DOOR, authority, gate);
	*state = &house;
	return 0;
}

static int end(void **state)
{
	house_close(*state);
	return 0;
}

/* --- every kind --- */

#define ID .id = { "an-ask", 6 }
static const struct msg_device_row DEVICES[] = { { { "Telephone", 9 } }, { { "<Tablet>", 8 } } };
static const struct msg_option_row OPTIONS[] = { { { "totp", 4 }, 0 }, { { "recovery", 8 }, 3 } };
static const struct msg_ask_choose CHOOSE = { ID, .options = { OPTIONS, 2 } };
static const struct msg_ask_code CODE = { ID, .devices = { DEVICES, 2 }, .others = true };
static const struct msg_ask_recovery RECOVERY = { ID };
static const struct msg_ask_new_password NEW_PASSWORD = { ID, .reason = { "password_must_change", 20 } };
static const struct msg_ask_enrol_totp ENROL = { ID, .secret = { (unsigned char *)"JBSWY3DPEHPK3PX", 15 },
	.uri = { (unsigned char *)"otpauth://totp/x?secret=JBSWY3DPEHPK3PX", 39 } };
static const struct msg_code_row CODES[] = { { { (unsigned char *)"k3dm-7xqp", 9 } } };
static const struct msg_ask_recovery_sheet SHEET = { ID, .codes = { CODES, 1 }, .made = 1772496000000 };
static const struct msg_ask_notice NOTICE = { ID, .text = { "password_expires", 16 }, .count = 3 };

static void every_kind(void **state)
{
	const struct {
		struct wire_any ask;
		const char *kind, *mark;
	} ROWS[] = {
		{ WIRE(ask_choose, &CHOOSE), "choose", "With a recovery code (3 are left)" },
		{ WIRE(ask_code, &CODE), "code", "Telephone, &lt;Tablet&gt;" },
		{ WIRE(ask_recovery, &RECOVERY), "recovery", "cross it out afterwards" },
		{ WIRE(ask_new_password, &NEW_PASSWORD), "new_password", "autocomplete=\"new-password\"" },
		{ WIRE(ask_enrol_totp, &ENROL), "enrol_totp", "JBSW Y3DP EHPK 3PX<" },
		{ WIRE(ask_recovery_sheet, &SHEET), "recovery_sheet", "<code>k3dm-7xqp</code>" },
		{ WIRE(ask_notice, &NOTICE), "notice", "expires in 3 days" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		char wanted[80];
		gate_says = ROWS[i].ask;
		const char *reply = house_ask(*state, "POST", "/login?next=%2Fx", LOGIN FORM, ANSWER);
		ROW(ROWS[i].kind, house_status(reply) == 200);
		ROW(ROWS[i].kind, strstr(reply, ROWS[i].mark) != NULL);
		ROW(ROWS[i].kind, strstr(reply, "name=\"csrf\" value=\"csrf-value\"") != NULL);
		ROW(ROWS[i].kind, strstr(reply, "action=\"/login?next=%2Fx\"") != NULL);
		ROW(ROWS[i].kind, strstr(reply, "no-store") != NULL);
		reply = house_ask(*state, "POST", "/login", JSON LOGIN FORM, ANSWER);
		snprintf(wanted, sizeof wanted, "\r\n\r\n{\"ask\":{\"kind\":\"%s\",\"id\":\"an-ask\"",
		    ROWS[i].kind);
		ROW(ROWS[i].kind, house_status(reply) == 200 && strstr(reply, wanted) != NULL);
		ROW(ROWS[i].kind, strstr(reply, "\"csrf\":\"csrf-value\"") != NULL);
	}
}

static void the_picture_is_a_path(void **state)
{
	gate_says = WIRE(ask_enrol_totp, &ENROL);
	const char *reply = house_ask(*state, "POST", "/login", LOGIN FORM, ANSWER);
	const char *path = strstr(reply, "<path d=\"M");
	assert_non_null(path);
	size_t len = strspn(path + 9, "M0123456789 hvz-");
	assert_true(len > 1000 && path[9 + len] == '"');
}

/* --- why an answer was not taken --- */

static void problems(void **state)
{
	static const struct {
		const char *problem;
		uint64_t wait_s;
		int status;
		const char *retry, *sentence;
	} ROWS[] = {
		{ "code_wrong", 0, 401, "", "not a code of your device" },
		{ "code_used", 12, 401, "12", "Wait for the next one (12 s)." },
		{ "code_wait", 1, 429, "1", "Please wait one second" },
		{ "code_wait", 0, 429, "1", "Please wait" }, /* it is over by the time that it is said */
		{ "code_wait", 60, 429, "60", "Please wait 60 seconds" },
		{ "code_rests", 0, 401, "", "rests until tomorrow" },
		{ "not_pending", 0, 409, "", "has been done already" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_ask_code ask = CODE;
		char wanted[80];
		ask.problem = text_of(ROWS[i].problem);
		ask.wait_s = ROWS[i].wait_s;
		gate_says = WIRE(ask_code, &ask);
		const char *reply = house_ask(*state, "POST", "/login", LOGIN FORM, ANSWER);
		ROW(ROWS[i].problem, house_status(reply) == ROWS[i].status);
		ROW(ROWS[i].problem, strcmp(house_field(reply, "Retry-After"), ROWS[i].retry) == 0);
		ROW(ROWS[i].problem, strstr(reply, ROWS[i].sentence) != NULL);
		ROW(ROWS[i].problem, strstr(reply, "id=\"summary\"") != NULL);
		ROW(ROWS[i].problem, strstr(reply, "aria-invalid=\"true\"") != NULL);
		ROW(ROWS[i].problem, strstr(reply, "123456") == NULL);
		ROW(ROWS[i].problem, strstr(reply, "class=\"hint trace\"") != NULL);
		reply = house_ask(*state, "POST", "/login", JSON LOGIN FORM, ANSWER);
		snprintf(wanted, sizeof wanted, "\r\n\r\n{\"denied\":\"%s\",\"text\":\"", ROWS[i].problem);
		ROW(ROWS[i].problem, house_status(reply) == ROWS[i].status);
		ROW(ROWS[i].problem,
		    strstr(reply, wanted) != NULL && strstr(reply, ROWS[i].sentence) != NULL);
		ROW(ROWS[i].problem, strstr(reply, "\"ask\":{\"kind\":\"code\"") != NULL);
	}
}

static void a_new_password(void **state)
{
	const char *reply = house_ask(*state, "POST", "/login", LOGIN FORM,
	    "csrf=csrf-value&ask=an-ask&old=mellon&answer=after&again=after&name=Telephone");
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(asked_answer, "after");
	assert_string_equal(asked_old, "mellon");
	assert_string_equal(asked_name, "Telephone");
	gate_says = WIRE(ask_new_password, &NEW_PASSWORD);
	reply = house_ask(*state, "POST", "/login", LOGIN FORM,
	    "csrf=csrf-value&ask=an-ask&old=mellon&answer=after&again=other");
	assert_false(had_reply); /* nothing is answered; the same question comes once more */
	assert_int_equal(house_status(reply), 401);
	assert_non_null(strstr(reply, "was not the same both times"));
	assert_null(strstr(reply, "mellon"));
	struct msg_ask_new_password second = NEW_PASSWORD; /* of the answer before */
	second.problem = TEXT_LITERAL("password_too_short");
	second.words = TEXT_LITERAL("ten at least");
	gate_says = WIRE(ask_new_password, &second);
	reply = house_ask(*state, "POST", "/login", LOGIN FORM,
	    "csrf=csrf-value&ask=an-ask&old=mellon&answer=after&again=other");
	assert_non_null(strstr(reply, "was not the same both times"));
	assert_null(strstr(reply, "too short"));
	assert_null(strstr(reply, "ten at least"));
	second.problem = TEXT_LITERAL("not_pending");
	reply = house_ask(*state, "POST", "/login", LOGIN FORM,
	    "csrf=csrf-value&ask=an-ask&old=mellon&answer=after&again=other");
	assert_int_equal(house_status(reply), 409);
	gate_says = WIRE(ask_new_password, &NEW_PASSWORD);
	(void)house_ask(*state, "POST", "/login", LOGIN FORM,
	    "csrf=csrf-value&ask=an-ask&old=mellon&answer=after&again=");
	assert_false(had_reply);
}

/* --- acts --- */

static void an_act(void **state)
{
	const char *reply = house_ask(*state, "GET", "/login?act=" ACT, "", "");
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(house_field(reply, "Location"), "/login?next=%2Flogin%3Fact%3D" ACT);
	reply = house_ask(*state, "GET", "/login?act=" ACT, JSON, "");
	assert_int_equal(house_status(reply), 401);
	assert_int_equal(house_status(house_ask(*state, "GET", "/login?act=x", SIGNED_IN, "")), 400);
	assert_int_equal(
	    house_status(house_ask(*state, "GET", "/login?act=" ACT "&act=" ACT, SIGNED_IN, "")), 400);
	assert_int_equal(turns, 0);
	struct msg_ask_code ask = CODE;
	ask.act = ACT_UNDO_SINCE;
	gate_says = WIRE(ask_code, &ask);
	pending = true;
	reply = house_ask(*state, "GET", "/login?act=" ACT, SIGNED_IN, "");
	assert_int_equal(house_status(reply), 200);
	assert_true(had_act);
	assert_string_equal(asked_user, "ada");
	assert_non_null(strstr(reply, "undo everything since a day"));
	assert_non_null(strstr(reply, "href=\"/security\""));
	assert_null(strstr(reply, "again=1"));
}

static void a_password_for_an_act(void **state)
{
	struct msg_ask_password ask = { ID, .user = TEXT_LITERAL("ada"), .act = ACT_FACTOR_ADD,
		.problem = TEXT_LITERAL("sign_in_failed") };
	gate_says = WIRE(ask_password, &ask);
	const char *reply = house_ask(
	    *state, "POST", "/login", SIGNED_IN FORM, "csrf=csrf-value&ask=an-ask&user=ada&password=wrong");
	assert_int_equal(house_status(reply), 401);
	assert_non_null(strstr(reply, "type=\"hidden\" id=\"user\" name=\"user\" value=\"ada\""));
	assert_non_null(strstr(reply, "href=\"#password\""));
	ask.problem = (struct text){ NULL, 0 };
	pending = true;
	reply = house_ask(*state, "GET", "/login?act=" ACT, SIGNED_IN, "");
	assert_int_equal(house_status(reply), 200);
	assert_non_null(strstr(reply, "Please type the password of ada once more."));
}

static void an_act_is_done(void **state)
{
	claimed = (struct msg_claimed){ .next = TEXT_LITERAL("/security?done=undone"),
		.done = TEXT_LITERAL("undone") };
	const char *reply = house_ask(*state, "POST", "/login", SIGNED_IN FORM, ANSWER);
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(house_field(reply, "Location"), "/security?done=undone");
	assert_null(strstr(reply, "Set-Cookie: spom="));
	assert_non_null(strstr(reply, "Set-Cookie: spom_login=; "));
	reply = house_ask(*state, "POST", "/login", JSON SIGNED_IN FORM, ANSWER);
	assert_non_null(
	    strstr(reply, "{\"done\":true,\"next\":\"/security?done=undone\",\"text\":\"It is undone"));
	assert_null(strstr(reply, "\"csrf\""));
}

/* --- the cookie by which a browser is known again --- */

static void the_device(void **state)
{
	claimed.device = house_secret("sealed-device");
	const char *reply = house_ask(*state, "POST", "/login",
	    "Cookie: spom_login=" HOUSE_LOGIN "; spom_device=before\n" FORM, ANSWER);
	assert_string_equal(asked_device, "before");
	assert_non_null(strstr(reply,
	    "Set-Cookie: spom_device=sealed-device; Path=/; HttpOnly; SameSite=Lax; Max-Age=34560000\r\n"));
	reply = house_ask(*state, "POST", "/login",
	    "X-SPOM-Edge: " HOUSE_EDGE "\nX-SPOM-Origin: " HOUSE_ORIGIN_HTTPS
	    "\nCookie: __Host-spom_login=" HOUSE_LOGIN "; __Host-spom_device=known; spom_device=other\n" FORM,
	    ANSWER);
	assert_string_equal(asked_device, "known");
	assert_non_null(strstr(
	    reply, "Set-Cookie: __Host-spom_device=sealed-device; Path=/; HttpOnly; SameSite=Lax; Secure;"));
}

/* --- browsers that are too old --- */

static void old_browsers(void **state)
{
	static const char OLD[] =
	    "User-Agent: Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko\n";
	static const char OLD_FORM[] = "User-Agent: Mozilla/4.0 (compatible; MSIE 8.0)\n" LOGIN FORM;
	static const char OLD_JSON[] = "User-Agent: MSIE 8.0\n" JSON;
	const char *reply = house_ask(*state, "GET", "/login", OLD, "");
	assert_int_equal(house_status(reply), 200);
	assert_non_null(strstr(reply, "<li>Firefox</li>"));
	assert_null(strstr(reply, "<form"));
	assert_non_null(strstr(house_ask(*state, "GET", "/", OLD, ""), "<li>Safari</li>"));
	reply = house_ask(*state, "POST", "/login", OLD_FORM, ANSWER);
	assert_non_null(strstr(reply, "<li>Edge</li>"));
	assert_int_equal(turns, 0);
	const char *sheet = strstr(reply, "/static/plain-");
	assert_non_null(sheet);
	char path[80];
	snprintf(path, sizeof path, "%.*s", (int)strcspn(sheet, "\""), sheet);
	assert_non_null(strstr(house_ask(*state, "GET", path, OLD, ""), "text/css"));
	assert_non_null(strstr(house_ask(*state, "GET", "/login", OLD_JSON, ""), "{\"ask\":"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind),
		TEST(the_picture_is_a_path),
		TEST(problems),
		TEST(a_new_password),
		TEST(an_act),
		TEST(a_password_for_an_act),
		TEST(an_act_is_done),
		TEST(the_device),
		TEST(old_browsers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
