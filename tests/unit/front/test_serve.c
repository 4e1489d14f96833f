/* Every route of every instance, whatever the authority says or does not say. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "front/house.h"
#include "front/route.h"
#include "front/show.h"

#define JSON "Accept: application/json\n"
#define EDGE "X-SPOM-Edge: " HOUSE_EDGE "\nX-SPOM-Origin: " HOUSE_ORIGIN "\n"
#define ORIGINAL "X-Original-URL: http://app.localhost:8080/\n"
#define SESSION "Cookie: spom=" HOUSE_SESSION "\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\n"

static enum refusal refusal;
static bool had_session;

static bool is_session(struct secret session)
{
	return session.len == strlen(HOUSE_SESSION) && memcmp(session.at, HOUSE_SESSION, session.len) == 0;
}

static bool refuse(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	(void)ask;
	struct msg_refused *refused = arena_alloc(arena, sizeof *refused);
	refused->reason = refusal;
	*answer_r = WIRE(refused, refused);
	return true;
}

static bool hang_up(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	(void)ask, (void)arena, (void)answer_r;
	return false;
}

static bool answer_nonsense(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	(void)ask, (void)arena;
	static const struct msg_welcome WELCOME = { .role = ROLE_DOOR, .release = { "x", 1 } };
	*answer_r = WIRE(welcome, &WELCOME);
	return true;
}

static bool answer_well(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	static const struct msg_frame frame = { .name = { "Ada <Lovelace>", 14 },
		.user = { "ada", 3 },
		.csrf = { (unsigned char *)(uintptr_t) "csrf-value", 10 },
		.level = SESSION_LEVEL_PASSWORD,
		.since = 1 };
	static const struct msg_value_row values[] = { { { "ada@example.edu", 15 } } };
	static const struct msg_attribute_row rows[] = { { { "attribute_mail", 14 }, { values, 1 } } };
	static const struct msg_home_page home = { .frame = &frame, .attributes = { rows, 1 } };
	static const struct msg_done done = { .text = { "signed_out", 10 } };
	static const struct msg_health_state health = { .store = true, .release = { "x", 1 } };
	(void)arena;
	switch (ask.msg->tag) {
	case TAG_home:
		had_session = is_session(((const struct msg_home *)ask.at)->session);
		*answer_r = WIRE(home_page, &home);
		return true;
	case TAG_logout:
		had_session = is_session(((const struct msg_logout *)ask.at)->session);
		*answer_r = WIRE(done, &done);
		return true;
	case TAG_health:
		*answer_r = WIRE(health_state, &health);
		return true;
	default:
		return false;
	}
}

/* Another instance knows nothing of a path, and HEAD and other methods have their answers. */
static void every_instance_and_method(void **state)
{
	(void)state;
	static const enum role INSTANCES[] = { ROLE_DOOR, ROLE_CHECK, ROLE_BACK };
	unsigned n;
	const struct route *routes = route_all(&n);
	for (size_t i = 0; i < COUNT(INSTANCES); i++) {
		struct house house;
		house_open(&house, INSTANCES[i], answer_well, NULL);
		for (unsigned j = 0; j < n; j++) {
			const char *reply = house_ask(&house, "DELETE", routes[j].path, EDGE, "");
			bool own = routes[j].instance == INSTANCES[i];
			ROW(routes[j].path, house_status(reply) == (own ? 405 : 404));
			ROW(routes[j].path, !own || strlen(house_field(reply, "Allow")) > 0);
		}
		house_close(&house);
	}
}

static void home(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_DOOR, answer_well, NULL);
	const char *reply = house_ask(&house, "GET", "/", SESSION, "");
	assert_int_equal(house_status(reply), 200);
	assert_true(had_session);
	assert_non_null(strstr(reply, "Hello, Ada &lt;Lovelace&gt;"));
	assert_non_null(strstr(reply, "<dt>E-mail</dt>"));
	assert_string_equal(house_field(reply, "Cache-Control"), "no-store");
	assert_non_null(strstr(house_field(reply, "Content-Security-Policy"), "default-src 'none'"));
	assert_null(strstr(house_field(reply, "Content-Security-Policy"), "unsafe"));
	reply = house_ask(&house, "GET", "/", SESSION "Accept-Language: de\n", "");
	assert_non_null(strstr(reply, "<html lang=\"de\">"));
	assert_non_null(strstr(reply, "Hallo, Ada &lt;Lovelace&gt;"));
	reply = house_ask(&house, "GET", "/", SESSION JSON, "");
	assert_non_null(strstr(reply, "\"csrf\":\"csrf-value\""));
	assert_string_equal(house_field(reply, "Content-Type"), "application/json");
	house_close(&house);
}

static void without_a_session(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_DOOR, hang_up, NULL);
	const char *reply = house_ask(&house, "GET", "/?a=b&c", "", "");
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(house_field(reply, "Location"), "/login?next=%2F%3Fa%3Db%26c");
	reply = house_ask(&house, "GET", "/", JSON, "");
	assert_int_equal(house_status(reply), 401);
	assert_non_null(strstr(reply, "{\"error\":\"sign_in\",\"text\":\""));
	assert_non_null(strstr(reply, "\"trace\":\""));
	/* the cookie of the other scheme, or one that stands there twice, is none */
	assert_int_equal(
	    house_status(house_ask(&house, "GET", "/", "Cookie: __Host-spom=" HOUSE_SESSION "\n", "")), 303);
	assert_int_equal(house_status(house_ask(&house, "GET", "/", "Cookie: spom=a; spom=b\n", "")), 303);
	assert_int_equal(fake_connections(house.authority), 0);
	house_close(&house);
}

static const struct {
	enum refusal refusal;
	int json, page;
	const char *error;
} REFUSALS[] = {
	{ REFUSAL_INTERNAL, 500, 500, "internal" },
	{ REFUSAL_FORBIDDEN, 403, 403, "forbidden" },
	{ REFUSAL_MALFORMED, 400, 400, "malformed" },
	{ REFUSAL_BUSY, 503, 503, "busy" },
	{ REFUSAL_DIRECTORY, 503, 503, "directory_unreachable" },
	{ REFUSAL_STORE, 503, 503, "store_unreachable" },
	{ REFUSAL_SIGN_IN, 401, 303, "sign_in" },
	{ REFUSAL_LEVEL, 403, 403, "level" },
	{ REFUSAL_FORM, 403, 403, "form_expired" },
	{ REFUSAL_NOT_FOUND, 404, 404, "not_found" },
	{ REFUSAL_AUTHORITY, 503, 503, "authority_unreachable" },
	{ REFUSAL_AUDIT, 503, 503, "audit_paused" },
	{ REFUSAL_CLOCK, 503, 503, "clock_doubted" },
	{ REFUSAL_MAIL, 503, 503, "mail_paused" },
	{ REFUSAL_RATE, 429, 429, "too_fast" },
	{ REFUSAL_JUDGE, 503, 503, "judge_unreachable" },
};

static void every_refusal(void **state)
{
	(void)state;
	struct house house;
	char error[64];
	assert_int_equal(COUNT(REFUSALS), wire_enum_refusal.count);
	house_open(&house, ROLE_DOOR, refuse, NULL);
	for (size_t i = 0; i < COUNT(REFUSALS); i++) {
		refusal = REFUSALS[i].refusal;
		snprintf(error, sizeof error, "\"error\":\"%s\"", REFUSALS[i].error);
		const char *reply = house_ask(&house, "GET", "/", SESSION JSON, "");
		ROW(REFUSALS[i].error, house_status(reply) == REFUSALS[i].json);
		ROW(REFUSALS[i].error, strstr(reply, error) != NULL);
		ROW(REFUSALS[i].error, (REFUSALS[i].json == 503 || REFUSALS[i].json == 429) ==
					   (strlen(house_field(reply, "Retry-After")) > 0));
		reply = house_ask(&house, "GET", "/", SESSION, "");
		ROW(REFUSALS[i].error, house_status(reply) == REFUSALS[i].page);
		ROW(REFUSALS[i].error, REFUSALS[i].page == 303 || strstr(reply, "<h1>") != NULL);
		ROW(REFUSALS[i].error, (REFUSALS[i].page == 303) ==
					   (strstr(house_field(reply, "Set-Cookie"), "Max-Age=0") != NULL));
	}
	house_close(&house);
}

/* What works in a moment is asked for again by one click; a form is not sent again behind somebody's back. */
static void once_more(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_DOOR, refuse, NULL);
	refusal = REFUSAL_STORE;
	const char *reply = house_ask(&house, "GET", "/activity?after=50&x=%22%3E", SESSION, "");
	assert_non_null(
	    strstr(reply, "<a class=\"button\" href=\"/activity?after=50&amp;x=%22%3E\">Try again</a>"));
	reply = house_ask(&house, "GET", "//evil.example/", SESSION, "");
	assert_null(strstr(reply, "href=\"//"));
	reply = house_ask(&house, "POST", "/sessions/end-others",
	    SESSION "Origin: " HOUSE_ORIGIN "\nContent-Type: application/x-www-form-urlencoded\n", "csrf=x");
	assert_int_equal(house_status(reply), 503);
	assert_null(strstr(reply, "Try again</a>"));
	assert_non_null(strstr(reply, "Go back and try again"));
	house_close(&house);
}

static void no_authority(void **state)
{
	(void)state;
	static const fake_answer PROGRAMS[] = { NULL, hang_up };
	for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
		struct house house;
		house_open(&house, ROLE_DOOR, PROGRAMS[i], NULL);
		const char *reply = house_ask(&house, "GET", "/", SESSION JSON, "");
		assert_int_equal(house_status(reply), 503);
		assert_non_null(strstr(reply, "\"error\":\"authority_unreachable\""));
		assert_int_equal(house_status(house_ask(&house, "GET", "/login", "", "")), 503);
		house_close(&house);
	}
	struct house house;
	house_open(&house, ROLE_DOOR, answer_nonsense, NULL);
	assert_int_equal(house_status(house_ask(&house, "GET", "/", SESSION, "")), 500);
	house_close(&house);
}

/* A restart between two requests costs nobody anything. */
static void a_restarted_authority(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_DOOR, answer_well, NULL);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(house_status(house_ask(&house, "GET", "/", SESSION, "")), 200);
	assert_int_equal(fake_connections(house.authority), 1);
	fake_drop_all(house.authority);
	assert_int_equal(house_status(house_ask(&house, "GET", "/", SESSION, "")), 200);
	assert_int_equal(fake_connections(house.authority), 2);
	house_close(&house);
}

static void the_wrong_role(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_CHECK, answer_well, NULL);
	house.front.links.end.role = ROLE_BACK;
	assert_int_equal(house_status(house_ask(&house, "GET", "/check", EDGE ORIGINAL JSON, "")), 503);
	house_close(&house);
}

static void logout(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_DOOR, answer_well, NULL);
	const char *reply =
	    house_ask(&house, "POST", "/logout", SESSION FORM, "csrf=csrf-value&session=another");
	assert_int_equal(house_status(reply), 303);
	assert_true(had_session); /* the cookie's, whatever the form said */
	assert_string_equal(house_field(reply, "Location"), "/login?done=signed_out");
	assert_string_equal(
	    house_field(reply, "Set-Cookie"), "spom=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
	reply = house_ask(&house, "POST", "/logout", SESSION JSON "X-CSRF-Token: csrf-value\n", "");
	assert_int_equal(house_status(reply), 200);
	assert_non_null(strstr(reply, "{\"done\":true"));
	assert_int_equal(house_status(house_ask(&house, "POST", "/logout", FORM, "csrf=x")), 303);
	assert_int_equal(house_status(house_ask(&house, "POST", "/logout",
			     SESSION FORM "Sec-Fetch-Site: cross-site\n", "csrf=x")),
	    403);
	assert_int_equal(house_status(house_ask(&house, "POST", "/logout", SESSION FORM, "unknown=x")), 400);
	assert_int_equal(
	    house_status(house_ask(&house, "POST", "/logout", SESSION "Content-Type: text/plain\n", "x")),
	    415);
	house_close(&house);
}

static void health(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_BACK, answer_well, NULL);
	assert_int_equal(house_status(house_ask(&house, "GET", "/health/live", EDGE, "")), 200);
	const char *reply = house_ask(&house, "GET", "/health/ready", EDGE, "");
	assert_int_equal(house_status(reply), 503); /* the clock is not well */
	assert_non_null(strstr(reply, "\"store\":true"));
	assert_int_equal(house_status(house_ask(&house, "GET", "/health/live", "", "")), 403);
	house_close(&house);
}

static void statics(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_DOOR, NULL, NULL);
	for (unsigned i = 0; i < web_n_statics; i++) {
		const char *reply = house_ask(&house, "GET", web_statics[i].path, "", "");
		ROW(web_statics[i].path, house_status(reply) == 200);
		ROW(web_statics[i].path,
		    strcmp(house_field(reply, "Content-Type"), web_statics[i].type) == 0);
		ROW(web_statics[i].path, strstr(house_field(reply, "Cache-Control"), "immutable") != NULL);
	}
	const char *reply = house_ask(&house, "GET", text_str(house.front.dress->theme_path), "", "");
	assert_non_null(strstr(reply, "--accent:#1d4f91"));
	assert_int_equal(house_status(house_ask(&house, "GET", "/static/portal.css", "", "")), 404);
	assert_int_equal(house_status(house_ask(&house, "GET", "/static/../main.c", "", "")), 404);
	assert_int_equal(house_status(house_ask(&house, "GET", "/static/", JSON, "")), 404);
	house_close(&house);
}

static const struct {
	const char *to;
	bool own;
} PLACES[] = {
	{ "/", true },
	{ "/a?b=c", true },
	{ HOUSE_ORIGIN, true },
	{ HOUSE_ORIGIN "/x", true },
	{ HOUSE_ORIGIN_HTTPS "/x", true },
	{ "", false },
	{ "a", false },
	{ "//evil.example", false },
	{ "/\\evil.example", false },
	{ "/a\\b", false },
	{ "https://evil.example/", false },
	{ HOUSE_ORIGIN ".evil.example/", false },
	{ HOUSE_ORIGIN "@evil.example/", false },
	{ HOUSE_ORIGIN "//evil.example/", false },
	{ "javascript:alert(1)", false },
};

static void places(void **state)
{
	(void)state;
	struct house house;
	house_open(&house, ROLE_DOOR, NULL, NULL);
	for (size_t i = 0; i < COUNT(PLACES); i++)
		ROW(PLACES[i].to, show_may_lead_to(&house.front, text_of(PLACES[i].to)) == PLACES[i].own);
	assert_false(show_may_lead_to(&house.front, (struct text){ NULL, 0 }));
	house_close(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instance_and_method),
		cmocka_unit_test(home),
		cmocka_unit_test(without_a_session),
		cmocka_unit_test(every_refusal),
		cmocka_unit_test(once_more),
		cmocka_unit_test(no_authority),
		cmocka_unit_test(a_restarted_authority),
		cmocka_unit_test(the_wrong_role),
		cmocka_unit_test(logout),
		cmocka_unit_test(health),
		cmocka_unit_test(statics),
		cmocka_unit_test(places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
