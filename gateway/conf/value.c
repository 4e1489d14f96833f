#include "conf/value.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/io.h"
#include "base/net.h"
#include "base/user.h"
#include "conf/pattern.h"

#define ZONES "/usr/share/zoneinfo"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define CONTRAST_LEAST 450u /* LOOK: text 4.5:1 */

static enum err wrong(struct value_fault *fault, const char *fmt, ...) PRINTF_LIKE(2, 3);
static enum err wrong(struct value_fault *fault, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(fault->text, sizeof fault->text, fmt, args);
	va_end(args);
	return ERR_CONFIG;
}

static bool consists_of(const char *text, const char *letters)
{
	return text[strspn(text, letters)] == '\0';
}

static enum err number(
    const struct conf_setting *setting, struct text value, uint64_t *to, struct value_fault *fault)
{
	unsigned long long read;
	if (!text_to_number(value, setting->max, &read) || read < setting->min)
		return wrong(fault, "must be a number from %llu to %llu", (unsigned long long)setting->min,
		    (unsigned long long)setting->max);
	*to = read;
	return OK;
}

static enum err boolean(struct text value, bool *to, struct value_fault *fault)
{
	bool yes = text_equal_str(value, "yes") || text_equal_str(value, "true");
	if (!yes && !text_equal_str(value, "no") && !text_equal_str(value, "false"))
		return wrong(fault, "must be yes or no");
	*to = yes;
	return OK;
}

static enum err uid(struct text value, uint32_t *to, struct value_fault *fault)
{
	enum err err = user_find(value.at, to);
	if (err == ERR_NOT_FOUND)
		return wrong(fault, "there is no user '%s' on this machine", value.at);
	if (err == ERR_FORBIDDEN)
		return wrong(
		    fault, "%u stands for users of other namespaces and can be nobody's", IO_UID_OVERFLOW);
	return err == OK ? OK
			 : wrong(fault, "the user '%s' cannot be looked up: %s", value.at, strerror(errno));
}

/* value to the power of 2.4, for 0 to 1: its square times the fifth root of its square, by Newton. */
static double to_2_4(double value)
{
	double square = value * value, root = 1;
	for (unsigned i = 0; i < 64; i++)
		root -= (root - square / (root * root * root * root)) / 5;
	return square * root;
}

/* The linear light of one channel (WCAG 2.2, relative luminance). */
static double light(const char *digits)
{
	char two[] = { digits[0], digits[1], '\0' };
	double value = (double)strtoul(two, NULL, 16) / 255;
	return value <= 0.04045 ? value / 12.92 : to_2_4((value + 0.055) / 1.055);
}

unsigned value_contrast(const char *colour)
{
	double luminance =
	    0.2126 * light(colour + 1) + 0.7152 * light(colour + 3) + 0.0722 * light(colour + 5);
	return (unsigned)(105 / (luminance + 0.05));
}

static enum err colour(const char *value, struct value_fault *fault)
{
	if (value[0] != '#' || strlen(value) != 7 || !consists_of(value + 1, DIGITS "abcdefABCDEF"))
		return wrong(fault, "must be a colour, # and six hexadecimal digits");
	unsigned contrast = value_contrast(value);
	if (contrast < CONTRAST_LEAST)
		return wrong(fault,
		    "%s is too light: white text on it has a contrast of %u.%02u to 1, readable is 4.5 to 1 "
		    "or more",
		    value, contrast / 100, contrast % 100);
	return OK;
}

bool value_is_local(const char *uri)
{
	const char *host = strstr(uri, "://");
	if (host == NULL)
		return false;
	host += 3;
	if (strncmp(uri, "ldapi:", 6) == 0)
		return true;
	if (strncmp(host, "[::1]", 5) == 0)
		return host[5] == '\0' || host[5] == ':' || host[5] == '/';
	size_t len = strcspn(host, ":/");
	if (strspn(host, DIGITS ".") == len)
		return strncmp(host, "127.", 4) == 0;
	static const char NAME[] = "localhost";
	size_t own = sizeof NAME - 1;
	return len >= own && strncmp(host + len - own, NAME, own) == 0 &&
	       (len == own || host[len - own - 1] == '.');
}

/* host[:port] and nothing behind it but, with slash, one '/'. */
static bool is_authority(const char *at, bool slash)
{
	size_t len = at[0] == '[' ? strspn(at + 1, DIGITS "abcdef:.") + 1 : strspn(at, LETTERS DIGITS "-.");
	if (at[0] == '[' && at[len++] != ']')
		return false;
	if (len == 0 || at[0] == '.' || at[0] == '-')
		return false;
	at += len;
	if (*at == ':') {
		char *end;
		unsigned long port = isdigit((unsigned char)at[1]) ? strtoul(at + 1, &end, 10) : 0;
		if (port == 0 || port > 65535 || at[1] == '0')
			return false;
		at = end;
	}
	return *at == '\0' || (slash && strcmp(at, "/") == 0);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), own = strlen(end);
	return len >= own && strcmp(text + len - own, end) == 0;
}

static enum err origin(const char *value, struct value_fault *fault)
{
	bool https = strncmp(value, "https://", 8) == 0;
	if ((!https && strncmp(value, "http://", 7) != 0) || !is_authority(value + (https ? 8 : 7), false))
		return wrong(
		    fault, "'%.100s' must be http(s)://host or http(s)://host:port, without a path", value);
	for (const char *at = value; *at != '\0'; at++)
		if (isupper((unsigned char)*at))
			return wrong(fault, "'%.100s' must be in lower case, as browsers write it", value);
	if (ends_with(value, https ? ":443" : ":80"))
		return wrong(
		    fault, "'%.100s' must not name the scheme's own port, browsers leave it out", value);
	if (!https && !value_is_local(value))
		return wrong(fault, "'%.100s' must be https: http is for localhost only", value);
	return OK;
}

static enum err ldap_uri(const char *value, struct value_fault *fault)
{
	if (strncmp(value, "ldapi://", 8) == 0)
		return OK;
	bool tls = strncmp(value, "ldaps://", 8) == 0;
	if ((!tls && strncmp(value, "ldap://", 7) != 0) || !is_authority(value + (tls ? 8 : 7), true))
		return wrong(
		    fault, "'%.100s' must be ldap://host[:port], ldaps://host[:port] or ldapi://path", value);
	return OK;
}

static enum err zone(const char *value, struct value_fault *fault)
{
	if (!consists_of(value, LETTERS DIGITS "_+-/") || value[0] == '/' || value[0] == '-')
		return wrong(fault, "must be a time zone like Europe/Berlin");
	char path[sizeof ZONES + 80];
	(void)snprintf(path, sizeof path, ZONES "/%s", value);
	if (access(ZONES, R_OK) == 0 && access(path, R_OK) != 0)
		return wrong(fault, "this machine knows no time zone '%s' (%s)", value, path);
	return OK;
}

/* One pair of parentheses around all, and every other one closed; the directory reads the rest. */
static bool is_filter(const char *value)
{
	long open = 0;
	for (const char *at = value; *at != '\0'; at++) {
		open += *at == '(';
		open -= *at == ')';
		if (open <= 0 && at[1] != '\0')
			return false;
	}
	return value[0] == '(' && open == 0;
}

static enum err filter(const char *value, struct value_fault *fault)
{
	return is_filter(value) ? OK : wrong(fault, "must be an LDAP filter in parentheses; count them");
}

static enum err attribute(const char *value, struct value_fault *fault)
{
	if (value[0] == '\0' || strlen(value) > 64 || !consists_of(value, LETTERS DIGITS "-;.") ||
	    value[0] == '-')
		return wrong(fault, "'%.100s' is no name of an LDAP attribute", value);
	return OK;
}

static enum err network(const char *value, struct value_fault *fault)
{
	struct net net;
	if (net_parse(text_of(value), &net) != OK)
		return wrong(fault,
		    "'%.100s' is no address or network like 192.0.2.0/24 or 2001:db8::/32, without bits "
		    "behind "
		    "its length",
		    value);
	return OK;
}

/* One of the words, which stand between blanks. */
static enum err one_of(const char *value, const char *all, struct value_fault *fault)
{
	size_t len = strcspn(value, " ");
	for (const char *at = value[len] == '\0' ? all : NULL; at != NULL; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, value, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
			return OK;
	}
	return wrong(fault, "must be one of: %s", all);
}

static enum err pattern(const char *value, struct value_fault *fault)
{
	regex_t compiled;
	char why[PATTERN_WHY_SIZE];
	if (!pattern_compile(value, &compiled, why))
		return wrong(fault, "%s", why);
	regfree(&compiled);
	return OK;
}

static enum err string(const struct conf_setting *setting, const char *value, struct value_fault *fault)
{
	switch (setting->kind) {
	case CONF_ORIGIN:
	case CONF_ORIGINS:
		return origin(value, fault);
	case CONF_LDAP_URIS:
		return ldap_uri(value, fault);
	case CONF_COLOUR:
		return colour(value, fault);
	case CONF_ZONE:
		return zone(value, fault);
	case CONF_FILTER:
		return filter(value, fault);
	case CONF_ATTRIBUTE:
	case CONF_ATTRIBUTES:
		return attribute(value, fault);
	case CONF_PATH:
		return value[0] == '/' ? OK : wrong(fault, "must be an absolute path");
	case CONF_NETWORKS:
		return network(value, fault);
	case CONF_FIELD:
		return one_of(value, "line lines telephone mail language link photo", fault);
	case CONF_ACCESS:
		return one_of(value, "self nobody", fault);
	case CONF_LEVEL:
		return one_of(value, "password two_factors phishing_resistant", fault);
	case CONF_PATTERN:
		return pattern(value, fault);
	case CONF_NAMES:
	case CONF_NAME:
		return consists_of(value, "abcdefghijklmnopqrstuvwxyz" DIGITS "-_")
			   ? OK
			   : wrong(fault, "must be a word of a-z, 0-9, - and _");
	default:
		return OK;
	}
}

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

/* The words between blanks and commas; the array is on the arena and has room for all. */
static enum err words(struct text value, struct arena *arena, const char ***at_r, unsigned *n_r)
{
	const char **at = arena_array(arena, value.len / 2 + 1, sizeof *at);
	if (at == NULL)
		return ERR_NO_MEMORY;
	unsigned n = 0;
	for (size_t i = 0; i < value.len;) {
		size_t end = i;
		while (end < value.len && !is_separator(value.at[end]))
			end++;
		if (end > i && (at[n++] = arena_copy(arena, value.at + i, end - i)) == NULL)
			return ERR_NO_MEMORY;
		i = end + 1;
	}
	*at_r = at;
	*n_r = n;
	return OK;
}

static enum err list(const struct conf_setting *setting, struct text value, struct arena *arena,
    struct conf_list *to, struct value_fault *fault)
{
	const char **at;
	unsigned n;
	enum err err = words(value, arena, &at, &n);
	if (err != OK)
		return err;
	if (n < setting->min || n > setting->max)
		return wrong(fault, "must have %llu to %llu elements, and has %u",
		    (unsigned long long)setting->min, (unsigned long long)setting->max, n);
	for (unsigned i = 0; i < n; i++) {
		err = string(setting, at[i], fault);
		if (err != OK)
			return err;
		for (unsigned j = 0; j < i; j++)
			if (strcmp(at[i], at[j]) == 0)
				return wrong(fault, "has '%.100s' twice", at[i]);
	}
	*to = (struct conf_list){ at, n };
	return OK;
}

static enum err text(
    const struct conf_setting *setting, struct text value, const char **to, struct value_fault *fault)
{
	if (value.len < setting->min)
		return wrong(fault, "must not be empty");
	if (value.len > setting->max)
		return wrong(fault, "has %zu bytes, at most %llu are possible", value.len,
		    (unsigned long long)setting->max);
	if (text_has_control(value.at, value.len, false))
		return wrong(fault, "has a tab within");
	enum err err = value.len > 0 ? string(setting, value.at, fault) : OK;
	if (err == OK)
		*to = value.at;
	return err;
}

enum err value_store(const struct conf_setting *setting, struct text value, struct arena *arena, void *to,
    struct value_fault *fault)
{
	switch (setting->kind) {
	case CONF_NUMBER:
		return number(setting, value, to, fault);
	case CONF_BOOL:
		return boolean(value, to, fault);
	case CONF_UID:
		return uid(value, to, fault);
	case CONF_ORIGINS:
	case CONF_LDAP_URIS:
	case CONF_ATTRIBUTES:
	case CONF_NAMES:
	case CONF_WORDS:
	case CONF_NETWORKS:
		return list(setting, value, arena, to, fault);
	default:
		return text(setting, value, to, fault);
	}
}
