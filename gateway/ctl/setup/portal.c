/* portal.c - what people see, and all that is beside the directory: the store, the mail, the users of the programs. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "ctl/setup/setup.h"

#define ROLL_OUT_DAYS 90
#define ZONE_LINK "/etc/localtime"
#define ZONES "/zoneinfo/"

/* --- what may be offered; NULL: nothing --- */

/* dc=example,dc=edu is example.edu. */
static const char *domain(struct setup *setup)
{
	const char *name = NULL;
	for (const char *at = setup->context; at != NULL && at[0] != '\0'; at = look_above(at)) {
		if (strncasecmp(at, "dc=", 3) != 0)
			return NULL;
		int len = (int)strcspn(at + 3, ",");
		name = name == NULL ? arena_printf(setup->arena, "%.*s", len, at + 3)
				    : arena_printf(setup->arena, "%s.%.*s", name, len, at + 3);
	}
	return name;
}

static const char *origin(struct setup *setup)
{
	const char *name = domain(setup);
	return name != NULL ? arena_printf(setup->arena, "https://login.%s", name) : NULL;
}

static const char *institution(struct setup *setup)
{
	return setup->institution;
}

static const char *help(struct setup *setup)
{
	const char *name = domain(setup);
	return name != NULL ? arena_printf(setup->arena, "help@%s", name) : NULL;
}

static const char *sender(struct setup *setup)
{
	const char *name = domain(setup);
	return name != NULL ? arena_printf(setup->arena, "login@%s", name) : NULL;
}

/* The machine's own. */
static const char *zone(struct setup *setup)
{
	char path[200];
	ssize_t len = readlink(ZONE_LINK, path, sizeof path - 1);
	path[len > 0 ? len : 0] = '\0';
	const char *at = strstr(path, ZONES);
	return at != NULL ? arena_copy(setup->arena, at + strlen(ZONES), strlen(at + strlen(ZONES))) : NULL;
}

static const char *roll_out(struct setup *setup)
{
	char day[16];
	struct tm utc;
	time_t then = (time_t)(clock_now_ms() / 1000) + ROLL_OUT_DAYS * 86400L;
	if (gmtime_r(&then, &utc) == NULL || strftime(day, sizeof day, "%Y-%m-%d", &utc) == 0)
		return NULL;
	return arena_copy(setup->arena, day, strlen(day));
}

/* --- questions without more to them --- */

struct row {
	const char *section, *key;
	const char *(*found)(struct setup *setup);
};

static enum err ask_rows(struct setup *setup, const struct row *rows, size_t n)
{
	enum err err = OK;
	for (size_t i = 0; err == OK && i < n; i++)
		err = dialogue_setting(&setup->dialogue, rows[i].section, rows[i].key,
		    rows[i].found != NULL ? rows[i].found(setup) : NULL, NULL);
	return err;
}

static enum err portal(struct setup *setup)
{
	static const struct row ROWS[] = {
		{ "portal", "origin", origin },
		{ "portal", "institution", institution },
		{ "portal", "help", help },
		{ "portal", "zone", zone },
	};
	dialogue_section("portal");
	enum err err = ask_rows(setup, ROWS, COUNT(ROWS));
	return err == OK ? setup_secret_make(setup, SETUP_EDGE) : err;
}

static enum err store(struct setup *setup)
{
	struct secret password;
	const char *value;
	dialogue_section("store");
	enum err err = dialogue_setting(&setup->dialogue, "store", "socket", NULL, &value);
	if (err == OK && value[0] == '\0')
		err = dialogue_setting(&setup->dialogue, "store", "address", NULL, NULL);
	if (err == OK)
		err = dialogue_setting(&setup->dialogue, "store", "user", NULL, &value);
	if (err != OK || value[0] == '\0')
		return err;
	return setup_secret_ask(setup, SETUP_REDIS, "Password of that user; empty: none", true, &password);
}

static enum err ask_mail(struct setup *setup)
{
	static const struct row SENDER = { "mail", "from", sender };
	struct secret password;
	const char *value;
	dialogue_section("mail");
	enum err err = dialogue_setting(&setup->dialogue, "mail", "host", NULL, &value);
	if (err != OK || value[0] == '\0')
		return err;
	err = dialogue_setting(&setup->dialogue, "mail", "user", NULL, &value);
	if (err == OK)
		err = value[0] != '\0'
			  ? setup_secret_ask(setup, SETUP_SMTP, "Password of that user", false, &password)
			  : setup_secret_drop(setup, SETUP_SMTP);
	return err == OK ? ask_rows(setup, &SENDER, 1) : err;
}

/* --- what is only asked where this machine has not what the default says --- */

static enum err users(struct setup *setup)
{
	static const char *const KEYS[] = { "door", "check", "back", "gate", "courier" };
	enum err err = OK;
	for (size_t i = 0; err == OK && i < COUNT(KEYS); i++) {
		const struct conf_setting *setting = conf_setting_find("peers", KEYS[i]);
		if (conf_draft_default_holds(setting))
			continue;
		dialogue_say(
		    "There is no user %s on this machine; the package makes one.", setting->standard);
		err = dialogue_setting(&setup->dialogue, "peers", KEYS[i], NULL, NULL);
	}
	return err;
}

static enum err folders(struct setup *setup)
{
	static const char *const KEYS[] = { "sockets", "state" };
	enum err err = OK;
	for (size_t i = 0; err == OK && i < COUNT(KEYS); i++) {
		const struct conf_setting *setting = conf_setting_find("authority", KEYS[i]);
		if (access(setting->standard, F_OK) == 0)
			continue;
		dialogue_say(
		    "There is no folder %s on this machine; the package makes it.", setting->standard);
		err = dialogue_setting(&setup->dialogue, "authority", KEYS[i], NULL, NULL);
	}
	return err;
}

static enum err factors(struct setup *setup)
{
	static const struct row ROLL_OUT = { "factors", "roll_out", roll_out };
	dialogue_section("factors");
	return ask_rows(setup, &ROLL_OUT, 1);
}

static enum err programs(struct setup *setup)
{
	static const struct row OPERATORS = { "peers", "operators", NULL };
	dialogue_section("peers");
	enum err err = ask_rows(setup, &OPERATORS, 1);
	if (err == OK)
		err = users(setup);
	if (err == OK)
		err = folders(setup);
	return err == OK ? setup_secret_make(setup, SETUP_MASTER) : err;
}

enum err setup_portal(struct setup *setup)
{
	enum err err = portal(setup);
	if (err == OK)
		err = store(setup);
	if (err == OK)
		err = setup_repeat(setup, ask_mail);
	if (err == OK)
		err = setup_repeat(setup, factors);
	return err == OK ? programs(setup) : err;
}
