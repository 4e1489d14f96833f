/* Browsers in words. */
#include "unit.h"
#include "base/arena.h"
#include "text/agent.h"

#define MOZILLA "Mozilla/5.0 "
#define WEBKIT "AppleWebKit/537.36 (KHTML, like Gecko) "

static const struct {
	const char *agent, *words;
	bool is_unsupported;
} ROWS[] = {
	{ MOZILLA "(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux", false },
	{ MOZILLA "(Windows NT 10.0; Win64; x64) " WEBKIT "Chrome/126.0 Safari/537.36 Edg/126.0",
	    "Edge on Windows", false },
	{ MOZILLA "(Linux; Android 14) " WEBKIT "Chrome/126.0 Mobile Safari/537.36", "Chrome on Android",
	    false },
	{ MOZILLA "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
	    "Safari on iPhone", false },
	{ MOZILLA "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
	    "Safari on macOS", false },
	{ MOZILLA "(Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer on Windows",
	    true },
	{ "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "Internet Explorer on Windows", true },
	{ "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", "Internet Explorer on Windows", true },
	{ "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", "Internet Explorer on Windows",
	    true },
	{ MOZILLA "(Windows NT 6.1; WOW64; rv:24.0) Gecko/20100101 Firefox/24.0", "Firefox on Windows",
	    true },
	{ MOZILLA "(Windows NT 5.1) " WEBKIT "Chrome/36.0.1985.143 Safari/537.36", "Chrome on Windows",
	    true },
	{ MOZILLA "(Windows NT 5.1) " WEBKIT "Chrome/49.0.2623.112 Safari/537.36", "Chrome on Windows",
	    false },
	{ MOZILLA "(Windows NT 10.0) " WEBKIT "Chrome/46.0.2486.0 Safari/537.36 Edge/13.10586",
	    "Edge on Windows", true },
	{ MOZILLA "(Windows NT 10.0) " WEBKIT "Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
	    "Edge on Windows", false },
	{ MOZILLA "(Linux; U; Android 4.0.3; de-de) AppleWebKit/534.30 Version/4.0 Mobile Safari/534.30",
	    "Safari on Android", true },
	{ MOZILLA "(Linux; Android 13; wv) " WEBKIT "Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36",
	    "Chrome on Android", false },
	{ MOZILLA "(iPad; CPU OS 9_3_5 like Mac OS X) AppleWebKit/601.1.46 Version/9.0 Safari/601.1",
	    "Safari on iPad", true },
	{ MOZILLA "Firefox/", "Firefox", false },
	{ "Opera/9.80 (X11; Linux) Presto/2.12", "A browser on Linux", true },
	{ "curl/8.5.0", "curl", false },
	{ "<b>something</b>", "An unknown browser", false },
	{ "", "An unknown browser", false },
	{ NULL, "An unknown browser", false },
};

static enum plural no_forms(uint64_t n)
{
	(void)n;
	return PLURAL_OTHER;
}

static const char *const IDS[] = { "agent.alone", "agent.on", "agent.unknown", "agent.unknown_on" };
static const struct string_forms FORMS[] = { { { [PLURAL_OTHER] = "{browser}" } },
	{ { [PLURAL_OTHER] = "{browser} on {system}" } }, { { [PLURAL_OTHER] = "An unknown browser" } },
	{ { [PLURAL_OTHER] = "A browser on {system}" } } };
static const struct language ENGLISH = { "en", no_forms, FORMS };
static const struct strings STRINGS = { IDS, COUNT(IDS), &ENGLISH, 1 };

static void rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct arena arena = { 0 };
		struct out out = OUT(&arena);
		struct text words = { NULL, 0 }, agent = text_of(ROWS[i].agent);
		agent_add(&STRINGS, &ENGLISH, agent, &out);
		ROW(ROWS[i].words, out_done(&out, &words) && text_equal_str(words, ROWS[i].words));
		ROW(ROWS[i].words, agent_is_unsupported(agent) == ROWS[i].is_unsupported);
		arena_done(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
