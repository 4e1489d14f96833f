/* What somebody who sets SPOM up is told about a directory. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "authority/directory/campus.h"
#include "authority/directory/look.h"
#include "authority/directory/slapd.h"

static struct slapd one;

static int start(void **state)
{
	(void)state;
	slapd_new(&one, "one");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	slapd_kill(&one);
	return 0;
}

static struct look *look_as(const char *dn, const char *password)
{
	struct look *look = NULL;
	struct look_fault fault = { "" };
	const struct look_server server = { one.ldap, false, "" };
	if (look_open(&server, dn, secret_of(password), &look, &fault) != OK)
		fail_msg("%s", fault.text);
	return look;
}

static void the_root_of_the_tree_is_read(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(look_close) struct look *look = look_as("", "");
	struct look_tree tree;
	look_tree(look, &arena, &tree);
	assert_int_equal(tree.n, 1);
	assert_string_equal(tree.contexts[0], BASE);
	assert_true(tree.start_tls);
	assert_null(look_value(look, BASE, "o", &arena)); /* not for strangers */
}

static void people_and_groups_are_found(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(look_close) struct look *look = look_as(READ_DN, READ_PASSWORD);
	struct look_tree tree;
	struct look_place place;
	look_tree(look, &arena, &tree);
	look_people(look, &tree, &arena, &place);
	assert_string_equal(place.base, "ou=people," BASE);
	assert_string_equal(place.filter, "(objectClass=inetOrgPerson)");
	assert_string_equal(place.name, "uid");
	assert_string_equal(place.id, "entryUUID");
	look_groups(look, &tree, &arena, &place);
	assert_string_equal(place.base, BASE); /* there are some of two kinds, in two places */
	assert_string_equal(place.filter, "(|(objectClass=groupOfNames)(objectClass=posixGroup))");
	assert_string_equal(place.name, "member memberUid");
	assert_null(place.id);
	assert_string_equal(look_value(look, BASE, "o", &arena), "Test");
	assert_true(look_sees(look, "ou=people," BASE, "(uid=alice)"));
	assert_false(look_sees(look, "ou=groups," BASE, "(uid=alice)"));
	assert_false(look_sees(look, "no DN", "(uid=alice)"));
	assert_false(look_sees(look, BASE, "no filter"));
}

static void who_sees_nothing_finds_nothing(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(look_close) struct look *look = look_as("", "");
	struct look_tree tree;
	struct look_place place;
	look_tree(look, &arena, &tree);
	look_people(look, &tree, &arena, &place);
	assert_null(place.base);
	look_groups(look, &tree, &arena, &place);
	assert_null(place.base);
}

static void why_it_cannot_be_opened_is_said(void **state)
{
	(void)state;
	char ca[200], other[200];
	(void)snprintf(ca, sizeof ca, "%s/ca.pem", slapd_folder());
	(void)snprintf(other, sizeof other, "%s/other-ca.pem", slapd_folder());
	const struct {
		const char *name;
		struct look_server server;
		const char *password; /* NULL: nobody's */
		enum err err;
	} ROWS[] = {
		{ "plain", { one.ldap, false, "" }, NULL, OK },
		{ "TLS", { one.ldap, true, ca }, READ_PASSWORD, OK },
		{ "ldaps", { one.ldaps, false, ca }, READ_PASSWORD, OK },
		{ "another CA", { one.ldap, true, other }, NULL, ERR_CLOSED },
		{ "the system's CAs", { one.ldaps, false, "" }, NULL, ERR_CLOSED },
		{ "no CA", { one.ldaps, false, "/nonexistent" }, NULL, ERR_CONFIG },
		{ "a wrong password", { one.ldap, false, "" }, "wrong", ERR_CONFIG },
		{ "nobody there", { "ldap://127.0.0.1:1", false, "" }, NULL, ERR_CLOSED },
		{ "no URI", { "http://127.0.0.1", false, "" }, NULL, ERR_CONFIG },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(look_close) struct look *look = NULL;
		struct look_fault fault = { "" };
		const char *password = ROWS[i].password;
		enum err err = look_open(&ROWS[i].server, password != NULL ? READ_DN : "",
		    secret_of(password != NULL ? password : ""), &look, &fault);
		if (err != ROWS[i].err || (err == OK) != (look != NULL) ||
		    (err == OK) != (fault.text[0] == '\0'))
			fail_msg("row '%s': %s, '%s'", ROWS[i].name, err_text(err), fault.text);
		if (strstr(ROWS[i].name, "CA") != NULL && ROWS[i].err == ERR_CLOSED)
			ROW(ROWS[i].name,
			    strstr(fault.text, "certificate is not signed by a trusted") != NULL);
	}
}

static void names_have_others_above_them(void **state)
{
	(void)state;
	static const struct {
		const char *dn, *above;
	} ROWS[] = {
		{ "uid=a,ou=b,dc=c", "ou=b,dc=c" },
		{ "cn=a\\,b,dc=c", "dc=c" },
		{ "cn=a\\\\,dc=c", "dc=c" },
		{ "cn=a\\2C,dc=c", "dc=c" },
		{ "dc=c", NULL },
		{ "", NULL },
		{ "dc=c,", NULL },
		{ "dc=c\\", NULL },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const char *above = look_above(ROWS[i].dn);
		ROW(ROWS[i].dn, (above == NULL) == (ROWS[i].above == NULL));
		ROW(ROWS[i].dn, above == NULL || strcmp(above, ROWS[i].above) == 0);
	}
}

static void names_are_within_others(void **state)
{
	(void)state;
	assert_true(look_is_within("ou=b,dc=c", "ou=b,dc=c"));
	assert_true(look_is_within("uid=a,ou=B,dc=c", "ou=b,DC=c"));
	assert_false(look_is_within("dc=c", "ou=b,dc=c"));
	assert_false(look_is_within("ou=bb,dc=c", "b,dc=c"));
	assert_false(look_is_within("cn=a\\,dc=c", "dc=c"));
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(the_root_of_the_tree_is_read),
		cmocka_unit_test(people_and_groups_are_found),
		cmocka_unit_test(who_sees_nothing_finds_nothing),
		cmocka_unit_test(why_it_cannot_be_opened_is_said),
		cmocka_unit_test(names_have_others_above_them),
		cmocka_unit_test(names_are_within_others),
	};
	return cmocka_run_group_tests(all, start, stop);
}

int main(void)
{
	return slapd_guard(tests);
}
