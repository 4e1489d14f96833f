#include "unit.h"
#include <string.h>
#include "conf/draft.h"

static struct arena arena;
static struct conf_draft *draft;

static int setup(void **state)
{
	(void)state;
	return conf_draft_new(&arena, &draft) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static enum err set(const char *section, const char *key, const char *value, struct conf_fault *fault)
{
	fault->text[0] = '\0';
	return conf_draft_set(draft, conf_setting_find(section, key), value, fault);
}

static void each_value_is_taken_as_the_file_would_be(void **state)
{
	(void)state;
	static const struct {
		const char *section, *key, *value;
		const char *fault; /* NULL: taken */
	} ROWS[] = {
		{ "portal", "origin", "https://login.example.edu", NULL },
		{ "portal", "origin", "http://login.example.edu",
		    "[portal] origin: 'http://login.example.edu' must be https" },
		{ "portal", "institution", "", "[portal] institution: must not be empty" },
		{ "portal", "institution", "a\nb", "a value is one line" },
		{ "portal", "institution", "a\tb", "has a tab" },
		{ "portal", "institution", "a\xff", "not UTF-8" },
		{ "portal", "institution", "a\033b", "a control character" },
		{ "portal", "institution", "# no comment", NULL },
		{ "portal", "door_port", "0", "must be a number from 1 to 65535" },
		{ "peers", "door", "root", NULL },
		{ "peers", "door", "nobody-of-that-name", "there is no user" },
		{ "directory", "proxy_dn", "cn=x", NULL }, /* its password may still come */
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct conf_fault fault;
		enum err err = set(ROWS[i].section, ROWS[i].key, ROWS[i].value, &fault);
		if (err != (ROWS[i].fault != NULL ? ERR_CONFIG : OK) ||
		    (ROWS[i].fault != NULL && strstr(fault.text, ROWS[i].fault) == NULL))
			fail_msg("row %s = '%s': said '%s'", ROWS[i].key, ROWS[i].value, fault.text);
	}
	assert_string_equal(
	    conf_draft_get(draft, conf_setting_find("portal", "institution")), "# no comment");
}

static void what_is_there_must_fit_together(void **state)
{
	(void)state;
	struct conf_fault fault;
	assert_int_equal(conf_draft_check(draft, &fault), OK);
	assert_int_equal(set("directory", "proxy_dn", "cn=x", &fault), OK);
	assert_int_equal(conf_draft_check(draft, &fault), ERR_CONFIG);
	assert_memory_equal(fault.text, "[directory] proxy_dn and", 24);
	assert_int_equal(set("directory", "proxy_password_file", "/x", &fault), OK);
	assert_int_equal(conf_draft_check(draft, &fault), OK);
	assert_int_equal(set("directory", "uri", "ldap://ldap.example.edu", &fault), OK);
	assert_int_equal(conf_draft_check(draft, &fault), ERR_CONFIG);
	assert_int_equal(set("directory", "uri", NULL, &fault), OK);
	assert_int_equal(conf_draft_check(draft, &fault), OK);
}

static void the_text_is_a_file_in_the_order_of_the_table(void **state)
{
	(void)state;
	struct conf_fault fault;
	struct text text;
	assert_int_equal(set("directory", "people_base", "ou=b", &fault), OK);
	assert_int_equal(set("portal", "institution", "\xc3\x84 = # x", &fault), OK);
	assert_int_equal(set("directory", "uri", "ldaps://a", &fault), OK);
	assert_int_equal(conf_draft_text(draft, &arena, &text), OK);
	const char *at = strstr(text.at, "\n[portal]\n# ");
	assert_non_null(at);
	at = strstr(at, "\ninstitution = \xc3\x84 = # x\n");
	assert_non_null(at);
	at = strstr(at, "\n[directory]\n# ");
	assert_non_null(at);
	at = strstr(at, "\nuri = ldaps://a\n");
	assert_non_null(at);
	assert_non_null(strstr(at, "\npeople_base = ou=b\n"));
	assert_null(strstr(text.at, "[store]"));
}

static void settings_are_found_by_their_names(void **state)
{
	(void)state;
	assert_true(conf_setting_is_required(conf_setting_find("portal", "origin")));
	assert_false(conf_setting_is_required(conf_setting_find("portal", "zone")));
	assert_false(conf_setting_is_required(conf_setting_find("mail", "host")));
	assert_null(conf_setting_find("portal", "uri"));
	assert_null(conf_setting_find("", "uri"));
	assert_true(conf_draft_default_holds(conf_setting_find("peers", "admin")));
	struct conf_fault fault;
	const struct conf_setting *repeats = conf_setting_find("attribute", "label");
	assert_int_equal(conf_draft_set(draft, repeats, "x", &fault), ERR_INTERNAL);
	assert_null(conf_draft_get(draft, repeats));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_value_is_taken_as_the_file_would_be),
		TEST(what_is_there_must_fit_together),
		TEST(the_text_is_a_file_in_the_order_of_the_table),
		TEST(settings_are_found_by_their_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
