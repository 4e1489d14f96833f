#include "unit.h"
#include <string.h>
#include "authority/sso/access.h"
#include "base/clock.h"

static const struct msg_uri_row URIS[] = {
	{ TEXT_LITERAL("https://app.example.edu/callback") },
	{ TEXT_LITERAL("http://127.0.0.1/callback") },
	{ TEXT_LITERAL("http://[::1]:8000/callback?a=1") },
	{ TEXT_LITERAL("org.example.app:/callback") },
};

static const struct {
	const char *uri;
	bool good;
} ADDRESSES[] = {
	{ "https://app.example.edu/callback", true },
	{ "http://127.0.0.1/callback", true },
	{ "http://127.0.0.1:51004/callback", true },
	{ "http://[::1]:1/callback?a=1", true },
	{ "http://[::1]/callback?a=1", true },
	{ "org.example.app:/callback", true },
	{ "", false },
	{ "https://app.example.edu/callback/", false },
	{ "https://app.example.edu/Callback", false },
	{ "https://app.example.edu:443/callback", false },
	{ "https://app.example.edu/callback?", false },
	{ "https://app.example.edu/callback#x", false },
	{ "https://app.example.edu", false },
	{ "http://app.example.edu/callback", false },
	{ "http://127.0.0.1:51004/other", false },
	{ "http://127.0.0.1:51004", false },
	{ "http://127.0.0.1:5100x/callback", false },
	{ "http://127.0.0.1:@evil.org/callback", false },
	{ "http://127.0.0.1.evil.org/callback", false },
	{ "http://127.0.0.1@evil.org/callback", false },
	{ "http://127.0.0.2/callback", false },
	{ "http://localhost:51004/callback", false },
	{ "http://[::1]:1/callback", false },
	{ "org.example.app:/callback2", false },
};

static void redirect_uris(void **state)
{
	(void)state;
	const struct msg_service_record service = { .redirect_uris = { URIS, COUNT(URIS) } };
	for (size_t i = 0; i < COUNT(ADDRESSES); i++)
		ROW(ADDRESSES[i].uri,
		    access_redirects_to(&service, text_of(ADDRESSES[i].uri)) == ADDRESSES[i].good);
	assert_false(access_redirects_to(&service, (struct text){ NULL, 0 }));
	assert_false(access_redirects_to(&(struct msg_service_record){ .name = TEXT_LITERAL("none") },
	    TEXT_LITERAL("https://app.example.edu/callback")));
}

static const struct {
	const char *name;
	const char *group; /* of which one must be; NULL: none */
	enum session_level wanted;
	const char *groups; /* of the session */
	enum session_level level;
	const char *rule; /* NULL: may */
	bool stronger;
} PEOPLE[] = {
	{ "open for all", NULL, SESSION_LEVEL_NONE, NULL, SESSION_LEVEL_PASSWORD, NULL, false },
	{ "a member", "staff", SESSION_LEVEL_NONE, "a,staff", SESSION_LEVEL_PASSWORD, NULL, false },
	{ "no member", "staff", SESSION_LEVEL_NONE, "a,staff2,sta", SESSION_LEVEL_PASSWORD, "app.groups",
	    false },
	{ "of no group", "staff", SESSION_LEVEL_NONE, NULL, SESSION_LEVEL_TWO_FACTORS, "app.groups", false },
	{ "one factor", NULL, SESSION_LEVEL_TWO_FACTORS, NULL, SESSION_LEVEL_PASSWORD, "app.level", true },
	{ "two factors", NULL, SESSION_LEVEL_TWO_FACTORS, NULL, SESSION_LEVEL_TWO_FACTORS, NULL, false },
	{ "more than two", NULL, SESSION_LEVEL_TWO_FACTORS, NULL, SESSION_LEVEL_PHISHING_RESISTANT, NULL,
	    false },
	{ "neither", "staff", SESSION_LEVEL_TWO_FACTORS, "a", SESSION_LEVEL_PASSWORD, "app.groups", false },
};

static void who_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(PEOPLE); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		const struct msg_value_row group = { text_of(PEOPLE[i].group) };
		const struct msg_service_record service = { .name = TEXT_LITERAL("app"),
			.groups = { &group, PEOPLE[i].group != NULL },
			.level = PEOPLE[i].wanted };
		const struct msg_session_record session = { .groups = text_of(PEOPLE[i].groups),
			.level = PEOPLE[i].level };
		bool stronger = false;
		const char *rule = access_forbids(&service, &session, &arena, &stronger);
		ROW(PEOPLE[i].name, PEOPLE[i].rule == NULL
					? rule == NULL
					: rule != NULL && strcmp(rule, PEOPLE[i].rule) == 0);
		ROW(PEOPLE[i].name, stronger == PEOPLE[i].stronger);
	}
}

static const struct age_row {
	const char *name;
	bool anew, limits;
	uint64_t most_age_s, freshness_s;
	int64_t proved_ago_s, since_ago_s; /* since: -1 was never led to the sign-in */
	enum access access;
} AGES[] = {
	{ "no demand", false, false, 0, 0, 86400, -1, ACCESS_GIVEN },
	{ "young enough for the service", false, false, 0, 900, 800, -1, ACCESS_GIVEN },
	{ "too old for the service", false, false, 0, 900, 1000, -1, ACCESS_AGED },
	{ "too old for the request", false, true, 60, 900, 800, -1, ACCESS_AGED },
	{ "the service is the stricter", false, true, 3600, 900, 1000, -1, ACCESS_AGED },
	{ "a request alone", false, true, 60, 0, 30, -1, ACCESS_GIVEN },
	{ "max_age of 0", false, true, 0, 0, 1, -1, ACCESS_AGED },
	{ "anew", true, false, 0, 0, 1, -1, ACCESS_AGED },
	{ "anew, and it was", true, false, 0, 0, 1, 5, ACCESS_GIVEN },
	{ "anew, and it was not", true, false, 0, 0, 10, 5, ACCESS_AGED },
	{ "max_age of 0, and it was proved since", false, true, 0, 0, 1, 5, ACCESS_GIVEN },
	{ "too old, and not proved since", false, false, 0, 900, 1000, 5, ACCESS_AGED },
};

static void how_fresh(void **state)
{
	(void)state;
	int64_t now_ms = clock_now_ms();
	for (size_t i = 0; i < COUNT(AGES); i++) {
		const struct age_row *row = &AGES[i];
		CLEANUP(arena_done) struct arena arena = { 0 };
		const struct msg_service_record service = { .freshness_s = row->freshness_s };
		const struct msg_session_record session = { .proved = now_ms - row->proved_ago_s * 1000 };
		const struct access_demand demand = { row->anew, row->limits, row->most_age_s,
			row->since_ago_s < 0 ? 0 : now_ms - row->since_ago_s * 1000 };
		const char *rule = "none was told";
		ROW(row->name, access_judge(&service, &session, &demand, &arena, &rule) == row->access);
		ROW(row->name, rule == NULL);
	}
}

/* Who signs in anew may be somebody else: that comes first. */
static void which_first(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_value_row group = { TEXT_LITERAL("staff") };
	struct msg_service_record service = {
		.name = TEXT_LITERAL("app"), .groups = { &group, 1 }, .level = SESSION_LEVEL_TWO_FACTORS
	};
	struct msg_session_record session = { .proved = clock_now_ms() - 1000 };
	struct access_demand demand = { .anew = true };
	const char *rule;
	assert_int_equal(access_judge(&service, &session, &demand, &arena, &rule), ACCESS_AGED);
	demand.anew = false;
	assert_int_equal(access_judge(&service, &session, &demand, &arena, &rule), ACCESS_REFUSED);
	assert_string_equal(rule, "app.groups");
	session.groups = TEXT_LITERAL("staff");
	assert_int_equal(access_judge(&service, &session, &demand, &arena, &rule), ACCESS_LOW);
	assert_string_equal(rule, "app.level");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(redirect_uris),
		cmocka_unit_test(who_may),
		cmocka_unit_test(how_fresh),
		cmocka_unit_test(which_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
