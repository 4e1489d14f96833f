/* The syntax of OAuth 2.0: what front makes of a request, and of an answer, between a fake authority and the text on the wire. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "base/enc.h"
#include "front/house.h"

static struct house house;
static struct {
	char client_id[200], redirect_uri[600], scope[200], state[200], asked[200], secret[200], code[200],
	    token[200];
	enum client_auth auth;
	bool has_request, asked_authority;
} seen;
static struct wire_any reply;

static bool authority(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	(void)arena;
	seen.asked_authority = true;
	if (ask.msg->tag == TAG_oidc_authorize) {
		const struct msg_oidc_authorize *wanted = ask.at;
		NOTE(seen.client_id, wanted->client_id);
		NOTE(seen.redirect_uri, wanted->redirect_uri);
		NOTE(seen.scope, wanted->scope);
		NOTE(seen.state, wanted->state);
		NOTE(seen.asked, wanted->asked);
		seen.has_request = wanted->has_request;
	} else if (ask.msg->tag == TAG_oidc_token) {
		const struct msg_oidc_token *wanted = ask.at;
		NOTE(seen.client_id, wanted->client->client_id);
		NOTE(seen.secret, wanted->client->client_secret);
		NOTE(seen.code, wanted->code);
		seen.auth = wanted->client->auth;
	} else if (ask.msg->tag == TAG_oidc_userinfo) {
		NOTE(seen.token, ((const struct msg_oidc_userinfo *)ask.at)->access_token);
	}
	*answer_r = reply;
	return true;
}

static const char *ask(
    enum role instance, const char *method, const char *uri, const char *lines, const char *body)
{
	memset(&seen, 0, sizeof seen);
	house.front.instance = instance;
	return house_ask(&house, method, uri, lines, body);
}

static int begin(void **state)
{
	(void)state;
	house_open(&house, ROLE_DOOR, authority, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

#define CALLBACK "https://app.example.edu/cb"
#define AUTHORIZE \
	"/oidc/" \
	"authorize?client_id=a&redirect_uri=https%3A%2F%2Fapp.example.edu%2Fcb&scope=openid+email&state=%" \
	"22x%22"

static void request(void **state)
{
	(void)state;
	static const struct msg_oidc_sign_in SIGN_IN = { .asked = TEXT_LITERAL("1.mark") };
	reply = WIRE(oidc_sign_in, &SIGN_IN);
	const char *text =
	    ask(ROLE_DOOR, "GET", AUTHORIZE "&unheard=of&nonce=&request=x&asked=mine&session=theirs", "", "");
	assert_int_equal(house_status(text), 303);
	assert_string_equal(seen.client_id, "a");
	assert_string_equal(seen.redirect_uri, CALLBACK);
	assert_string_equal(seen.scope, "openid email");
	assert_string_equal(seen.state, "\"x\"");
	assert_string_equal(seen.asked, "");
	assert_true(seen.has_request);
	text = ask(ROLE_DOOR, "GET", AUTHORIZE "&spom_asked=0.old&prompt=login", "", "");
	assert_string_equal(seen.asked, "0.old");
	assert_non_null(strstr(house_field(text, "Location"), "%26spom_asked%3D1.mark"));
	assert_null(strstr(house_field(text, "Location"), "0.old"));
}

static const struct {
	const char *name, *uri;
} BAD_REQUESTS[] = {
	{ "twice", AUTHORIZE "&state=y" },
	{ "our mark twice", AUTHORIZE "&spom_asked=a&spom_asked=b" },
	{ "a control character", AUTHORIZE "&nonce=%0a" },
	{ "no UTF-8", AUTHORIZE "&nonce=%ff" },
};

static void bad_requests(void **state)
{
	(void)state;
	char longer[3000] = AUTHORIZE "&code_challenge=";
	memset(longer + strlen(longer), 'x', 200);
	for (size_t i = 0; i < COUNT(BAD_REQUESTS); i++) {
		ROW(BAD_REQUESTS[i].name,
		    house_status(ask(ROLE_DOOR, "GET", BAD_REQUESTS[i].uri, "", "")) == 400);
		ROW(BAD_REQUESTS[i].name, !seen.asked_authority);
	}
	assert_int_equal(house_status(ask(ROLE_DOOR, "GET", longer, "", "")), 413);
}

static struct msg_oidc_redirect answer_of(const char *uri, enum response_mode mode, const char *code)
{
	return (struct msg_oidc_redirect){
		.redirect_uri = text_of(uri),
		.mode = mode,
		.code = code != NULL ? house_secret(code) : (struct secret){ NULL, 0 },
		.error = OAUTH_LOGIN_REQUIRED,
		.error_description =
		    code == NULL ? TEXT_LITERAL("nobody is there") : (struct text){ NULL, 0 },
		.state = TEXT_LITERAL("a&b=\"c\""),
		.iss = TEXT_LITERAL(HOUSE_ORIGIN),
	};
}

#define REST "&state=a%26b%3D%22c%22&iss=http%3A%2F%2Flocalhost%3A8080"

static const struct {
	const char *uri;
	enum response_mode mode;
	const char *code, *location;
} REDIRECTS[] = {
	{ CALLBACK, RESPONSE_QUERY, "kode", CALLBACK "?code=kode" REST },
	{ CALLBACK "?a=1", RESPONSE_QUERY, "kode", CALLBACK "?a=1&code=kode" REST },
	{ CALLBACK "?a=1", RESPONSE_FRAGMENT, "kode", CALLBACK "?a=1#code=kode" REST },
	{ CALLBACK, RESPONSE_QUERY, NULL,
	    CALLBACK "?error=login_required&error_description=nobody%20is%20there" REST },
	{ "org.example.app:/cb", RESPONSE_QUERY, "kode", "org.example.app:/cb?code=kode" REST },
};

static void redirects(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(REDIRECTS); i++) {
		struct msg_oidc_redirect answer =
		    answer_of(REDIRECTS[i].uri, REDIRECTS[i].mode, REDIRECTS[i].code);
		reply = WIRE(oidc_redirect, &answer);
		const char *text = ask(ROLE_DOOR, "GET", AUTHORIZE, "", "");
		ROW(REDIRECTS[i].location, house_status(text) == 303);
		ROW(REDIRECTS[i].location, strcmp(house_field(text, "Location"), REDIRECTS[i].location) == 0);
		text = ask(ROLE_DOOR, "GET", AUTHORIZE "&spom_asked=1.x", "", "");
		ROW(REDIRECTS[i].location, house_status(text) == 200);
		ROW(REDIRECTS[i].location,
		    strcmp(house_field(text, "Refresh") + 6, REDIRECTS[i].location) == 0);
		ROW(REDIRECTS[i].location, strcmp(house_field(text, "Location"), "") == 0);
	}
}

static void by_form(void **state)
{
	(void)state;
	struct msg_oidc_redirect answer = answer_of(CALLBACK, RESPONSE_FORM_POST, "kode");
	reply = WIRE(oidc_redirect, &answer);
	const char *text = ask(ROLE_DOOR, "GET", AUTHORIZE, "", "");
	assert_int_equal(house_status(text), 200);
	assert_non_null(strstr(text, "action=\"" CALLBACK "\""));
	assert_non_null(strstr(text, "name=\"state\" value=\"a&amp;b=&quot;c&quot;\""));
	const char *policy = strstr(text, "form-action");
	assert_non_null(policy);
	assert_non_null(strstr(policy, " https://app.example.edu\r\n"));
	assert_string_equal(house_field(text, "Refresh"), "");
}

#define FORM "Content-Type: application/x-www-form-urlencoded\nX-SPOM-Edge: " HOUSE_EDGE "\n"

static const struct {
	const char *name, *authorization, *body, *client_id, *secret;
	enum client_auth auth;
	int status;
} CLIENTS[] = {
	{ "nobody", "", "code=c", "", "", CLIENT_AUTH_NONE, 200 },
	{ "public", "", "client_id=a&code=c", "a", "", CLIENT_AUTH_NONE, 200 },
	{ "post", "", "client_id=a&client_secret=s%26", "a", "s&", CLIENT_AUTH_POST, 200 },
	{ "basic", "Authorization: Basic YTpz\n", "code=c", "a", "s", CLIENT_AUTH_BASIC, 200 },
	{ "basic, escaped", "Authorization: bAsIc YSUzQTpzKzE=\n", "", "a:", "s 1", CLIENT_AUTH_BASIC, 200 },
	{ "basic, a colon in the secret", "Authorization: Basic YTpzOnQ=\n", "", "a", "s:t",
	    CLIENT_AUTH_BASIC, 200 },
	{ "basic and its name", "Authorization: Basic YTpz\n", "client_id=a", "a", "s", CLIENT_AUTH_BASIC,
	    200 },
	{ "basic and post", "Authorization: Basic YTpz\n", "client_id=a&client_secret=s", "a", "s",
	    CLIENT_AUTH_BOTH, 200 },
	{ "basic and another's name", "Authorization: Basic YTpz\n", "client_id=b", "", "", CLIENT_AUTH_NONE,
	    401 },
	{ "basic without a colon", "Authorization: Basic YQ==\n", "", "", "", CLIENT_AUTH_NONE, 401 },
	{ "basic without padding", "Authorization: Basic YTpzMQ\n", "", "", "", CLIENT_AUTH_NONE, 401 },
	{ "basic of nothing", "Authorization: Basic \n", "", "", "", CLIENT_AUTH_NONE, 401 },
	{ "basic with a NUL", "Authorization: Basic YQA6cw==\n", "", "", "", CLIENT_AUTH_NONE, 401 },
	{ "another scheme", "Authorization: Bearer x\n", "", "", "", CLIENT_AUTH_NONE, 401 },
	{ "a parameter twice", "", "code=a&code=b", "", "", CLIENT_AUTH_NONE, 400 },
};

static void clients(void **state)
{
	(void)state;
	static const struct msg_oidc_tokens TOKENS = {
		.access_token = { (unsigned char *)"t", 1 },
		.token_type = TEXT_LITERAL("Bearer"),
		.expires_in = 60,
		.id_token = { (unsigned char *)"i", 1 },
		.scope = TEXT_LITERAL("openid"),
	};
	reply = WIRE(oidc_tokens, &TOKENS);
	for (size_t i = 0; i < COUNT(CLIENTS); i++) {
		char lines[300];
		snprintf(lines, sizeof lines, "%s%s", FORM, CLIENTS[i].authorization);
		const char *text = ask(ROLE_BACK, "POST", "/oidc/token", lines, CLIENTS[i].body);
		ROW(CLIENTS[i].name, house_status(text) == CLIENTS[i].status);
		ROW(CLIENTS[i].name, seen.auth == CLIENTS[i].auth);
		ROW(CLIENTS[i].name, strcmp(seen.client_id, CLIENTS[i].client_id) == 0);
		ROW(CLIENTS[i].name, strcmp(seen.secret, CLIENTS[i].secret) == 0);
		ROW(CLIENTS[i].name, seen.asked_authority == (CLIENTS[i].status == 200));
	}
	const char *text = ask(ROLE_BACK, "POST", "/oidc/token", FORM, "");
	assert_non_null(strstr(text, "{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"expires_in\":60,"));
	assert_int_equal(
	    house_status(ask(ROLE_BACK, "POST", "/oidc/token", "X-SPOM-Edge: " HOUSE_EDGE "\n", "code=c")),
	    400);
	assert_int_equal(house_status(ask(ROLE_BACK, "POST", "/oidc/token",
			     "Content-Type: application/x-www-form-urlencoded\n", "code=c")),
	    403);
}

static const struct {
	enum oauth_error error;
	int status;
} ERRORS[] = {
	{ OAUTH_INVALID_GRANT, 400 },
	{ OAUTH_INVALID_CLIENT, 401 },
	{ OAUTH_INVALID_TOKEN, 401 },
	{ OAUTH_INSUFFICIENT_SCOPE, 403 },
	{ OAUTH_SERVER_ERROR, 500 },
	{ OAUTH_TEMPORARILY_UNAVAILABLE, 503 },
};

static void errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ERRORS); i++) {
		struct msg_oidc_error error = { ERRORS[i].error, TEXT_LITERAL("why") };
		const char *name = WIRE_ENUM_TEXT(oauth_error, ERRORS[i].error);
		reply = WIRE(oidc_error, &error);
		const char *text = ask(ROLE_BACK, "POST", "/oidc/token", FORM, "");
		ROW(name, house_status(text) == ERRORS[i].status);
		ROW(name,
		    strstr(text, name) != NULL && strstr(text, "\"error_description\":\"why\"") != NULL);
		ROW(name, strcmp(house_field(text, "Cache-Control"), "no-store") == 0);
		ROW(name, (house_field(text, "WWW-Authenticate")[0] != '\0') ==
			      (ERRORS[i].status == 401 || ERRORS[i].status == 403));
	}
}

static const struct {
	enum refusal refusal;
	const char *error, *what;
} REFUSALS[] = {
	{ REFUSAL_INTERNAL, "server_error", "internal" },
	{ REFUSAL_STORE, "temporarily_unavailable", "store_unreachable" },
	{ REFUSAL_DIRECTORY, "temporarily_unavailable", "directory_unreachable" },
	{ REFUSAL_JUDGE, "temporarily_unavailable", "judge_unreachable" },
	{ REFUSAL_BUSY, "temporarily_unavailable", "busy" },
	{ REFUSAL_RATE, "temporarily_unavailable", "too_fast" },
	{ REFUSAL_AUDIT, "temporarily_unavailable", "audit_paused" },
	{ REFUSAL_FORBIDDEN, "access_denied", "forbidden" },
	{ REFUSAL_MALFORMED, "invalid_request", "malformed" },
};

/* What is no answer at all: by the words of the specifications, and by our own where a page is shown. */
static void refusals(void **state)
{
	(void)state;
	char error[64], what[64];
	for (size_t i = 0; i < COUNT(REFUSALS); i++) {
		const struct msg_refused refused = { .reason = REFUSALS[i].refusal,
			.text = TEXT_LITERAL("x") };
		reply = WIRE(refused, &refused);
		snprintf(error, sizeof error, "{\"error\":\"%s\",", REFUSALS[i].error);
		snprintf(what, sizeof what, "\"error_description\":\"%s\",\"text\":", REFUSALS[i].what);
		const char *text = ask(ROLE_BACK, "POST", "/oidc/token", FORM, "");
		ROW(REFUSALS[i].what, strstr(text, error) != NULL && strstr(text, what) != NULL);
		text = ask(ROLE_DOOR, "GET", AUTHORIZE, "Accept: application/json\n", "");
		ROW(REFUSALS[i].what, strstr(text, what) == NULL && strstr(text, REFUSALS[i].what) != NULL);
	}
}

static void bearer(void **state)
{
	(void)state;
	static const struct msg_oidc_json CLAIMS = { TEXT_LITERAL("{\"sub\":\"x\"}") };
	reply = WIRE(oidc_json, &CLAIMS);
	const char *text = ask(ROLE_BACK, "GET", "/oidc/userinfo", FORM "Authorization: bearer  tok\n", "");
	assert_int_equal(house_status(text), 200);
	assert_string_equal(seen.token, "tok");
	text = ask(ROLE_BACK, "GET", "/oidc/userinfo?access_token=tok", FORM, "");
	assert_int_equal(house_status(text), 401);
	assert_string_equal(house_field(text, "WWW-Authenticate"), "Bearer realm=\"SPOM\"");
	assert_null(strstr(text, "\"error\""));
	assert_non_null(strstr(text, "{\"text\":\"This needs a token"));
	text = ask(ROLE_BACK, "GET", "/oidc/jwks", FORM, "");
	assert_string_equal(house_field(text, "Cache-Control"), "public, max-age=3600");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(redirects),
		cmocka_unit_test(by_form),
		cmocka_unit_test(clients),
		cmocka_unit_test(errors),
		cmocka_unit_test(refusals),
		cmocka_unit_test(bearer),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
