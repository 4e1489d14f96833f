#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "conf/conf.h"
#include "conf/good.h"
#include "conf/table.h"

static void everything_is_loaded(void **state)
{
	(void)state;
	struct conf *conf = NULL;
	struct conf_fault fault = { "" };
	enum err err = conf_load(file_write(FILE_GOOD, strlen(FILE_GOOD)), &conf, &fault);
	assert_string_equal(fault.text, "");
	assert_int_equal(err, OK);
	assert_int_equal(conf->peers.check, 1002);
	assert_int_equal(conf->peers.pam, 0); /* root, by its name */
	assert_string_equal(conf->portal.institution, "Universit\xc3\xa4t = Beispiel ; # all of it");
	assert_string_equal(conf->authority.sockets, "/run/spom");
	assert_int_equal(conf->authority.gate_children, 8);
	assert_string_equal(conf->authority.pam_confdir, "");
	assert_int_equal(conf->directory.uri.n, 2);
	assert_string_equal(conf->directory.uri.at[1], "ldaps://two.example.edu:1636");
	assert_false(conf->directory.start_tls);
	assert_int_equal(conf->portal.also.n, 0);
	assert_int_equal(conf->session.idle_s, 1800);
	assert_int_equal(conf->n_attributes, 0);
	conf_free(&conf);
	assert_null(conf);
	conf_free(&conf);
	file_remove();
}

static void lists_are_cut_at_blanks_and_commas(void **state)
{
	(void)state;
	struct conf *conf = NULL;
	struct conf_fault fault;
	assert_int_equal(
	    conf_load(file_with("directory", "name_attributes = ,uid,\tmail , cn "), &conf, &fault), OK);
	assert_int_equal(conf->directory.name_attributes.n, 3);
	assert_string_equal(conf->directory.name_attributes.at[0], "uid");
	assert_string_equal(conf->directory.name_attributes.at[1], "mail");
	assert_string_equal(conf->directory.name_attributes.at[2], "cn");
	conf_free(&conf);
	file_remove();
}

static void families_come_in_their_order(void **state)
{
	(void)state;
	struct conf *conf = NULL;
	struct conf_fault fault;
	const char *file =
	    file_with("attribute mobile", "label = mobile\nldap = mobile\norder = 2\n"
					  "[attribute mail]\nlabel = mail\nldap = mail\norder=1\n"
					  "[attribute room]\nlabel=room\nldap = roomNumber\norder = 2");
	assert_int_equal(conf_load(file, &conf, &fault), OK);
	assert_int_equal(conf->n_attributes, 3);
	assert_string_equal(conf->attributes[0].name, "mail");
	assert_string_equal(conf->attributes[1].name, "mobile");
	assert_string_equal(conf->attributes[2].name, "room");
	assert_string_equal(conf->attributes[2].ldap, "roomNumber");
	conf_free(&conf);
	file_remove();
}

static void a_long_filter_fits(void **state)
{
	(void)state;
	static char line[4100] = "people_filter = (&";
	static const char PART[] = "(!(a=;b#c))";
	struct conf *conf = NULL;
	struct conf_fault fault;
	size_t len = strlen(line);
	while (len < 4000) {
		memcpy(line + len, PART, sizeof PART - 1);
		len += sizeof PART - 1;
	}
	line[len] = ')';
	assert_int_equal(conf_load(file_with("directory", line), &conf, &fault), OK);
	assert_string_equal(conf->directory.people_filter, strchr(line, '('));
	conf_free(&conf);
	file_remove();
}

/* A line put into a section of the good file, and a part of what is said about it. */
static const struct {
	const char *section, *line, *fault;
} WRONG[] = {
	{ "portal", "color = #000000", ":10: [portal] has no setting 'color'; did you mean 'colour'?" },
	{ "portal", "xyzzy = 1", ":10: [portal] has no setting 'xyzzy'" },
	{ "portal", "idle_s = 60", ":10: 'idle_s' belongs to [session], not to [portal]" },
	{ "portal", "origin = https://b.example.edu", ":11: 'origin' stands in line 10 already" },
	{ "portal", "nonsense", ":10: neither 'key = value' nor '[section]'" },
	{ "portal", "Logo = /x", ":10: what stands before '=' is no key" },
	{ "portal", "= 5", ":10: what stands before '=' is no key" },
	{ "portal", "help = \"call us\"", ":10: 'help': write the value without quotes" },
	{ "portal", "help = a\x01", ":10: a control character" },
	{ "portal", "help = a\tb", ":10: [portal] help: has a tab within" },
	{ "portal", "help = \xff", ":10: not UTF-8 text" },
	{ "portal", "[peers]", ":10: [peers] stands in line 3 already" },
	{ "portal", "[peers", ":10: a section's line ends with ']'" },
	{ "portal", "[]", ":10: a section is [word] or [word name]" },
	{ "portal", "[peers] x", ":10: a section's line ends with ']'" },
	{ "portl", "a = 1", ":22: there is no section [portl]; did you mean [portal]?" },
	{ "zzz", "a = 1", ":22: there is no section [zzz]" },
	{ "attribute", "label = x", ":22: [attribute NAME] needs a name" },
	{ "session x", "idle_s = 100", ":22: [session] stands without a name of its own" },
	{ "attribute x", "label = x", ":22: [attribute x] ldap must be set: " },
	{ "attribute x", "label = X\nldap = a", ":23: [attribute x] label: must be a word" },
	{ "attribute x", "label = x\nldap = a b", ":24: [attribute x] ldap: 'a b' is no name" },
	{ "portal", "colour = blue", "must be a colour" },
	{ "portal", "colour = #12345", "must be a colour" },
	{ "portal", "colour = #ffcc00",
	    "#ffcc00 is too light: white text on it has a contrast of 1.51 to 1" },
	{ "portal", "door_port = 0", "must be a number from 1 to 65535" },
	{ "portal", "door_port = 65536", "must be a number from 1 to 65535" },
	{ "portal", "door_port = 80 ; http", "must be a number from 1 to 65535" },
	{ "portal", "door_port = -1", "must be a number" },
	{ "portal", "door_port =", "must be a number" },
	{ "portal", "door_port = 8082", "must be three ports" },
	{ "portal", "zone = Europe/Nowhere", "no time zone 'Europe/Nowhere'" },
	{ "portal", "zone = ../../../etc/passwd", "must be a time zone" },
	{ "portal", "also = https://a https://a", "has 'https://a' twice" },
	{ "application x", "origin = https://login.example.edu:444\nlabel = X",
	    "[application x] is on the portal's own host" },
	{ "application x",
	    "origin = https://a\nlabel = X\n[application y]\norigin = https://a:444\nlabel = Y",
	    "[application x] and [application y] are on one host" },
	{ "portal", "also = https://login.example.edu", "also repeats the origin" },
	{ "authority", "sockets = run", "must be an absolute path" },
	{ "authority", "sockets =", "must not be empty" },
	{ "authority", "pam_service = ../spom", "must be a word" },
	{ "authority",
	    "sockets = /234567890123456789012345678901234567890123456789012345678901234567890123456789",
	    "has 79 bytes, at most 78 are possible" },
	{ "peers", "pam = no-such-user", "there is no user 'no-such-user' on this machine" },
	{ "peers", "pam = 65534", "can be nobody's" },
	{ "peers", "pam = nobody", "can be nobody's" },
	{ "peers", "pam = 4294967295", "there is no user" },
	{ "peers", "pam =", "there is no user" },
	{ "directory", "start_tls = 1", "must be yes or no" },
	{ "directory", "start_tls = yes", "start_tls is for ldap:// only" },
	{ "directory", "people_filter = objectClass=x", "must be an LDAP filter in parentheses" },
	{ "directory", "people_filter = (&(a=b)", "must be an LDAP filter in parentheses" },
	{ "directory", "people_filter = (a=b)(c=d)", "must be an LDAP filter in parentheses" },
	{ "directory", "people_filter =", "must not be empty" },
	{ "directory", "name_attributes =", "must have 1 to 4 elements, and has 0" },
	{ "directory", "name_attributes = a b c d e", "must have 1 to 4 elements, and has 5" },
	{ "directory", "name_attributes = u(id", "'u(id' is no name of an LDAP attribute" },
	{ "directory", "proxy_dn = cn=x", "proxy_dn and proxy_password_file stand together" },
	{ "directory", "network_timeout_ms = 3000", "network_timeout_ms is greater than timeout_ms" },
	{ "directory", "timeout_ms = 15000", "leaves no time" },
	{ "mail", "host = mail", "[mail] host 'mail' must be HOST:PORT" },
	{ "mail", "host = mail:0\nfrom = a@b", "must be HOST:PORT" },
	{ "mail", "host = mail:25/x\nfrom = a@b", "must be HOST:PORT" },
	{ "mail", "host = -x:25\nfrom = a@b", "must be HOST:PORT" },
	{ "mail", "host = mail:25", "from must be an address" },
	{ "mail", "host = mail:25\nfrom = portal", "from must be an address" },
	{ "mail", "host = mail:25\nfrom = a@b\nuser = x", "user needs password_file" },
	{ "mail", "host = mail:25\nfrom = a@b\npassword_file = /x", "of no use without user" },
	{ "session", "idle_s = 40000", "idle_s is greater than absolute_s" },
	{ "factors", "roll_out = 31.3.2027", "roll_out '31.3.2027' must be a day" },
	{ "sso", "scope = Example.edu", "must be a domain in lower case" },
	{ "sso", "scope = .edu", "must be a domain in lower case" },
	{ "sso", "scope = a@example.edu", "must be a domain in lower case" },
	{ "acr gold", "level = password\nvalue = a b", "[acr gold] value has a blank" },
	{ "affiliation lecturer", "groups = x", "[affiliation lecturer] is no affiliation of eduPerson" },
	{ "affiliation stud", "groups = x", "[affiliation stud] is no affiliation of eduPerson" },
	{ "affiliation student", "groups =", "must have 1 to 32 elements" },
};

static void what_is_wrong_is_said_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(WRONG); i++) {
		struct conf *conf = NULL;
		struct conf_fault fault = { "" };
		const char *file = file_with(WRONG[i].section, WRONG[i].line);
		ROW(WRONG[i].line, conf_load(file, &conf, &fault) == ERR_CONFIG);
		ROW(WRONG[i].line, conf == NULL);
		if (strncmp(fault.text, file, strlen(file)) != 0 ||
		    strstr(fault.text, WRONG[i].fault) == NULL)
			fail_msg("row '%s': said '%s', not '%s'", WRONG[i].line, fault.text, WRONG[i].fault);
	}
	file_remove();
}

/* A key of the good file with another value. */
static const struct {
	const char *key, *line, *fault; /* NULL: it is fine */
} VALUES[] = {
	{ "origin", NULL, ":9: [portal] origin must be set: The portal" },
	{ "uri", NULL, ":13: [directory] uri must be set" },
	{ "gate", "gate = no-such-user", ":7: [peers] gate: there is no user 'no-such-user'" },
	{ "origin", "origin = http://localhost:8080", NULL },
	{ "origin", "origin = http://127.0.0.1:8080", NULL },
	{ "origin", "origin = http://[::1]:8080", NULL },
	{ "origin", "origin = http://login.localhost", NULL },
	{ "origin", "origin = http://login.example.edu", "must be https: http is for localhost only" },
	{ "origin", "origin = http://127.0.0.1.example.edu", "must be https" },
	{ "origin", "origin = http://notlocalhost", "must be https" },
	{ "origin", "origin = http://localhost.example.edu", "must be https" },
	{ "origin", "origin = https://login.example.edu/", "without a path" },
	{ "origin", "origin = https://login.example.edu/spom", "without a path" },
	{ "origin", "origin = https://u@login.example.edu", "without a path" },
	{ "origin", "origin = https://", "without a path" },
	{ "origin", "origin = https://a:0", "without a path" },
	{ "origin", "origin = https://a:65536", "without a path" },
	{ "origin", "origin = https://a:", "without a path" },
	{ "origin", "origin = https://a:8x", "without a path" },
	{ "origin", "origin = https://[::1", "without a path" },
	{ "origin", "origin = ftp://a", "without a path" },
	{ "origin", "origin = https://Login.example.edu", "must be in lower case" },
	{ "origin", "origin = https://login.example.edu:443", "must not name the scheme's own port" },
	{ "uri", "uri = ldap://127.0.0.1:8084", NULL },
	{ "uri", "uri = ldapi:///run/slapd/ldapi ldap://localhost/", NULL },
	{ "uri", "uri = ldap://one.example.edu\nstart_tls = yes", NULL },
	{ "uri", "uri = ldap://one.example.edu",
	    "passwords would travel in the clear to 'ldap://one.example.edu'" },
	{ "uri", "uri = one.example.edu", "must be ldap://host" },
	{ "uri", "uri = ldaps://one.example.edu/dc=x", "must be ldap://host" },
	{ "uri", "uri = ldaps://a b", "'b' must be ldap://host" },
	{ "uri", "uri = ldaps://a ldaps://a", "has 'ldaps://a' twice" },
	{ "institution",
	    "institution = \xd0\x86\xd0\xbd\xd1\x81\xd1\x82\xd0\xb8\xd1\x82\xd1\x83\xd1\x82\ncolour = "
	    "#1D4F91",
	    NULL },
	{ "institution", "institution =", "must not be empty" },
};

static void values_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(VALUES); i++) {
		CLEANUP(conf_free) struct conf *conf = NULL;
		struct conf_fault fault = { "" };
		const char *row = VALUES[i].line != NULL ? VALUES[i].line : VALUES[i].key;
		enum err err = conf_load(file_changed(VALUES[i].key, VALUES[i].line), &conf, &fault);
		if (err != (VALUES[i].fault != NULL ? ERR_CONFIG : OK) ||
		    (VALUES[i].fault != NULL && strstr(fault.text, VALUES[i].fault) == NULL))
			fail_msg("row '%s': said '%s'", row, fault.text);
	}
	file_remove();
}

static unsigned count_faults(const char *text, struct conf_faults *faults)
{
	struct conf *conf = NULL;
	faults->n = 0;
	assert_int_equal(conf_load_all(file_write(text, strlen(text)), &conf, faults), ERR_CONFIG);
	assert_null(conf);
	file_remove();
	return faults->n;
}

static void all_that_is_wrong_is_said(void **state)
{
	(void)state;
	static struct conf_faults faults;
	static char text[4000];
	(void)snprintf(text, sizeof text,
	    "%s[portl]\nport = 1\n[session]\nidle_s = 1\nidle = 3\nnonsense\n[x\ny = 1\n", FILE_GOOD);
	assert_int_equal(count_faults(text, &faults), 5);
	assert_non_null(strstr(faults.at[0].text, ":27: neither"));
	assert_non_null(strstr(faults.at[1].text, ":28: a section's line ends"));
	assert_non_null(strstr(faults.at[2].text, ":22: there is no section [portl]"));
	assert_non_null(strstr(faults.at[3].text, ":26: [session] has no setting 'idle'"));
	assert_non_null(strstr(faults.at[4].text, ":25: [session] idle_s: must be"));
	assert_in_range(
	    count_faults("", &faults), 10, 15); /* what must be set, and users that a machine may have */
	(void)snprintf(text, sizeof text,
	    "%s[session]\nidle_s = 600\nabsolute_s = 60\n[login]\nturn_timeout_ms = 1000\n", FILE_GOOD);
	assert_int_equal(count_faults(text, &faults), 2); /* a rule of two groups */
}

static void more_faults_than_fit_are_said_to_be_more(void **state)
{
	(void)state;
	static struct conf_faults faults;
	static char text[4000];
	size_t len = 0;
	while (len < 1000)
		len += (size_t)snprintf(text + len, sizeof text - len, "nonsense\n");
	assert_int_equal(count_faults(text, &faults), CONF_FAULTS_MAX);
	assert_true(faults.more);
}

static char kept_names[200];

static void note_kept(const char *section, const char *key, void *context)
{
	size_t len = strlen(kept_names);
	(void)snprintf(kept_names + len, sizeof kept_names - len, "%s.%s ", section, key);
	assert_ptr_equal(context, kept_names);
}

static void what_takes_a_restart_stays(void **state)
{
	(void)state;
	struct conf *old = NULL, *conf = NULL;
	struct conf_fault fault = { "" };
	assert_int_equal(conf_load(file_with("session", "idle_s = 100"), &old, &fault), OK);
	static const char CHANGED[] = "idle_s = 200\n[authority]\nstate = /x\ngate_children = 3\n[login]\n"
				      "turn_timeout_ms = 20000\n[attribute a]\nlabel = a\nldap = a\n"
				      "[store]\ntimeout_ms = 70";
	assert_int_equal(conf_load(file_with("session", CHANGED), &conf, &fault), OK);
	kept_names[0] = '\0';
	assert_int_equal(conf_follow(old, conf, "x", note_kept, kept_names, &fault), OK);
	assert_string_equal(kept_names, "authority.state authority.gate_children login.turn_timeout_ms ");
	assert_int_equal(conf->session.idle_s, 200);
	assert_int_equal(conf->store.timeout_ms, 70);
	assert_int_equal(conf->authority.gate_children, 8);
	assert_string_equal(conf->authority.state, "/var/lib/spom");
	assert_int_equal(conf->n_attributes, 1);
	conf_free(&conf);
	kept_names[0] = '\0';
	assert_int_equal(conf_load(file_changed("uri", "uri = ldap://localhost"), &conf, &fault), OK);
	assert_int_equal(conf_follow(old, conf, "x", note_kept, kept_names, &fault), OK);
	assert_string_equal(kept_names, "directory.uri ");
	assert_int_equal(conf->directory.uri.n, 2);
	conf_free(&conf);
	conf_free(&old);
	file_remove();
}

static void what_would_break_a_rule_with_the_old_settings_is_refused(void **state)
{
	(void)state;
	struct conf *old = NULL, *conf = NULL;
	struct conf_fault fault = { "" };
	assert_int_equal(conf_load(file_write(FILE_GOOD, strlen(FILE_GOOD)), &old, &fault), OK);
	assert_int_equal(
	    conf_load(file_with("login", "turn_timeout_ms = 40000\n[session]\n"), &conf, &fault), OK);
	conf_free(&conf);
	const char *file = file_with("login", "turn_timeout_ms = 90000");
	assert_int_equal(conf_load(file, &conf, &fault), OK);
	conf->directory.timeout_ms = 16000; /* fine with 90 s, not with the 15 s that stay */
	kept_names[0] = '\0';
	assert_int_equal(conf_follow(old, conf, "x", note_kept, kept_names, &fault), ERR_CONFIG);
	assert_non_null(strstr(fault.text, "x: [directory] timeout_ms leaves no time"));
	conf_free(&conf);
	conf_free(&old);
	file_remove();
}

/* Nothing of a section that repeats takes a restart: conf_follow does not look there. */
static void sections_that_repeat_are_reloaded(void **state)
{
	(void)state;
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; all[i].max > 0 && j < all[i].n_settings; j++)
			ROW(all[i].settings[j].key, all[i].settings[j].reload == CONF_RELOAD);
}

static void load_bytes(const char *row, const void *bytes, size_t len, const char *part)
{
	struct conf *conf = NULL;
	struct conf_fault fault = { "" };
	ROW(row, conf_load(file_write(bytes, len), &conf, &fault) == ERR_CONFIG);
	ROW(row, strstr(fault.text, part) != NULL);
	file_remove();
}

static void strange_files_are_refused(void **state)
{
	(void)state;
	static char large[300000];
	memset(large, '\n', sizeof large);
	load_bytes("empty", "", 0, ": [");
	load_bytes("NUL", "[portal]\nhelp = a\0b\n", 20, ":2: a control character");
	load_bytes("key before a section", "help = x\n", 9, ":1: 'help' stands before the first [section]");
	load_bytes("no end of line", "[portal]\nhelp", 13, ":2: neither");
	load_bytes("large", large, sizeof large, "cannot be read: it is too large");
}

static void windows_line_ends_are_taken(void **state)
{
	(void)state;
	static char text[4000];
	size_t len = 0;
	for (const char *at = FILE_GOOD; *at != '\0'; at++) {
		if (*at == '\n')
			text[len++] = '\r';
		text[len++] = *at;
	}
	CLEANUP(conf_free) struct conf *conf = NULL;
	struct conf_fault fault;
	assert_int_equal(conf_load(file_write(text, len), &conf, &fault), OK);
	assert_string_equal(conf->portal.edge_secret_file, "/etc/spom/edge");
	file_remove();
}

static void a_file_that_is_not_there_is_said(void **state)
{
	(void)state;
	struct conf *conf = NULL;
	struct conf_fault fault = { "" };
	assert_int_equal(conf_load("/nonexistent/spom.conf", &conf, &fault), ERR_CONFIG);
	assert_string_equal(
	    fault.text, "/nonexistent/spom.conf: cannot be opened: No such file or directory");
	assert_int_equal(conf_load("/tmp", &conf, &fault), ERR_CONFIG);
	assert_string_equal(fault.text, "/tmp: cannot be read: Is a directory");
}

static void check_setting(const struct conf_section *section, const struct conf_setting *setting)
{
	ROW(setting->key, strcmp(setting->section, section->name) == 0);
	ROW(setting->key, setting->min <= setting->max);
	ROW(setting->key, setting->offset < section->size);
	ROW(setting->key, strlen(setting->about) > 10 && setting->about[strlen(setting->about) - 1] == '.');
}

static void rows_make_sense(void **state)
{
	(void)state;
	unsigned count;
	const struct conf_section *all = conf_sections(&count);
	assert_true(count > 5);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < all[i].n_settings; j++) {
			check_setting(&all[i], &all[i].settings[j]);
			for (unsigned k = 0; k < j; k++)
				ROW(all[i].settings[j].key,
				    strcmp(all[i].settings[j].key, all[i].settings[k].key) != 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_loaded),
		cmocka_unit_test(lists_are_cut_at_blanks_and_commas),
		cmocka_unit_test(families_come_in_their_order),
		cmocka_unit_test(a_long_filter_fits),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(all_that_is_wrong_is_said),
		cmocka_unit_test(more_faults_than_fit_are_said_to_be_more),
		cmocka_unit_test(what_takes_a_restart_stays),
		cmocka_unit_test(what_would_break_a_rule_with_the_old_settings_is_refused),
		cmocka_unit_test(sections_that_repeat_are_reloaded),
		cmocka_unit_test(strange_files_are_refused),
		cmocka_unit_test(windows_line_ends_are_taken),
		cmocka_unit_test(a_file_that_is_not_there_is_said),
		cmocka_unit_test(rows_make_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
