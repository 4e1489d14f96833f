/* The sign-in between a browser, a gate and an authority that say what a row wants. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "front/house.h"

#define JSON "Accept: application/json\n"
#define LOGIN "Cookie: spom_login=" HOUSE_LOGIN "\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\n"
#define FIRST "csrf=csrf-value&ask=first-ask&user=ada&password=right%21"

/* What the fakes answer, and what they were asked. */
static struct wire_any gate_says;
static bool pending, signed_in, has_next;
static char asked_user[300], asked_answer[1100], asked_ask[64], asked_csrf[80], asked_next[300],
    asked_address[80], asked_front[16];
static bool had_reply, had_cookie;
static unsigned starts, claims;

static bool authority(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_login_started *started = arena_alloc(arena, sizeof *started);
	struct msg_claimed *claimed = arena_alloc(arena, sizeof *claimed);
	if (ask.msg->tag == TAG_claim) {
		claims++;
		claimed->session = house_secret("new-session");
		claimed->csrf = house_secret("new-csrf");
		claimed->next = has_next ? text_of("/profile?a=b") : text_of("https://evil.example/");
		*answer_r = WIRE(claimed, claimed);
		return true;
	}
	const struct msg_login_start *start = ask.at;
	starts++;
	NOTE(asked_next, start->next);
	started->cookie = house_secret(start->cookie.at != NULL ? HOUSE_LOGIN : "fresh-login-cookie");
	started->csrf = house_secret("csrf-value");
	started->id = text_of("started-ask");
	started->pending = pending && start->cookie.at != NULL && !start->fresh;
	if (signed_in)
		started->signed_in = text_of("Ada Lovelace");
	*answer_r = WIRE(login_started, started);
	return true;
}

static bool gate(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	(void)arena;
	const struct msg_turn *turn = ask.at;
	had_reply = turn->reply != NULL;
	had_cookie = turn->intro->cookie.len > 0;
	NOTE(asked_user, turn->user);
	NOTE(asked_ask, turn->intro->ask);
	NOTE(asked_csrf, turn->intro->csrf);
	NOTE(asked_next, turn->intro->next);
	NOTE(asked_address, turn->intro->address);
	NOTE(asked_front, turn->intro->front);
	if (had_reply)
		NOTE(asked_answer, turn->reply->answer);
	*answer_r = gate_says;
	return true;
}

static const struct msg_turn_passed PASSED = { .transaction = { { 1 } } };

static int begin(void **state)
{
	static struct house house;
	gate_says = WIRE(turn_passed, &PASSED);
	pending = signed_in = has_next = false;
	starts = claims = 0;
	asked_user[0] = asked_answer[0] = asked_ask[0] = asked_next[0] = asked_address[0] = '\0';
	house_open(&house, ROLE_DOOR, authority, gate);
	*state = &house;
	return 0;
}

static int end(void **state)
{
	house_close(*state);
	return 0;
}

static void first_page(void **state)
{
	const char *reply = house_ask(*state, "GET", "/login?next=%2Fprofile%3Fa%3Db", "", "");
	assert_int_equal(house_status(reply), 200);
	assert_string_equal(asked_next, "/profile?a=b");
	assert_string_equal(house_field(reply, "Set-Cookie"),
	    "spom_login=fresh-login-cookie; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600");
	assert_non_null(strstr(reply, "name=\"csrf\" value=\"csrf-value\""));
	assert_non_null(strstr(reply, "name=\"ask\" value=\"started-ask\""));
	assert_non_null(strstr(reply, "action=\"/login?next=%2Fprofile%3Fa%3Db\""));
	assert_non_null(strstr(reply, "Example &lt;University&gt;"));
	assert_non_null(strstr(reply, "href=\"mailto:help@example.edu\""));
	assert_null(strstr(reply, "signed out"));
	reply = house_ask(*state, "GET", "/login?next=https://evil.example/&done=signed_out", "", "");
	assert_string_equal(asked_next, "");
	assert_null(strstr(reply, "evil.example"));
	assert_non_null(strstr(reply, "You are signed out."));
	reply = house_ask(*state, "GET", "/login?done=sign_in_failed", "", "");
	assert_null(strstr(reply, "mistyped"));
}

static void first_page_names_the_application(void **state)
{
	const char *reply = house_ask(*state, "GET",
	    "/login?next=%2Fhand-over%3Fto%3Dhttp%253A%252F%252Fapp.localhost%253A8080%26nonce%3Dx", "", "");
	assert_non_null(strstr(reply, "Library asks you to sign in."));
	reply = house_ask(
	    *state, "GET", "/login?next=%2Fhand-over%3Fto%3Dhttps%253A%252F%252Fevil.example", "", "");
	assert_int_equal(house_status(reply), 200);
	assert_null(strstr(reply, "asks you"));
	reply = house_ask(*state, "GET", "/login?next=%2Fhand-over%3Fto%3Dx%26to%3Dy", "", "");
	assert_null(strstr(reply, "asks you"));
}

static void first_page_as_json(void **state)
{
	const char *reply = house_ask(*state, "GET", "/login", JSON, "");
	assert_int_equal(house_status(reply), 200);
	assert_non_null(strstr(reply, "{\"ask\":{\"kind\":\"password\",\"id\":\"started-ask\",\"csrf\":"
				      "\"csrf-value\",\"act\":\"none\"}}"));
}

static void https_has_other_cookies(void **state)
{
	const char *reply = house_ask(*state, "GET", "/login",
	    "X-SPOM-Edge: " HOUSE_EDGE "\nX-SPOM-Origin: " HOUSE_ORIGIN_HTTPS "\n", "");
	assert_string_equal(house_field(reply, "Set-Cookie"),
	    "__Host-spom_login=fresh-login-cookie; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=3600");
	reply = house_ask(*state, "GET", "/login", "X-SPOM-Origin: " HOUSE_ORIGIN_HTTPS "\n", "");
	assert_null(strstr(house_field(reply, "Set-Cookie"), "Secure"));
}

static void signed_in_already(void **state)
{
	signed_in = true;
	const char *reply =
	    house_ask(*state, "GET", "/login?next=/x", "Cookie: spom=" HOUSE_SESSION "\n", "");
	assert_non_null(strstr(reply, "<a class=\"button\" href=\"/x\">Continue as Ada Lovelace</a>"));
	assert_non_null(strstr(reply, "Sign in as somebody else"));
}

static void success(void **state)
{
	has_next = true;
	const char *reply = house_ask(*state, "POST", "/login?next=%2Fprofile",
	    LOGIN FORM "X-SPOM-Edge: " HOUSE_EDGE "\nX-SPOM-Origin: " HOUSE_ORIGIN
		       "\nX-Forwarded-For: 203.0.113.9\n",
	    FIRST);
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(house_field(reply, "Location"), "/profile?a=b");
	assert_string_equal(
	    house_field(reply, "Set-Cookie"), "spom=new-session; Path=/; HttpOnly; SameSite=Lax");
	assert_non_null(
	    strstr(reply, "\r\nSet-Cookie: spom_login=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0\r\n"));
	assert_string_equal(asked_user, "ada");
	assert_string_equal(asked_answer, "right!");
	assert_string_equal(asked_ask, "first-ask");
	assert_string_equal(asked_csrf, "csrf-value");
	assert_string_equal(asked_next, "/profile");
	assert_string_equal(asked_address, "203.0.113.9");
	assert_string_equal(asked_front, "door");
	assert_true(had_cookie);
	assert_int_equal(claims, 1);
}

static void success_as_json(void **state)
{
	const char *reply = house_ask(*state, "POST", "/login",
	    JSON LOGIN "Content-Type: application/json\nX-CSRF-Token: token\nX-Forwarded-For: 203.0.113.9\n",
	    "{\"user\":\"ada\",\"password\":\"right\\u0021\"}");
	assert_int_equal(house_status(reply), 200);
	assert_non_null(strstr(reply,
	    "\r\n\r\n{\"done\":true,\"next\":\"/\",\"csrf\":\"new-csrf\"}")); /* not where evil wants */
	assert_string_equal(asked_ask, "started-ask");
	assert_string_equal(asked_csrf, "token");
	assert_string_equal(asked_answer, "right!");
	assert_string_equal(asked_address, ""); /* nobody trusted said it */
}

static const struct {
	const char *text;
	uint64_t retry_s;
	int status;
} DENIALS[] = {
	{ "sign_in_failed", 0, 401 },
	{ "sign_in_failed", 17, 429 },
	{ "password_must_change", 0, 401 },
	{ "form_expired", 0, 401 },
	{ "directory_unreachable", 0, 503 },
	{ "store_unreachable", 5, 503 },
	{ "busy", 2, 503 },
	{ "not_pending", 0, 409 },
	{ "malformed", 0, 400 },
	{ "an_id_that_nobody_knows", 0, 401 },
};

static void denials(void **state)
{
	char wanted[80];
	for (size_t i = 0; i < COUNT(DENIALS); i++) {
		struct msg_login_denied denied = { .text = text_of(DENIALS[i].text),
			.retry_s = DENIALS[i].retry_s };
		gate_says = WIRE(login_denied, &denied);
		const char *reply = house_ask(*state, "POST", "/login?next=%2Fx", LOGIN FORM, FIRST);
		ROW(DENIALS[i].text, house_status(reply) == DENIALS[i].status);
		ROW(DENIALS[i].text, strstr(reply, "role=\"alert\"") != NULL);
		ROW(DENIALS[i].text, strstr(reply, "value=\"ada\"") != NULL);
		ROW(DENIALS[i].text, strstr(reply, "class=\"hint trace\"") != NULL);
		ROW(DENIALS[i].text, strstr(reply, "right!") == NULL && strstr(reply, "right%21") == NULL);
		ROW(DENIALS[i].text, strstr(reply, "action=\"/login?next=%2Fx\"") != NULL);
		ROW(DENIALS[i].text, (DENIALS[i].retry_s > 0 || DENIALS[i].status == 503) ==
					 (strlen(house_field(reply, "Retry-After")) > 0));
		reply = house_ask(*state, "POST", "/login", JSON LOGIN FORM, FIRST);
		snprintf(wanted, sizeof wanted, "\r\n\r\n{\"denied\":\"%s\",\"text\":\"", DENIALS[i].text);
		ROW(DENIALS[i].text, house_status(reply) == DENIALS[i].status);
		ROW(DENIALS[i].text, strstr(reply, wanted) != NULL);
		ROW(DENIALS[i].text, strstr(reply, "\"trace\":\"") != NULL);
		ROW(DENIALS[i].text, strstr(reply, "\"ask\":{\"kind\":\"password\"") != NULL);
	}
}

static void a_name_that_is_markup(void **state)
{
	struct msg_login_denied denied = { .text = TEXT_LITERAL("sign_in_failed") };
	gate_says = WIRE(login_denied, &denied);
	const char *reply = house_ask(
	    *state, "POST", "/login", LOGIN FORM, "user=%22%3E%3Cscript%3E&password=x&ask=a&csrf=c");
	assert_non_null(strstr(reply, "value=\"&quot;&gt;&lt;script&gt;\""));
	assert_null(strstr(reply, "\"><script>"));
}

static void a_notice(void **state)
{
	struct msg_ask_notice notice = {
		.id = TEXT_LITERAL("second-ask"), .text = TEXT_LITERAL("password_expires"), .count = 3
	};
	gate_says = WIRE(ask_notice, &notice);
	const char *reply = house_ask(*state, "POST", "/login?next=%2Fx", LOGIN FORM, FIRST);
	assert_int_equal(house_status(reply), 200);
	assert_non_null(strstr(reply, "Your password expires in 3 days."));
	assert_non_null(strstr(reply, "name=\"ask\" value=\"second-ask\""));
	assert_non_null(strstr(reply, "name=\"csrf\" value=\"csrf-value\""));
	assert_non_null(strstr(reply, "action=\"/login?next=%2Fx\""));
	reply = house_ask(*state, "POST", "/login", JSON LOGIN FORM, FIRST);
	assert_non_null(strstr(reply,
	    "{\"ask\":{\"kind\":\"notice\",\"id\":\"second-ask\",\"text\":\"password_expires\",\"count\":3,"
	    "\"csrf\":\"csrf-value\"}}"));
	gate_says = WIRE(turn_passed, &PASSED);
	reply = house_ask(*state, "POST", "/login", LOGIN FORM, "csrf=csrf-value&ask=second-ask&answer=");
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(asked_user, "");
	assert_string_equal(asked_answer, "");
	assert_true(had_reply);
}

/* A page that is loaded again in the middle of a sign-in shows what is pending. */
static void pending_ask(void **state)
{
	struct msg_ask_notice notice = {
		.id = TEXT_LITERAL("second-ask"), .text = TEXT_LITERAL("password_grace"), .count = 1
	};
	gate_says = WIRE(ask_notice, &notice);
	pending = true;
	const char *reply = house_ask(*state, "GET", "/login", LOGIN, "");
	assert_int_equal(house_status(reply), 200);
	assert_false(had_reply);
	assert_string_equal(asked_ask, "started-ask");
	assert_non_null(strstr(reply, "It works one more time after this"));
	/* another window's failure must not disturb it, nor be disturbed: it gets an ask of its own */
	struct msg_login_denied denied = { .text = TEXT_LITERAL("sign_in_failed") };
	gate_says = WIRE(login_denied, &denied);
	reply = house_ask(*state, "POST", "/login", LOGIN FORM, FIRST);
	assert_int_equal(house_status(reply), 401);
	assert_non_null(strstr(reply, "mistyped"));
	assert_int_equal(starts, 2);
}

/* Who knew the browser's cookie before the password was proved is left behind. */
static void an_ask_with_a_new_cookie(void **state)
{
	struct msg_ask_notice notice = {
		.id = TEXT_LITERAL("second-ask"), .text = TEXT_LITERAL("password_expires"), .count = 1
	};
	notice.cookie = house_secret("cookie-after-the-proof");
	notice.csrf = house_secret("csrf-after-the-proof");
	gate_says = WIRE(ask_notice, &notice);
	const char *reply = house_ask(*state, "POST", "/login", LOGIN FORM, FIRST);
	assert_non_null(strstr(house_field(reply, "Set-Cookie"), "spom_login=cookie-after-the-proof;"));
	assert_non_null(strstr(reply, "name=\"csrf\" value=\"csrf-after-the-proof\""));
	reply = house_ask(*state, "POST", "/login", JSON LOGIN FORM, FIRST);
	assert_non_null(strstr(reply, "\"csrf\":\"csrf-after-the-proof\""));
	assert_null(strstr(strstr(reply, "\r\n\r\n"), "cookie-after-the-proof"));
}

/* Somebody else's sign-in waits in this browser: the link on its page begins another. */
static void somebody_elses_sign_in(void **state)
{
	pending = true;
	const char *reply = house_ask(*state, "GET", "/login?again=1&next=%2Fx", LOGIN, "");
	assert_int_equal(house_status(reply), 200);
	assert_non_null(strstr(house_field(reply, "Set-Cookie"), "spom_login=fresh-login-cookie;"));
	assert_non_null(strstr(reply, "id=\"password\""));
	assert_int_equal(fake_connections(((struct house *)*state)->gate), 0);
}

static void asked_again(void **state)
{
	struct msg_ask_password ask = { .id = TEXT_LITERAL("other-ask") };
	gate_says = WIRE(ask_password, &ask);
	const char *reply = house_ask(*state, "POST", "/login", JSON LOGIN FORM, FIRST);
	assert_int_equal(house_status(reply), 409);
	assert_non_null(strstr(reply, "\"id\":\"other-ask\",\"csrf\":\"csrf-value\""));
	assert_int_equal(house_status(house_ask(*state, "POST", "/login", LOGIN FORM, FIRST)), 409);
}

static void without_the_cookie(void **state)
{
	const char *reply = house_ask(*state, "POST", "/login", FORM, FIRST);
	assert_int_equal(house_status(reply), 401);
	assert_non_null(strstr(reply, "This page was open for too long"));
	assert_int_equal(fake_connections(((struct house *)*state)->gate), 0);
	signed_in = true; /* another window was quicker */
	reply = house_ask(*state, "POST", "/login", FORM, FIRST);
	assert_int_equal(house_status(reply), 200);
	assert_null(strstr(reply, "This page was open for too long"));
	assert_non_null(strstr(reply, "Continue as Ada Lovelace"));
	assert_non_null(strstr(house_ask(*state, "POST", "/login", JSON FORM, FIRST), "form_expired"));
}

static const struct {
	const char *name, *lines, *body;
	int status;
} BODIES[] = {
	{ "nothing", FORM, "", 400 },
	{ "no password", FORM, "user=ada", 400 },
	{ "no user", FORM, "password=x", 400 },
	{ "unknown field", FORM, FIRST "&admin=1", 400 },
	{ "field twice", FORM, FIRST "&user=bob", 400 },
	{ "NUL in the name", FORM, "user=a%00b&password=x", 400 },
	{ "NUL in the password", FORM, "user=a&password=x%00y", 400 },
	{ "name that is no UTF-8", FORM, "user=%ff&password=x", 400 },
	{ "line's end in the name", FORM, "user=a%0ab&password=x", 400 },
	{ "broken escape", FORM, "user=%4&password=x", 400 },
	{ "another kind", "Content-Type: text/plain\n", FIRST, 415 },
	{ "no kind", "", FIRST, 415 },
	{ "no JSON", "Content-Type: application/json\n", "{", 400 },
	{ "JSON key twice", "Content-Type: application/json\n",
	    "{\"user\":\"a\",\"user\":\"b\",\"password\":\"x\"}", 400 },
	{ "JSON list", "Content-Type: application/json\n", "[]", 400 },
	{ "a good one", FORM, FIRST, 303 },
	{ "an empty password", FORM, "user=a&password=&ask=x&csrf=y", 303 },
};

static void bodies(void **state)
{
	for (size_t i = 0; i < COUNT(BODIES); i++) {
		char lines[200];
		snprintf(lines, sizeof lines, "%s%s", LOGIN, BODIES[i].lines);
		ROW(BODIES[i].name, house_status(house_ask(*state, "POST", "/login", lines,
					BODIES[i].body)) == BODIES[i].status);
	}
	static char large[17 * KIB];
	memset(large, 'a', sizeof large - 1);
	assert_int_equal(house_status(house_ask(*state, "POST", "/login", LOGIN FORM, large)), 413);
	large[1100] = '\0';
	memcpy(large, "user=a&password=", 16);
	assert_int_equal(house_status(house_ask(*state, "POST", "/login", LOGIN FORM, large)), 400);
}

static int turns_free(struct house *house)
{
	int free_turns = -1;
	(void)sem_getvalue(&house->front.turns, &free_turns);
	return free_turns;
}

static int turns_left(struct house *house)
{
	int left = -1;
	assert_int_equal(sem_getvalue(&house->front.turns, &left), 0);
	return left;
}

/* Half of the threads are in a turn, and as many wait as may: whoever comes then is told so at once. */
static void too_many_at_once(void **state)
{
	struct house *house = *state;
	assert_int_equal(turns_left(house), 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(sem_trywait(&house->front.turns), 0);
	atomic_store(&house->front.waiting, 2);
	const char *reply = house_ask(house, "POST", "/login", JSON LOGIN FORM, FIRST);
	assert_int_equal(house_status(reply), 503);
	assert_non_null(strstr(reply, "\"error\":\"busy\""));
	assert_int_equal(atomic_load(&house->front.waiting), 2);
	assert_int_equal(sem_post(&house->front.turns), 0);
	assert_int_equal(house_status(house_ask(house, "POST", "/login", LOGIN FORM, FIRST)), 303);
	assert_int_equal(turns_left(house), 1);
}

static void no_gate(void **state)
{
	struct house *house = *state;
	int all = turns_free(house);
	fake_end(&house->gate);
	const char *reply = house_ask(house, "POST", "/login", LOGIN FORM, FIRST);
	assert_int_equal(house_status(reply), 503);
	assert_non_null(strstr(reply, "Number for the help desk"));
	assert_int_equal(turns_free(house), all);
}

static void a_gate_that_says_nonsense(void **state)
{
	static const struct msg_welcome WELCOME = { .role = ROLE_DOOR, .release = { "x", 1 } };
	gate_says = WIRE(welcome, &WELCOME);
	assert_int_equal(house_status(house_ask(*state, "POST", "/login", LOGIN FORM, FIRST)), 500);
	static const struct msg_refused REFUSED = { .reason = REFUSAL_BUSY };
	gate_says = WIRE(refused, &REFUSED);
	assert_int_equal(house_status(house_ask(*state, "POST", "/login", LOGIN FORM, FIRST)), 503);
	assert_int_equal(claims, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_page),
		TEST(first_page_names_the_application),
		TEST(first_page_as_json),
		TEST(https_has_other_cookies),
		TEST(signed_in_already),
		TEST(success),
		TEST(success_as_json),
		TEST(denials),
		TEST(a_name_that_is_markup),
		TEST(a_notice),
		TEST(pending_ask),
		TEST(an_ask_with_a_new_cookie),
		TEST(somebody_elses_sign_in),
		TEST(asked_again),
		TEST(without_the_cookie),
		TEST(bodies),
		TEST(too_many_at_once),
		TEST(no_gate),
		TEST(a_gate_that_says_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
