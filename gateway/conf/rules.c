#include "conf/rules.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "conf/ini.h"
#include "conf/value.h"

#define FRESH_LEAST_S 5u
#define BROKEN(...) ini_fault(fault, file, 0, __VA_ARGS__)

static enum err session_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	if (conf->session.idle_s > conf->session.absolute_s)
		return BROKEN("[session] idle_s is greater than absolute_s");
	return OK;
}

static enum err portal_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	uint64_t door = conf->portal.door_port, check = conf->portal.check_port,
		 back = conf->portal.back_port;
	if (door == check || check == back || door == back)
		return BROKEN("[portal] door_port, check_port and back_port must be three ports");
	for (unsigned i = 0; i < conf->portal.also.n; i++)
		if (strcmp(conf->portal.also.at[i], conf->portal.origin) == 0)
			return BROKEN("[portal] also repeats the origin '%s'", conf->portal.origin);
	return OK;
}

/* No password travels in the clear. */
static enum err uri_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	const struct conf_list *uri = &conf->directory.uri;
	for (unsigned i = 0; i < uri->n; i++) {
		bool plain = strncmp(uri->at[i], "ldap://", 7) == 0;
		if (conf->directory.start_tls && !plain)
			return BROKEN("[directory] start_tls is for ldap:// only, not for '%s'", uri->at[i]);
		if (plain && !conf->directory.start_tls && !value_is_local(uri->at[i]))
			return BROKEN("[directory] passwords would travel in the clear to '%s': use ldaps:// "
				      "or start_tls = yes",
			    uri->at[i]);
	}
	return OK;
}

static enum err directory_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	if ((conf->directory.proxy_dn[0] == '\0') != (conf->directory.proxy_password_file[0] == '\0'))
		return BROKEN("[directory] proxy_dn and proxy_password_file stand together or not at all");
	if (conf->directory.network_timeout_ms > conf->directory.timeout_ms)
		return BROKEN("[directory] network_timeout_ms is greater than timeout_ms");
	if (conf->directory.timeout_ms >= conf->login.turn_timeout_ms)
		return BROKEN(
		    "[directory] timeout_ms leaves no time of [login] turn_timeout_ms for an answer");
	return uri_rules(conf, file, fault);
}

/* What a form shall change, it must show; and no two of its fields may change the same thing. */
static enum err attribute_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	for (unsigned i = 0; i < conf->n_attributes; i++) {
		const struct conf_attribute *one = &conf->attributes[i];
		if (strcmp(one->write, "self") != 0)
			continue;
		if (strcmp(one->read, "self") != 0)
			return BROKEN("[attribute %s] can be written and not be read", one->name);
		if (strcmp(one->type, "photo") == 0)
			return BROKEN("[attribute %s] a photo cannot be written", one->name);
		for (unsigned j = 0; j < conf->n_attributes; j++)
			if (j != i && strcasecmp(conf->attributes[j].ldap, one->ldap) == 0)
				return BROKEN(
				    "[attribute %s] and [attribute %s] are both '%s', and one can be written",
				    one->name, conf->attributes[j].name, one->ldap);
	}
	return OK;
}

/* HOST:PORT, where HOST may be [an IPv6 address]. */
static bool is_host_port(const char *text)
{
	static const char NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t len = text[0] == '[' ? strcspn(text, "]") + 1 : strspn(text, NAME);
	if (len < 1 || text[0] == '-' || len > strlen(text) || text[len] != ':')
		return false;
	size_t digits = strspn(text + len + 1, "0123456789");
	unsigned long port = strtoul(text + len + 1, NULL, 10);
	return digits > 0 && text[len + 1 + digits] == '\0' && port > 0 && port <= 65535;
}

static enum err mail_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	const char *at = strchr(conf->mail.from, '@');
	if (conf->mail.host[0] == '\0')
		return OK;
	if (!is_host_port(conf->mail.host))
		return BROKEN("[mail] host '%s' must be HOST:PORT", conf->mail.host);
	if (at == NULL || at == conf->mail.from || at[1] == '\0' || strpbrk(conf->mail.from, " <>,;") != NULL)
		return BROKEN("[mail] from must be an address, because host is set");
	if ((conf->mail.user[0] == '\0') && conf->mail.password_file[0] != '\0')
		return BROKEN("[mail] password_file is of no use without user");
	if (conf->mail.user[0] != '\0' && conf->mail.password_file[0] == '\0')
		return BROKEN("[mail] user needs password_file");
	return OK;
}

static int by_order(const void *left, const void *right)
{
	const struct conf_attribute *a = left, *b = right;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The host of an origin, without its port. */
static size_t host_of(const char *origin, const char **host_r)
{
	const char *host = strstr(origin, "://") + 3;
	*host_r = host;
	return host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
}

/* Cookies know no ports: what one port of a host is sent, the others are sent as well. */
static bool is_same_host(const char *a, const char *b)
{
	const char *host_a, *host_b;
	size_t len = host_of(a, &host_a);
	return len == host_of(b, &host_b) && strncmp(host_a, host_b, len) == 0;
}

static bool is_same_scheme(const char *a, const char *b)
{
	return (strncmp(a, "https:", 6) == 0) == (strncmp(b, "https:", 6) == 0);
}

static bool is_portal_host(const struct conf *conf, const char *origin)
{
	bool same = is_same_host(origin, conf->portal.origin);
	for (unsigned i = 0; !same && i < conf->portal.also.n; i++)
		same = is_same_host(origin, conf->portal.also.at[i]);
	return same;
}

static enum err application_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	for (unsigned i = 0; i < conf->n_applications; i++) {
		const struct conf_application *application = &conf->applications[i];
		if (is_portal_host(conf, application->origin))
			return BROKEN(
			    "[application %s] is on the portal's own host, and would be sent its cookie; "
			    "it needs a host of its own",
			    application->name);
		if (application->fresh_s > 0 && application->fresh_s < FRESH_LEAST_S)
			return BROKEN("[application %s] fresh_s is shorter than the way back from a sign-in: "
				      "0, or %u at least",
			    application->name, FRESH_LEAST_S);
		for (unsigned j = 0; j < i; j++)
			if (is_same_scheme(application->origin, conf->applications[j].origin) &&
			    is_same_host(application->origin, conf->applications[j].origin))
				return BROKEN(
				    "[application %s] and [application %s] are on one host, and would "
				    "take each other's cookie",
				    conf->applications[j].name, application->name);
	}
	return OK;
}

/* One that nobody can read would close enrolment without a word. */
static enum err factors_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	struct tm day;
	const char *text = conf->factors.roll_out, *end = strptime(text, "%Y-%m-%d", &day);
	if (text[0] != '\0' && (end == NULL || *end != '\0'))
		return BROKEN("[factors] roll_out '%s' must be a day, YYYY-MM-DD", text);
	return OK;
}

/* What a list holds, and these words do not; NULL: nothing. */
static const char *not_among(struct conf_list list, const char *words)
{
	for (unsigned i = 0; i < list.n; i++) {
		const char *at = strstr(words, list.at[i]);
		if (at == NULL || at[-1] != ' ' || at[strlen(list.at[i])] != ' ')
			return list.at[i];
	}
	return NULL;
}

/* eduPerson 202208 sections 2.2.1 and 1.3. */
static enum err sso_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	static const char WORDS[] = " faculty student staff alum member affiliate employee library-walk-in ";
	static const char HOST[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
	const char *scope = conf->sso.scope;
	if (scope[strspn(scope, HOST)] != '\0' || scope[0] == '.')
		return BROKEN("[sso] scope '%s' must be a domain in lower case, example.edu", scope);
	for (unsigned i = 0; i < conf->n_acrs; i++)
		if (strchr(conf->acrs[i].value, ' ') != NULL)
			return BROKEN(
			    "[acr %s] value has a blank: it would be two names", conf->acrs[i].name);
	for (unsigned i = 0; i < conf->n_affiliations; i++) {
		const struct conf_list name = { &conf->affiliations[i].name, 1 };
		if (not_among(name, WORDS) != NULL)
			return BROKEN(
			    "[affiliation %s] is no affiliation of eduPerson:%s", name.at[0], WORDS);
	}
	return OK;
}

static enum err feed_rules(const struct conf *conf, const char *file, struct conf_fault *fault)
{
	static const char WORDS[] =
	    " research-and-scholarship personalized pseudonymous anonymous code-of-conduct ";
	for (unsigned i = 0; i < conf->n_feeds; i++) {
		const struct conf_metadata *feed = &conf->feeds[i];
		const char *odd = not_among(feed->categories, WORDS);
		bool is_open = strncmp(feed->url, "http://", 7) == 0 && value_is_local(feed->url);
		if (!is_open && strncmp(feed->url, "https://", 8) != 0)
			return BROKEN(
			    "[metadata %s] url '%s' must begin with https://", feed->name, feed->url);
		if (strpbrk(feed->url, "?#@ ") != NULL)
			return BROKEN(
			    "[metadata %s] url '%s' must be a host and a path alone", feed->name, feed->url);
		if (odd != NULL)
			return BROKEN("[metadata %s] categories: '%s' is none of:%s", feed->name, odd, WORDS);
	}
	return OK;
}

typedef enum err rule(const struct conf *conf, const char *file, struct conf_fault *fault);
static rule *const RULES[] = { session_rules, portal_rules, directory_rules, attribute_rules, mail_rules,
	application_rules, factors_rules, sso_rules, feed_rules };

enum err rules_check(struct conf *conf, const char *file, struct conf_faults *faults)
{
	enum err all = OK;
	for (size_t i = 0; i < COUNT(RULES); i++) {
		struct conf_fault fault;
		if (RULES[i](conf, file, &fault) == OK)
			continue;
		*ini_fault_next(faults) = fault;
		all = ERR_CONFIG;
	}
	if (all == OK && conf->n_attributes > 0)
		qsort((struct conf_attribute *)conf->attributes, conf->n_attributes, sizeof *conf->attributes,
		    by_order);
	return all;
}
