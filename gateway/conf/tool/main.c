/* conftool - writes the manual of the settings, spom.conf(5), from the table of the settings. Never installed. */
#include <stdio.h>
#include <string.h>
#include "base/attr.h"
#include "conf/table.h"

/* What a kind of value looks like, in words. */
static const char *words_of(const struct conf_setting *setting)
{
	static const char *const WORDS[CONF_KIND_COUNT_] = {
		[CONF_STRING] = "a text of %s bytes",
		[CONF_NAME] = "a name of letters, digits, '-' and '_', of %s bytes",
		[CONF_PATH] = "a path of %s bytes",
		[CONF_NUMBER] = "a number, %s",
		[CONF_BOOL] = "yes or no",
		[CONF_ORIGIN] =
		    "an origin: scheme, host, and port where it is not the scheme's own; %s bytes",
		[CONF_ORIGINS] = "origins with blanks between, %s",
		[CONF_LDAP_URIS] = "URIs with blanks between, %s",
		[CONF_COLOUR] = "a colour, #rrggbb",
		[CONF_ZONE] = "a time zone of the system's, such as Europe/Berlin",
		[CONF_UID] = "a user of the system: a name or a number",
		[CONF_FILTER] = "an LDAP filter (RFC 4515) of %s bytes",
		[CONF_ATTRIBUTE] = "an attribute of LDAP",
		[CONF_ATTRIBUTES] = "attributes of LDAP with blanks between, %s",
		[CONF_NAMES] = "names with blanks between, %s",
		[CONF_WORDS] = "words with blanks between, %s",
		[CONF_NETWORKS] = "addresses or networks with blanks between, %s",
		[CONF_FIELD] = "a kind of field",
		[CONF_ACCESS] = "self or nobody",
		[CONF_LEVEL] = "password, two_factors or phishing_resistant",
		[CONF_PATTERN] = "an extended regular expression (POSIX) of %s bytes",
	};
	return WORDS[setting->kind];
}

/* Text of a line of mdoc: a backslash, and a dot or quote in the first place, mean something there. */
static void put(const char *text)
{
	if (*text == '.' || *text == '\'')
		(void)fputs("\\&", stdout);
	for (const char *before = text; *text != '\0'; before = text++) {
		if (*text == '\\')
			(void)fputs("\\e", stdout);
		else if (*text == ' ' && *before == '.')
			(void)putchar('\n'); /* a sentence, a line */
		else if (*text == '-')
			(void)fputs("\\-", stdout);
		else
			(void)putchar(*text);
	}
}

static void put_bounds(const struct conf_setting *setting)
{
	char bounds[64];
	const char *words = words_of(setting), *at = strstr(words, "%s");
	(void)snprintf(bounds, sizeof bounds, "%llu to %llu", (unsigned long long)setting->min,
	    (unsigned long long)setting->max);
	if (setting->min == 0 && setting->kind != CONF_NUMBER)
		(void)snprintf(bounds, sizeof bounds, "at most %llu", (unsigned long long)setting->max);
	(void)fputs("A value is ", stdout);
	if (at == NULL) {
		put(words);
	} else {
		(void)printf("%.*s", (int)(at - words), words);
		put(bounds);
		put(at + 2);
	}
	(void)fputs(".\n", stdout);
}

static void put_default(const struct conf_setting *setting)
{
	if (*setting->standard != '\0') {
		(void)fputs("Default:\n.Ql ", stdout);
		put(setting->standard);
		(void)fputs(" .\n", stdout);
	} else if (conf_setting_is_required(setting)) {
		(void)fputs("It must be there.\n", stdout);
	} else {
		(void)fputs("Default: empty.\n", stdout);
	}
}

static void put_setting(const struct conf_setting *setting)
{
	(void)printf(".It Cm %s\n", setting->key);
	put(setting->about);
	(void)putchar('\n');
	put_bounds(setting);
	put_default(setting);
	(void)fputs(setting->reload == CONF_RELOAD ? "A change counts from the next reload.\n"
						   : "A change takes a restart.\n",
	    stdout);
}

static void put_section(const struct conf_section *section)
{
	(void)printf(".Ss [%s%s]\n", section->name, section->max > 0 ? " NAME" : "");
	put(section->about);
	(void)putchar('\n');
	if (section->max > 0)
		(void)printf("At most %u of them.\n", section->max);
	(void)fputs(".Bl -tag -width Ds\n", stdout);
	for (unsigned i = 0; i < section->n_settings; i++)
		put_setting(&section->settings[i]);
	(void)fputs(".El\n", stdout);
}

static const char HEAD[] =
    ".\\\" Written by conftool from gateway/conf/settings.def; change that.\n"
    ".Dd November 24, 2026\n"
    ".Dt SPOM.CONF 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm spom.conf\n"
    ".Nd settings of SPOM\n"
    ".Sh SYNOPSIS\n"
    ".Pa /etc/spom/spom.conf\n"
    ".Sh DESCRIPTION\n"
    "The only file of settings.\n"
    ".Xr spom-authority 8\n"
    "reads it and tells each other program what that one has to know.\n"
    ".Pp\n"
    "A line is a section in brackets, a setting\n"
    ".Ql key = value ,\n"
    "a comment that begins with\n"
    ".Ql # ,\n"
    "or empty.\n"
    "Blanks around a value do not count; what is between them does, quotes as well.\n"
    "A setting stands once, in its section; what has a default may be left out.\n"
    "Secrets do not stand here but in files of their own, one line each, which only their reader may read.\n"
    ".Pp\n"
    "After a change,\n"
    ".Ql spomctl config check\n"
    "names every fault with its line, and\n"
    ".Ql spomctl config reload\n"
    "(or a SIGHUP to the authority) has it count.\n"
    "A file with a fault changes nothing: what counted before goes on, and the log says why.\n"
    ".Sh SETTINGS\n";

static const char TAIL[] = ".Sh SEE ALSO\n"
			   ".Xr pam_spom 8 ,\n"
			   ".Xr spom-authority 8 ,\n"
			   ".Xr spomctl 8\n";

int main(int argc, char **argv)
{
	unsigned n;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("conftool %s\n", SPOM_VERSION) < 0;
	if (argc != 2 || strcmp(argv[1], "manual") != 0) {
		(void)fputs("usage: conftool manual\n", stderr);
		return 2;
	}
	const struct conf_section *sections = conf_sections(&n);
	(void)fputs(HEAD, stdout);
	for (unsigned i = 0; i < n; i++)
		put_section(&sections[i]);
	(void)fputs(TAIL, stdout);
	return fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
}
