#include "text/moment.h"
#include <stdio.h>
#include <time.h>

/* The number of a day in the zone of the process; only its differences have a meaning. */
static int64_t day_number(const struct tm *tm)
{
	struct tm noon = {
		.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday, .tm_hour = 12
	};
	return (int64_t)timegm(&noon) / 86400;
}

static bool local(int64_t time_ms, struct tm *tm_r)
{
	time_t seconds = (time_t)(time_ms / 1000);
	return localtime_r(&seconds, tm_r) != NULL;
}

static const char *sentence(int64_t days_ago)
{
	return days_ago == 0 ? "time.today" : days_ago == 1 ? "time.yesterday" : "time.date";
}

static void say(const struct strings *strings, const struct language *language, const char *id,
    const struct tm *then, struct out *out)
{
	unsigned string = strings_find(strings, text_of(id));
	if (string == STRINGS_NONE)
		return;
	char clock[32], day[16], year[16], month_id[24];
	snprintf(clock, sizeof clock, "%02d:%02d", then->tm_hour, then->tm_min);
	snprintf(day, sizeof day, "%d", then->tm_mday);
	snprintf(year, sizeof year, "%d", then->tm_year + 1900);
	snprintf(month_id, sizeof month_id, "time.month_%d", then->tm_mon + 1);
	const struct string_arg args[] = {
		{ "clock", text_of(clock) },
		{ "day", text_of(day) },
		{ "month", strings_text(strings, language, month_id) },
		{ "year", text_of(year) },
	};
	strings_say(language, string, 0, args, COUNT(args), out);
}

void moment_add(const struct strings *strings, const struct language *language, int64_t time_ms,
    int64_t now_ms, struct out *out)
{
	struct tm then, now;
	if (local(time_ms, &then) && local(now_ms, &now))
		say(strings, language, sentence(day_number(&now) - day_number(&then)), &then, out);
}

void moment_add_day(
    const struct strings *strings, const struct language *language, int64_t time_ms, struct out *out)
{
	struct tm then;
	if (local(time_ms, &then))
		say(strings, language, "time.day", &then, out);
}
