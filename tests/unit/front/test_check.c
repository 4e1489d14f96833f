/* Forward-auth as front does it: what the edge and the browser are told for each word of the authority. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "front/house.h"

#define JSON "Accept: application/json\n"
#define EDGE "X-SPOM-Edge: " HOUSE_EDGE "\nX-SPOM-Origin: " HOUSE_ORIGIN "\n"
#define WANTS "X-Original-URL: " HOUSE_APP "/x?y=1\n"
#define SESSION "Cookie: spom=" HOUSE_SESSION "\n"

static struct msg_check_verdict verdict;
static struct msg_metrics_page figures;
static enum refusal refusal;
static struct {
	char origin[64], portal[64], session[64], application[64], nonce[64], ticket[64], to[64], next[64],
	    address[64];
} told;

static void note(char to[64], struct text value)
{
	snprintf(to, 64, "%s", text_str(value));
}

static void note_secret(char to[64], struct secret value)
{
	snprintf(to, 64, "%.*s", (int)value.len, value.at != NULL ? (const char *)value.at : "");
}

static bool answer(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	static const struct msg_handed_over handed = { { HOUSE_APP, sizeof HOUSE_APP - 1 },
		{ (unsigned char *)(uintptr_t) "TICKET", 6 } };
	memset(&told, 0, sizeof told);
	if (refusal != 0) {
		struct msg_refused *refused = arena_alloc(arena, sizeof *refused);
		refused->reason = refusal;
		*answer_r = WIRE(refused, refused);
	} else if (ask.msg->tag == TAG_check) {
		const struct msg_check *check = ask.at;
		note(told.origin, check->origin);
		note(told.portal, check->portal);
		note_secret(told.session, check->session);
		note_secret(told.application, check->application);
		note_secret(told.nonce, check->nonce);
		note_secret(told.ticket, check->ticket);
		*answer_r = WIRE(check_verdict, &verdict);
	} else if (ask.msg->tag == TAG_hand_over) {
		note(told.to, ((const struct msg_hand_over *)ask.at)->to);
		note(told.next, ((const struct msg_hand_over *)ask.at)->next);
		*answer_r =
		    verdict.label.at != NULL ? WIRE(check_verdict, &verdict) : WIRE(handed_over, &handed);
	} else if (ask.msg->tag == TAG_metrics) {
		note(told.address, ((const struct msg_metrics *)ask.at)->address);
		*answer_r = WIRE(metrics_page, &figures);
	} else {
		return false;
	}
	return true;
}

static struct house house;

static int open_check(void **state)
{
	(void)state;
	refusal = 0;
	verdict = (struct msg_check_verdict){ .outcome = CHECK_SIGN_IN,
		.portal = TEXT_LITERAL(HOUSE_ORIGIN),
		.nonce = { (unsigned char *)(uintptr_t) "NONCE", 5 },
		.challenge = TEXT_LITERAL("HASH") };
	house_open(&house, ROLE_CHECK, answer, NULL);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static const char *get(const char *path, const char *lines)
{
	return house_ask(&house, "GET", path, lines, "");
}

static void who_it_is(void **state)
{
	(void)state;
	verdict = (struct msg_check_verdict){ .outcome = CHECK_ALLOWED,
		.user = TEXT_LITERAL("ada"),
		.name = TEXT_LITERAL("Ada Löwe"),
		.groups = TEXT_LITERAL("a,b%2Cc"),
		.amr = TEXT_LITERAL("pwd otp") };
	const char *reply =
	    get("/check", EDGE WANTS "Cookie: spom=S; spom_app=A; spom_nonce=N; __Host-spom=no\n");
	assert_int_equal(house_status(reply), 200);
	assert_string_equal(told.origin, HOUSE_APP);
	assert_string_equal(told.portal, HOUSE_ORIGIN);
	assert_string_equal(told.session, "S");
	assert_string_equal(told.application, "A");
	assert_string_equal(told.nonce, "N");
	assert_string_equal(told.ticket, "");
	assert_string_equal(house_field(reply, "Remote-User"), "ada");
	assert_string_equal(house_field(reply, "Remote-Name"), "Ada Löwe");
	assert_string_equal(house_field(reply, "Remote-Groups"), "a,b%2Cc");
	assert_string_equal(house_field(reply, "Remote-AMR"), "pwd otp");
	assert_string_equal(house_field(reply, "Remote-Email"), "");
	(void)get("/check", EDGE "X-Original-URL: https://app.localhost:443/\n"
				 "Cookie: __Host-spom=S; __Host-spom_app=A; spom_app=no\n");
	assert_string_equal(told.origin, "https://app.localhost");
	assert_string_equal(told.session, "S"); /* named by the address, whatever the portal's scheme is */
	assert_string_equal(told.application, "A");
}

static void the_way_in(void **state)
{
	static const char TO[] =
	    HOUSE_ORIGIN "/hand-over?to=http%3A%2F%2Fapp.localhost%3A8080&nonce=HASH&next=%2Fx%3Fy%3D1";
	static const char COOKIE[] = "spom_nonce=NONCE; Path=/; HttpOnly; SameSite=Lax; Max-Age=600";
	static const struct {
		const char *name, *path, *lines;
		int status;
		bool leads;
	} ROWS[] = {
		{ "to the edge", "/check", EDGE WANTS, 401, true },
		{ "to the browser", "/check/page", EDGE WANTS, 303, true },
		{ "HEAD", "/check", EDGE WANTS "X-Original-Method: HEAD\n", 401, true },
		{ "a navigation", "/check", EDGE WANTS "Sec-Fetch-Mode: navigate\n", 401, true },
		{ "POST", "/check", EDGE WANTS "X-Original-Method: POST\n", 401, false },
		{ "POST to the browser", "/check/page", EDGE WANTS "X-Original-Method: POST\n", 401, false },
		{ "a script", "/check", EDGE WANTS JSON, 401, false },
		{ "a script's page", "/check/page", EDGE WANTS JSON, 401, false },
		{ "a picture", "/check", EDGE WANTS "Sec-Fetch-Mode: no-cors\n", 401, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const char *reply = get(ROWS[i].path, ROWS[i].lines);
		ROW(ROWS[i].name, house_status(reply) == ROWS[i].status);
		ROW(ROWS[i].name, strcmp(house_field(reply, "Location"), ROWS[i].leads ? TO : "") == 0);
		ROW(ROWS[i].name, strcmp(house_field(reply, "Set-Cookie"), ROWS[i].leads ? COOKIE : "") == 0);
	}
	const char *reply = get("/check", EDGE "X-Original-URL: " HOUSE_APP "//evil.example\n");
	assert_non_null(strstr(house_field(reply, "Location"), "&next=%2F"));
	assert_null(strstr(house_field(reply, "Location"), "evil"));
	verdict.challenge = (struct text){ NULL, 0 };
	verdict.nonce = (struct secret){ NULL, 0 };
	reply = get("/check", EDGE "X-Original-URL: " HOUSE_ORIGIN "/\n");
	assert_string_equal(house_field(reply, "Location"), HOUSE_ORIGIN "/login");
	assert_string_equal(house_field(reply, "Set-Cookie"), "");
}

static void an_edge_that_says_nothing(void **state)
{
	static const char *const ROWS[] = {
		"",
		WANTS,
		"X-SPOM-Edge: the edge's own secreT\nX-SPOM-Origin: " HOUSE_ORIGIN "\n" WANTS,
		"X-SPOM-Edge: \nX-SPOM-Origin: " HOUSE_ORIGIN "\n" WANTS,
		"X-SPOM-Edge: " HOUSE_EDGE "\n" WANTS,
		"X-SPOM-Edge: " HOUSE_EDGE "\nX-SPOM-Origin: https://evil.example\n" WANTS,
		EDGE,
		EDGE "X-Original-URL: nonsense\n",
		EDGE "X-Original-URL: http://a@app.localhost/\n",
	};
	(void)state;
	verdict.outcome = CHECK_ALLOWED;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		ROW(ROWS[i], house_status(get("/check", ROWS[i])) == 403);
		ROW(ROWS[i], house_status(get("/check/page", ROWS[i])) == 403);
		ROW(ROWS[i], house_status(get("/-/spom/ticket?t=T", ROWS[i])) == 403);
	}
	assert_int_equal(house_status(house_ask(&house, "GET", "/check", EDGE WANTS, "x")), 413);
}

static void who_may_not(void **state)
{
	(void)state;
	verdict = (struct msg_check_verdict){ .label = TEXT_LITERAL("Wiki <1>"),
		.rule = TEXT_LITERAL("wiki.groups") };
	const char *reply = get("/check", EDGE WANTS);
	assert_int_equal(house_status(reply), 403);
	assert_string_equal(house_field(reply, "Location"), "");
	reply = get("/check/page", EDGE WANTS);
	assert_int_equal(house_status(reply), 403);
	assert_non_null(strstr(reply, "Wiki &lt;1&gt; is open to members"));
	assert_non_null(strstr(reply, "wiki.groups"));
	assert_non_null(strstr(reply, "href=\"" HOUSE_ORIGIN "\""));
	reply = get("/check/page", EDGE WANTS JSON);
	assert_int_equal(house_status(reply), 403);
	assert_non_null(strstr(reply, "{\"error\":\"forbidden_application\",\"text\":\"Wiki "));
	assert_non_null(strstr(reply, "\"rule\":\"wiki.groups\""));
	verdict.outcome = CHECK_LEVEL;
	reply = get("/check", EDGE WANTS JSON);
	assert_int_equal(house_status(reply), 401);
	assert_non_null(strstr(reply, "\"error\":\"level_application\""));
	assert_string_equal(house_field(reply, "Location"), "");
}

/* Somebody is there and is to prove more: a page leads to where that can be done, a script is told. */
static void more_is_to_be_proved(void **state)
{
	static const struct {
		enum check_outcome outcome;
		const char *error;
	} ROWS[] = { { CHECK_LEVEL, "level_application" }, { CHECK_ANEW, "anew_application" } };
	static const struct {
		const char *path;
		int status;
	} PATHS[] = { { "/check", 401 }, { "/check/page", 303 }, { "/check/forward", 303 } };
	(void)state;
	verdict.label = TEXT_LITERAL("Wiki");
	verdict.rule = TEXT_LITERAL("wiki.rule");
	for (size_t i = 0; i < COUNT(ROWS) * COUNT(PATHS); i++) {
		const char *path = PATHS[i / COUNT(ROWS)].path, *error = ROWS[i % COUNT(ROWS)].error;
		verdict.outcome = ROWS[i % COUNT(ROWS)].outcome;
		const char *reply = get(path, EDGE WANTS);
		ROW(path, house_status(reply) == PATHS[i / COUNT(ROWS)].status);
		ROW(path, strstr(house_field(reply, "Location"), "/hand-over?to=") != NULL);
		ROW(path, house_field(reply, "Remote-User")[0] == '\0');
		reply = get(path, EDGE WANTS JSON);
		ROW(path, house_status(reply) == 401 && house_field(reply, "Location")[0] == '\0');
		ROW(path, strstr(reply, error) != NULL && strstr(reply, "\"rule\":\"wiki.rule\"") != NULL);
	}
}

#define PARTS(uri) \
	EDGE "X-Forwarded-Proto: http\nX-Forwarded-Host: app.localhost:8080\nX-Forwarded-Uri: " uri "\n"

/* An edge that names the parts of the address, and lets the browser have what is no yes. */
static void all_in_one(void **state)
{
	(void)state;
	const char *reply = get("/check/forward", PARTS("/x?y=1"));
	assert_int_equal(house_status(reply), 303);
	assert_non_null(strstr(house_field(reply, "Location"), "&next=%2Fx%3Fy%3D1"));
	assert_int_equal(house_status(get("/check/forward", PARTS("/x") "X-Forwarded-Method: POST\n")), 401);
	assert_int_equal(house_status(get("/check/forward", PARTS("/x") WANTS)), 403); /* both */
	assert_int_equal(house_status(get("/check/forward", PARTS("/x") PARTS("/y"))), 400);
	assert_int_equal(house_status(get("/check/forward", "X-Forwarded-Proto: http\n"
							    "X-Forwarded-Host: app.localhost:8080\n"
							    "X-Forwarded-Uri: /\n")),
	    403);
	assert_int_equal(house_status(get("/check/forward", PARTS("/-/spom/x"))), 404);
	assert_int_equal(house_status(get("/check/forward", PARTS("/-/spom/ticket"))), 404);
	assert_int_equal(house_status(get("/check/forward", PARTS("/%2d/spom/ticket?t=T"))), 403);
	verdict = (struct msg_check_verdict){ .outcome = CHECK_ALLOWED,
		.user = TEXT_LITERAL("ada"),
		.token = { (unsigned char *)(uintptr_t) "a.b.c", 5 } };
	reply = get("/check/forward", PARTS("/x"));
	assert_int_equal(house_status(reply), 200);
	assert_string_equal(house_field(reply, "Remote-User"), "ada");
	assert_string_equal(house_field(reply, "Remote-JWT"), "a.b.c");
	verdict = (struct msg_check_verdict){ .outcome = CHECK_OPENED,
		.application = { (unsigned char *)(uintptr_t) "APP", 3 },
		.next = TEXT_LITERAL("/x?y=1") };
	reply = get("/check/forward", PARTS("/-/spom/ticket?t=T") "Cookie: spom_nonce=N\n");
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(told.ticket, "T");
	assert_string_equal(told.nonce, "N");
	assert_string_equal(house_field(reply, "Location"), HOUSE_APP "/x?y=1");
	assert_non_null(strstr(house_field(reply, "Set-Cookie"), "spom_app=APP;"));
}

static void a_neighbour_is_gone(void **state)
{
	static const enum refusal ROWS[] = { REFUSAL_STORE, REFUSAL_DIRECTORY, REFUSAL_BUSY };
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		refusal = ROWS[i];
		assert_int_equal(house_status(get("/check", EDGE WANTS)), 503);
		assert_int_equal(house_status(get("/check/page", EDGE WANTS)), 503);
		assert_int_equal(house_status(get("/-/spom/ticket?t=T", EDGE WANTS)), 503);
	}
}

static void somebody_signed_in_meanwhile(void **state)
{
	(void)state;
	verdict = (struct msg_check_verdict){ .outcome = CHECK_ALLOWED, .user = TEXT_LITERAL("ada") };
	const char *reply = get("/check/page", EDGE WANTS);
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(house_field(reply, "Location"), HOUSE_APP "/x?y=1");
	reply = get("/check/page", EDGE WANTS "X-Original-Method: POST\n");
	assert_int_equal(house_status(reply), 503);
	assert_string_equal(house_field(reply, "Remote-User"), "");
}

static void a_ticket(void **state)
{
	(void)state;
	verdict = (struct msg_check_verdict){ .outcome = CHECK_OPENED,
		.application = { (unsigned char *)(uintptr_t) "APP", 3 },
		.next = TEXT_LITERAL("/x?y=1") };
	const char *reply = get("/-/spom/ticket?t=T", EDGE WANTS "Cookie: spom_nonce=N\n");
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(told.ticket, "T");
	assert_string_equal(told.nonce, "N");
	assert_string_equal(house_field(reply, "Location"), HOUSE_APP "/x?y=1");
	assert_string_equal(house_field(reply, "Set-Cookie"), "spom_app=APP; Path=/; HttpOnly; SameSite=Lax");
	reply = get("/-/spom/ticket?t=T", EDGE "X-Original-URL: https://app.localhost/\n");
	assert_string_equal(house_field(reply, "Location"), "https://app.localhost/x?y=1");
	assert_string_equal(
	    house_field(reply, "Set-Cookie"), "__Host-spom_app=APP; Path=/; HttpOnly; SameSite=Lax; Secure");
	verdict.next = TEXT_LITERAL("//evil.example");
	reply = get("/-/spom/ticket?t=T", EDGE WANTS);
	assert_string_equal(house_field(reply, "Location"), HOUSE_APP "/");
	static const char *const BAD[] = { "/-/spom/ticket", "/-/spom/ticket?t=", "/-/spom/ticket?t=a&t=b",
		"/-/spom/ticket?t=%00", "/-/spom/ticket?t=%zz", "/-/spom/ticket?x=T",
		"/-/spom/ticket?t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	for (size_t i = 0; i < COUNT(BAD); i++)
		ROW(BAD[i], house_status(get(BAD[i], EDGE WANTS)) == 400);
	reply = get("/-/spom/ticket?t=T", EDGE WANTS "X-Original-Method: POST\n");
	assert_int_equal(house_status(reply), 400);
	verdict = (struct msg_check_verdict){ .outcome = CHECK_STALE };
	reply = get("/-/spom/ticket?t=T", EDGE WANTS);
	assert_int_equal(house_status(reply), 403);
	assert_string_equal(house_field(reply, "Set-Cookie"), "");
	assert_non_null(strstr(reply, "Please open the application again"));
	verdict =
	    (struct msg_check_verdict){ .outcome = CHECK_SIGN_IN, .portal = TEXT_LITERAL(HOUSE_ORIGIN) };
	reply = get("/-/spom/ticket?t=T", EDGE WANTS JSON); /* the portal itself takes no tickets */
	assert_int_equal(house_status(reply), 403);
	assert_non_null(strstr(reply, "\"error\":\"address_refused\""));
}

static int open_door(void **state)
{
	(void)open_check(state);
	house_close(&house);
	verdict = (struct msg_check_verdict){ 0 };
	house_open(&house, ROLE_DOOR, answer, NULL);
	return 0;
}

static void hand_over(void **state)
{
	static const char WAY[] =
	    "/hand-over?to=http%3A%2F%2Fapp.localhost%3A8080&nonce=HASH&next=%2Fx%3Fy%3D1";
	(void)state;
	const char *reply = get(WAY, SESSION);
	assert_int_equal(house_status(reply), 303);
	assert_string_equal(house_field(reply, "Location"), HOUSE_APP "/-/spom/ticket?t=TICKET");
	assert_string_equal(told.to, HOUSE_APP);
	assert_string_equal(told.next, "/x?y=1");
	reply = get(WAY, "");
	assert_int_equal(house_status(reply), 303);
	assert_non_null(
	    strstr(house_field(reply, "Location"), "/login?next=%2Fhand-over%3Fto%3Dhttp%253A%252F%252Fapp"));
	verdict.label = TEXT_LITERAL("Wiki");
	verdict.rule = TEXT_LITERAL("wiki.groups");
	assert_int_equal(house_status(get(WAY, SESSION JSON)), 403);
	refusal = REFUSAL_FORBIDDEN;
	assert_int_equal(house_status(get(WAY, SESSION)), 403);
	static const char *const BAD[] = { "/hand-over", "/hand-over?to=x", "/hand-over?nonce=x",
		"/hand-over?to=&nonce=x", "/hand-over?to=x&nonce=", "/hand-over?to=a&to=b&nonce=x",
		"/hand-over?to=x&nonce=x&next=%00", "/hand-over?to=x&nonce=x&next=%0a",
		"/hand-over?to=x&nonce=%ff" };
	for (size_t i = 0; i < COUNT(BAD); i++)
		ROW(BAD[i], house_status(get(BAD[i], SESSION)) == 400);
}

static void an_edge_astray(void **state)
{
	(void)state;
	assert_int_equal(
	    house_status(get("/login", "X-SPOM-Edge: " HOUSE_EDGE "\nX-SPOM-Origin: https://evil.example\n")),
	    403);
	assert_int_equal(house_status(get("/login", "X-SPOM-Edge: " HOUSE_EDGE "\n")), 403);
	const char *policy = strstr(house.front.dress->policy, "; form-action 'self' ");
	const char *app = strstr(policy, " " HOUSE_APP);
	assert_non_null(app);
	assert_string_equal(app, " " HOUSE_APP); /* the last one */
}

static int open_back(void **state)
{
	(void)open_check(state);
	house_close(&house);
	house_open(&house, ROLE_BACK, answer, NULL);
	return 0;
}

static void metrics(void **state)
{
	static const struct msg_metric_row ROWS[] = {
		{ { "spom_up", 7 }, { "neighbour=\"store\"", 17 }, { "Whether.", 8 }, true, 1 },
		{ { "spom_up", 7 }, { "neighbour=\"audit\"", 17 }, { "Whether.", 8 }, true, 0 },
		{ { "spom_x_total", 12 }, { NULL, 0 }, { "Events.", 7 }, false, 12345678901 },
	};
	(void)state;
	figures.rows.at = ROWS;
	figures.rows.n = COUNT(ROWS);
	const char *reply = get("/metrics", EDGE "X-Forwarded-For: 192.0.2.7\n");
	assert_int_equal(house_status(reply), 200);
	assert_string_equal(told.address, "192.0.2.7");
	assert_string_equal(house_field(reply, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(strstr(reply, "\r\n\r\n") + 4,
	    "# HELP spom_up Whether.\n# TYPE spom_up gauge\n"
	    "spom_up{neighbour=\"store\"} 1\nspom_up{neighbour=\"audit\"} 0\n"
	    "# HELP spom_x_total Events.\n# TYPE spom_x_total counter\n"
	    "spom_x_total 12345678901\n");
	refusal = REFUSAL_NOT_FOUND;
	assert_int_equal(house_status(get("/metrics", EDGE)), 404);
	assert_int_equal(house_status(get("/metrics", "X-Forwarded-For: 127.0.0.1\n")), 403);
}

#define ON_CHECK(test) cmocka_unit_test_setup_teardown(test, open_check, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK(who_it_is),
		ON_CHECK(the_way_in),
		ON_CHECK(an_edge_that_says_nothing),
		ON_CHECK(who_may_not),
		ON_CHECK(more_is_to_be_proved),
		ON_CHECK(all_in_one),
		ON_CHECK(a_neighbour_is_gone),
		ON_CHECK(somebody_signed_in_meanwhile),
		ON_CHECK(a_ticket),
		cmocka_unit_test_setup_teardown(hand_over, open_door, close_house),
		cmocka_unit_test_setup_teardown(an_edge_astray, open_door, close_house),
		cmocka_unit_test_setup_teardown(metrics, open_back, close_house),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
