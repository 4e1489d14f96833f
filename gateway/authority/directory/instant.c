#include "authority/directory/instant.h"
#include <stdio.h>
#include <time.h>

#define MS 1000

void instant_write(int64_t ms, char text[INSTANT_SIZE])
{
	time_t seconds = (time_t)(ms / MS);
	struct tm utc;
	if (ms < 0 || gmtime_r(&seconds, &utc) == NULL || utc.tm_year > 9999 - 1900)
		seconds = 0, ms = 0, (void)gmtime_r(&seconds, &utc);
	size_t len = strftime(text, INSTANT_SIZE, "%Y%m%d%H%M%S", &utc);
	(void)snprintf(text + len, INSTANT_SIZE - len, ".%03uZ", (unsigned)(ms % MS) % MS);
}

/* Takes `digits` digits off the text. */
static bool take(struct text *text, unsigned digits, int *number_r)
{
	int number = 0;
	if (text->len < digits)
		return false;
	for (unsigned i = 0; i < digits; i++) {
		char c = text->at[i];
		if (c < '0' || c > '9')
			return false;
		number = number * 10 + (c - '0');
	}
	*text = (struct text){ text->at + digits, text->len - digits };
	*number_r = number;
	return true;
}

static bool take_one_of(struct text *text, const char *characters, char *taken_r)
{
	for (; text->len > 0 && *characters != '\0'; characters++) {
		if (text->at[0] != *characters)
			continue;
		*taken_r = *characters;
		*text = (struct text){ text->at + 1, text->len - 1 };
		return true;
	}
	return false;
}

/* The fraction of a unit that is `unit` milliseconds long. */
static bool take_fraction(struct text *text, int64_t unit, int64_t *ms_r)
{
	char separator;
	int digit;
	*ms_r = 0;
	if (!take_one_of(text, ".,", &separator))
		return true;
	if (text->len == 0 || text->at[0] < '0' || text->at[0] > '9')
		return false;
	for (int64_t weight = unit / 10; text->len > 0 && take(text, 1, &digit); weight /= 10)
		*ms_r += digit * weight;
	return true;
}

/* Z, or +hhmm, or -hhmm: how much later than UTC the clock shows. */
static bool take_zone(struct text *text, int64_t *ms_r)
{
	char sign;
	int hours, minutes = 0;
	*ms_r = 0;
	if (!take_one_of(text, "Z+-", &sign))
		return false;
	if (sign == 'Z')
		return text->len == 0;
	if (!take(text, 2, &hours) || (text->len > 0 && !take(text, 2, &minutes)))
		return false;
	*ms_r = (hours * 60LL + minutes) * 60 * MS * (sign == '-' ? -1 : 1);
	return text->len == 0 && hours < 24 && minutes < 60;
}

static bool is_day(const struct tm *given)
{
	struct tm copy = { .tm_year = given->tm_year, .tm_mon = given->tm_mon, .tm_mday = given->tm_mday };
	(void)timegm(&copy); /* makes 1 March of 30 February */
	return copy.tm_mon == given->tm_mon && copy.tm_mday == given->tm_mday;
}

bool instant_read(struct text text, int64_t *ms_r)
{
	struct tm utc = { 0 };
	int64_t fraction_ms, zone_ms, unit = 3600LL * MS;
	if (!take(&text, 4, &utc.tm_year) || !take(&text, 2, &utc.tm_mon) || !take(&text, 2, &utc.tm_mday) ||
	    !take(&text, 2, &utc.tm_hour))
		return false;
	if (take(&text, 2, &utc.tm_min))
		unit = 60LL * MS;
	if (unit < 3600LL * MS && take(&text, 2, &utc.tm_sec))
		unit = MS;
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	if (!take_fraction(&text, unit, &fraction_ms) || !take_zone(&text, &zone_ms))
		return false;
	if (utc.tm_mon < 0 || utc.tm_mon > 11 || utc.tm_hour > 23 || utc.tm_min > 59 || utc.tm_sec > 60 ||
	    !is_day(&utc))
		return false;
	int64_t ms = (int64_t)timegm(&utc) * MS + fraction_ms - zone_ms;
	if (ms < 0)
		return false;
	*ms_r = ms;
	return true;
}
