#include "ctl/show.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "wire/when.h"

const char *show_time(int64_t time_ms, const char *none, char room[SHOW_TIME_SIZE])
{
	time_t time_s = (time_t)(time_ms / 1000);
	struct tm local;
	if (time_ms == 0 || localtime_r(&time_s, &local) == NULL ||
	    strftime(room, SHOW_TIME_SIZE, "%Y-%m-%d %H:%M", &local) == 0)
		return none;
	return room;
}

void show_text(const char *name, struct text value)
{
	if (value.at != NULL)
		(void)printf("%-12s %.*s\n", name, TEXT_ARGS(value));
}

void show_str(const char *name, const char *value)
{
	(void)printf("%-12s %s\n", name, value);
}

void show_count(const char *name, uint64_t value)
{
	(void)printf("%-12s %llu\n", name, (unsigned long long)value);
}

void show_progress(const char *fmt, ...)
{
	va_list args;
	if (!isatty(STDERR_FILENO))
		return;
	(void)fputs("\r\033[K", stderr);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fflush(stderr);
}

void show_progress_done(void)
{
	if (isatty(STDERR_FILENO))
		(void)fputs("\r\033[K", stderr);
}

static bool read_ago(const char *text, int64_t *time_r)
{
	static const struct {
		char unit;
		int64_t ms;
	} UNITS[] = { { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
	size_t len = strlen(text);
	unsigned long long n;
	if (len < 2 || !text_to_number((struct text){ text, len - 1 }, 100000, &n))
		return false;
	for (size_t i = 0; i < COUNT(UNITS); i++)
		if (text[len - 1] == UNITS[i].unit) {
			*time_r = clock_now_ms() - (int64_t)n * UNITS[i].ms;
			return true;
		}
	return false;
}

static bool read_local(const char *text, int64_t *time_r)
{
	static const char *const FORMS[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M:%S" };
	for (size_t i = 0; i < COUNT(FORMS); i++) {
		struct tm local = { .tm_isdst = -1 };
		const char *end = strptime(text, FORMS[i], &local);
		if (end == NULL || *end != '\0')
			continue;
		time_t time_s = mktime(&local);
		if (time_s <= 0)
			return false;
		*time_r = (int64_t)time_s * 1000;
		return true;
	}
	return false;
}

bool show_read_time(const char *text, int64_t *time_r)
{
	int64_t time_ms;
	bool read =
	    when_read(text_of(text), &time_ms) || read_ago(text, &time_ms) || read_local(text, &time_ms);
	if (!read || time_ms <= 0)
		return false;
	*time_r = time_ms;
	return true;
}
