#include "wire/when.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "wire/wire.h"

#define MS_SHORT 20u /* "2026-11-23T08:30:00Z" */

void when_text(int64_t when_ms, char text[WHEN_TEXT_SIZE])
{
	if (when_ms < 0 || when_ms > (int64_t)WIRE_TIME_MAX)
		when_ms = 0;
	time_t seconds = (time_t)(when_ms / 1000);
	struct tm utc;
	(void)gmtime_r(&seconds, &utc);
	size_t len = strftime(text, WHEN_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text + len, WHEN_TEXT_SIZE - len, ".%03uZ", (unsigned)(when_ms % 1000));
}

/* The number of n digits; false when one of them is none. */
static bool digits(const char *at, unsigned n, int *number_r)
{
	int number = 0;
	for (unsigned i = 0; i < n; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		number = number * 10 + (at[i] - '0');
	}
	*number_r = number;
	return true;
}

/* Reads the numbers; whether the day exists shows when they are written again. */
bool when_read(struct text text, int64_t *when_r)
{
	struct tm utc = { 0 };
	int ms = 0;
	bool has_ms = text.len == WHEN_TEXT_SIZE - 1;
	if (!has_ms && text.len != MS_SHORT)
		return false;
	if (!digits(text.at, 4, &utc.tm_year) || !digits(text.at + 5, 2, &utc.tm_mon) ||
	    !digits(text.at + 8, 2, &utc.tm_mday) || !digits(text.at + 11, 2, &utc.tm_hour) ||
	    !digits(text.at + 14, 2, &utc.tm_min) || !digits(text.at + 17, 2, &utc.tm_sec) ||
	    (has_ms && !digits(text.at + 20, 3, &ms)))
		return false;
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	int64_t when = (int64_t)timegm(&utc) * 1000 + ms;
	char again[WHEN_TEXT_SIZE];
	if (when < 0)
		return false;
	when_text(when, again);
	if (!has_ms)
		memcpy(again + MS_SHORT - 1, "Z", 2);
	if (!text_equal_str(text, again))
		return false;
	*when_r = when;
	return true;
}
