#include "text/agent.h"
#include <limits.h>
#include <string.h>

struct mark {
	const char *mark; /* what stands in a User-Agent */
	const char *name;
};

/* In this order: most browsers also name those whose pages they want to get. */
static const struct mark BROWSERS[] = {
	{ "Edg", "Edge" },
	{ "OPR/", "Opera" },
	{ "Vivaldi/", "Vivaldi" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "FxiOS/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Firefox/", "Firefox" },
	{ "Chromium/", "Chromium" },
	{ "Chrome/", "Chrome" },
	{ "Trident/", "Internet Explorer" },
	{ "MSIE ", "Internet Explorer" },
	{ "Safari/", "Safari" },
	{ "curl/", "curl" },
	{ "python-requests/", "Python" },
};

static const struct mark SYSTEMS[] = {
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Android", "Android" },
	{ "Windows", "Windows" },
	{ "Macintosh", "macOS" },
	{ "CrOS", "ChromeOS" },
	{ "Linux", "Linux" },
	{ "FreeBSD", "FreeBSD" },
	{ "OpenBSD", "OpenBSD" },
};

static const char *const UNSUPPORTED[] = { "MSIE ", "Trident/", "Presto/", "Netscape/" };

/* The first versions with custom properties, without which our pages have no colours. The first that is named counts: most name
 * others behind it. */
static const struct {
	const char *mark;
	unsigned version;
} FIRST[] = {
	{ "Edge/", 15 }, { "Chrome/", 49 }, { "Firefox/", 31 },
	{ "Version/", 10 }, /* Safari, and what was Android's own */
};

static bool has(struct text agent, const char *mark)
{
	return agent.len > 0 && memmem(agent.at, agent.len, mark, strlen(mark)) != NULL;
}

static const char *find(struct text agent, const struct mark *marks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has(agent, marks[i].mark))
			return marks[i].name;
	return NULL;
}

static const char *sentence(const char *browser, const char *system)
{
	if (browser == NULL)
		return system == NULL ? "agent.unknown" : "agent.unknown_on";
	return system == NULL ? "agent.alone" : "agent.on";
}

void agent_add(
    const struct strings *strings, const struct language *language, struct text agent, struct out *out)
{
	const char *browser = find(agent, BROWSERS, COUNT(BROWSERS));
	const char *system = find(agent, SYSTEMS, COUNT(SYSTEMS));
	unsigned string = strings_find(strings, text_of(sentence(browser, system)));
	if (string == STRINGS_NONE)
		return;
	const struct string_arg args[] = { { "browser", text_of(browser) }, { "system", text_of(system) } };
	strings_say(language, string, 0, args, COUNT(args), out);
}

/* The whole number behind a mark; greater than any version where there is none. */
static unsigned version_behind(struct text agent, const char *mark)
{
	const char *at = memmem(agent.at, agent.len, mark, strlen(mark)), *end = agent.at + agent.len;
	unsigned version = 0, digits = 0;
	for (at += strlen(mark); at < end && *at >= '0' && *at <= '9' && digits < 4; at++, digits++)
		version = version * 10 + (unsigned)(*at - '0');
	return digits > 0 ? version : UINT_MAX;
}

bool agent_is_unsupported(struct text agent)
{
	for (size_t i = 0; i < COUNT(UNSUPPORTED); i++)
		if (has(agent, UNSUPPORTED[i]))
			return true;
	for (size_t i = 0; i < COUNT(FIRST); i++)
		if (has(agent, FIRST[i].mark))
			return version_behind(agent, FIRST[i].mark) < FIRST[i].version;
	return false;
}
