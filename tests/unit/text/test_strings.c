#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "text/moment.h"
#include "text/strings.h"

static const char *const IDS[] = { "days", "hello", "time.date", "time.month_3", "time.today",
	"time.yesterday" };
static const struct string_forms ENGLISH[] = { { { "{count} days", "one day", NULL, NULL } },
	{ { "Hello {name}", NULL, NULL, NULL } },
	{ { "on {day} {month} {year} at {clock}", NULL, NULL, NULL } }, { { "March", NULL, NULL, NULL } },
	{ { "today at {clock}", NULL, NULL, NULL } }, { { "yesterday at {clock}", NULL, NULL, NULL } } };
static const struct string_forms RUSSIAN[] = {
	{ { "{count} дня", "{count} день", "{count} дня", "{count} дней" } },
	{ { "Привет {name}", NULL, NULL, NULL } }, { { "{day} {month} {year}", NULL, NULL, NULL } },
	{ { "марта", NULL, NULL, NULL } }, { { "сегодня", NULL, NULL, NULL } },
	{ { "вчера", NULL, NULL, NULL } }
};
static const struct language LANGUAGES[] = { { "en", plural_one, ENGLISH }, { "ru", plural_east, RUSSIAN } };
static const struct strings STRINGS = { IDS, COUNT(IDS), LANGUAGES, COUNT(LANGUAGES) };

static const struct {
	const char *accept;
	const char *tag;
} ACCEPTS[] = {
	{ NULL, "en" },
	{ "", "en" },
	{ "ru", "ru" },
	{ "RU-ru", "ru" },
	{ "fr, ru;q=0.5", "ru" },
	{ "en;q=0.4, ru;q=0.5", "ru" },
	{ "en;q=0.5, ru;q=0.5", "en" },
	{ "ru;q=0", "en" },
	{ "ru;q=0, *", "en" },
	{ "fr, *;q=0.1, ru;q=0.05", "en" },
	{ "ru ; q=0.9 , en ; q=0.8", "ru" },
	{ "ru;q=2, en;q=0.1", "en" },
	{ "ru;q=0.12345", "en" },
	{ "russian", "en" },
	{ ",,;;,q=", "en" },
	{ "*", "en" },
};

static void negotiation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ACCEPTS); i++)
		ROW(ACCEPTS[i].accept != NULL ? ACCEPTS[i].accept : "absent",
		    strcmp(strings_negotiate(&STRINGS, text_of(ACCEPTS[i].accept))->tag, ACCEPTS[i].tag) ==
			0);
}

static void ids(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(IDS); i++)
		assert_int_equal(strings_find(&STRINGS, text_of(IDS[i])), i);
	assert_int_equal(strings_find(&STRINGS, text_of("hell")), STRINGS_NONE);
	assert_int_equal(strings_find(&STRINGS, text_of("hello1")), STRINGS_NONE);
	assert_int_equal(strings_find(&STRINGS, (struct text){ NULL, 0 }), STRINGS_NONE);
}

static void says(const struct language *language, const char *id, uint64_t count, const char *wanted)
{
	struct arena arena = { 0 };
	struct out out = OUT(&arena);
	struct text text;
	char digits[24];
	snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
	const struct string_arg args[] = { { "count", text_of(digits) }, { "name", text_of("{count}<b>") } };
	strings_say(language, strings_find(&STRINGS, text_of(id)), count, args, COUNT(args), &out);
	assert_true(out_done(&out, &text));
	assert_string_equal(text_str(text), wanted);
	arena_done(&arena);
}

static void sentences(void **state)
{
	(void)state;
	says(&LANGUAGES[0], "days", 1, "one day");
	says(&LANGUAGES[0], "days", 0, "0 days");
	says(&LANGUAGES[0], "days", 2, "2 days");
	says(&LANGUAGES[1], "days", 1, "1 день");
	says(&LANGUAGES[1], "days", 22, "22 дня");
	says(&LANGUAGES[1], "days", 11, "11 дней");
	says(&LANGUAGES[1], "days", 112, "112 дней");
	says(&LANGUAGES[0], "hello", 0, "Hello {count}<b>");      /* a value is not looked into again */
	says(&LANGUAGES[0], "time.today", 0, "today at {clock}"); /* nobody gave it */
}

static const struct {
	enum plural (*form)(uint64_t);
	uint64_t n;
	enum plural plural;
} PLURALS[] = {
	{ plural_one, 0, PLURAL_OTHER },
	{ plural_one, 1, PLURAL_ONE },
	{ plural_one, 101, PLURAL_OTHER },
	{ plural_zero_one, 0, PLURAL_ONE },
	{ plural_zero_one, 1, PLURAL_ONE },
	{ plural_zero_one, 2, PLURAL_OTHER },
	{ plural_east, 0, PLURAL_MANY },
	{ plural_east, 21, PLURAL_ONE },
	{ plural_east, 111, PLURAL_MANY },
	{ plural_east, 103, PLURAL_FEW },
	{ plural_east, 113, PLURAL_MANY },
	{ plural_polish, 1, PLURAL_ONE },
	{ plural_polish, 21, PLURAL_MANY },
	{ plural_polish, 23, PLURAL_FEW },
	{ plural_polish, 13, PLURAL_MANY },
	{ plural_czech, 4, PLURAL_FEW },
	{ plural_czech, 5, PLURAL_OTHER },
	{ plural_czech, 22, PLURAL_OTHER },
};

static void plurals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(PLURALS); i++)
		assert_int_equal(PLURALS[i].form(PLURALS[i].n), PLURALS[i].plural);
	assert_null(plural_find(text_of("xx")));
	assert_null(plural_find(text_of("")));
	assert_null(plural_find(text_of("en de")));
	assert_ptr_equal(plural_find(text_of("de"))->form, plural_one);
}

static void moment_is(int64_t then_s, int64_t now_s, const char *wanted)
{
	struct arena arena = { 0 };
	struct out out = OUT(&arena);
	struct text text;
	moment_add(&STRINGS, &LANGUAGES[0], then_s * 1000, now_s * 1000, &out);
	assert_true(out_done(&out, &text));
	assert_string_equal(text_str(text), wanted);
	arena_done(&arena);
}

/* 2026-03-03 is a Tuesday; Berlin is an hour ahead of UTC. */
static void moments(void **state)
{
	(void)state;
	const int64_t midnight = 1772496000; /* 2026-03-03T00:00:00Z */
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	moment_is(midnight, midnight + 3600, "today at 01:00");
	moment_is(midnight - 3601, midnight, "yesterday at 23:59");
	moment_is(midnight - 3600, midnight, "today at 00:00");
	moment_is(midnight + 64800, midnight + 30 * 86400, "on 3 March 2026 at 19:00");
	moment_is(midnight + 64800, midnight - 864000, "on 3 March 2026 at 19:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negotiation),
		cmocka_unit_test(ids),
		cmocka_unit_test(sentences),
		cmocka_unit_test(plurals),
		cmocka_unit_test(moments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
