/* What the directory says of people in every state, against a private slapd. */
#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include "authority/directory/campus.h"
#include "authority/directory/slapd.h"

static struct slapd slapd;
static struct directory *directory;

static int start(void **state)
{
	(void)state;
	slapd_new(&slapd, "one");
	directory = campus_open(campus_settings(slapd.ldap, NULL));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	directory_free(&directory);
	slapd_kill(&slapd);
	return 0;
}

static void a_person_is_read(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person;
	assert_int_equal(find(directory, &arena, "alice", &person), OK);
	assert_int_equal(person.id.len, 36);
	assert_string_equal(text_str(person.dn), "uid=alice,ou=people," BASE);
	assert_string_equal(text_str(person.user), "alice");
	assert_string_equal(text_str(person.name), "Alice Liddell");
	assert_string_equal(text_str(person.mail), "alice@test");
	assert_int_equal(find(directory, &arena, "dora", &person), OK);
	assert_string_equal(text_str(person.name), "dora Common");
	assert_null(person.mail.at);
	assert_int_equal(find(directory, &arena, "THEODORA", &person), OK);
	assert_string_equal(text_str(person.user), "theodora");
	assert_int_equal(find(directory, &arena, "upper.case", &person), OK);
	assert_string_equal(text_str(person.user), "Upper.Case");
	assert_int_equal(
	    person.name.len, DIRECTORY_NAME_MAX - 1); /* two-byte characters are not cut in two */
	assert_true(text_is_utf8(person.name.at, person.name.len));
}

static void names_find_the_one_person_or_nobody(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum directory_names names;
		enum err err;
		const char *user;
	} ROWS[] = {
		{ "alice", DIRECTORY_NAMES_UID, OK, "alice" },
		{ "  ALICE\t", DIRECTORY_NAMES_UID, OK, "alice" },
		{ "A.Liddell@TEST", DIRECTORY_NAMES_ALIASES, OK, "alice" },
		{ "alice@test", DIRECTORY_NAMES_ALIASES, OK, "alice" },
		{ "alice@test", DIRECTORY_NAMES_UID, ERR_NOT_FOUND, NULL },
		{ "j\xc3\xbcrgen", DIRECTORY_NAMES_UID, OK, "j\xc3\xbcrgen" },
		{ "J\xc3\x9cRGEN", DIRECTORY_NAMES_UID, OK, "j\xc3\xbcrgen" },
		{ "o'brien(1)*", DIRECTORY_NAMES_UID, OK, "o'brien(1)*" },
		{ "o'brien*", DIRECTORY_NAMES_UID, ERR_NOT_FOUND, NULL },
		{ "shared@test", DIRECTORY_NAMES_ALIASES, ERR_NOT_FOUND, NULL },
		{ "stranger", DIRECTORY_NAMES_UID, ERR_NOT_FOUND, NULL }, /* not in the people's filter */
		{ "nobody", DIRECTORY_NAMES_ALIASES, ERR_NOT_FOUND, NULL },
		{ "*", DIRECTORY_NAMES_ALIASES, ERR_NOT_FOUND, NULL },
		{ "al*", DIRECTORY_NAMES_ALIASES, ERR_NOT_FOUND, NULL },
		{ "x)(|(uid=alice)", DIRECTORY_NAMES_ALIASES, ERR_NOT_FOUND, NULL },
		{ "alice\\", DIRECTORY_NAMES_ALIASES, ERR_NOT_FOUND, NULL },
		{ "", DIRECTORY_NAMES_UID, ERR_MALFORMED, NULL },
		{ "al\xffice", DIRECTORY_NAMES_UID, ERR_MALFORMED, NULL },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person person = { 0 };
		struct text name = text_of(ROWS[i].name);
		ROW(ROWS[i].name,
		    directory_find(directory, name, ROWS[i].names, &arena, &person) == ROWS[i].err);
		ROW(ROWS[i].name, text_equal(person.user, text_of(ROWS[i].user)));
	}
}

static void every_byte_in_a_name_is_harmless(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person person;
		const char name[] = { 'a', (char)byte, 'z' };
		enum err err = directory_find(
		    directory, (struct text){ name, 3 }, DIRECTORY_NAMES_ALIASES, &arena, &person);
		assert_int_equal(err, byte >= 0x20 && byte < 0x7f ? ERR_NOT_FOUND : ERR_MALFORMED);
	}
}

static void names_of_one_person_have_one_id(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const char *const NAMES[] = { "alice", "ALICE", " Alice", "alice@test", "A.LIDDELL@test" };
	struct person first, other;
	assert_int_equal(find(directory, &arena, NAMES[0], &first), OK);
	for (size_t i = 1; i < COUNT(NAMES); i++) {
		assert_int_equal(find(directory, &arena, NAMES[i], &other), OK);
		ROW(NAMES[i], text_equal(first.id, other.id));
	}
	assert_int_equal(directory_find_id(directory, first.id, &arena, &other), OK);
	assert_true(text_equal(first.dn, other.dn));
	assert_int_equal(directory_find_id(directory, text_of("alice"), &arena, &other), ERR_NOT_FOUND);
	assert_int_equal(directory_find_id(directory, text_of("*"), &arena, &other), ERR_NOT_FOUND);
	assert_int_equal(directory_find_id(directory, text_of("a b"), &arena, &other), ERR_MALFORMED);
	assert_int_equal(directory_find_id(directory, text_of(""), &arena, &other), ERR_MALFORMED);
}

static void a_binary_id_is_hexadecimal(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->id_attribute = "objectGUID";
	CLEANUP(directory_free) struct directory *foreign = campus_open(settings);
	struct person person, again;
	assert_int_equal(find(foreign, &arena, "ad-open", &person), OK);
	assert_string_equal(text_str(person.id), "00012a28292a5cff10111213141516"
						 "17");
	assert_int_equal(directory_find_id(foreign, person.id, &arena, &again), OK);
	assert_true(text_equal(person.dn, again.dn));
	assert_int_equal(directory_find_id(foreign, text_of("00012A"), &arena, &again), ERR_MALFORMED);
	/* one without an id is nobody whom we could tell from others: the operator must hear of it */
	assert_int_equal(find(foreign, &arena, "alice", &person), ERR_CONFIG);
}

static void every_state_has_its_outcome(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *password;
		enum bind_outcome outcome;
		int grace_left; /* -1 none */
		bool expires;
	} ROWS[] = {
		{ "alice", PASSWORD, BIND_OK, -1, false }, { "alice@test", PASSWORD, BIND_OK, -1, false },
		{ "alice", "wrong", BIND_REFUSED, -1, false },
		{ "alice", PASSWORD " ", BIND_REFUSED, -1, false },
		{ "nobody", PASSWORD, BIND_REFUSED, -1, false },
		{ "nobody", "of-the-decoy", BIND_REFUSED, -1, false }, /* the decoy's own */
		{ "shared@test", PASSWORD, BIND_REFUSED, -1, false },
		{ "inactive", PASSWORD, BIND_REFUSED, -1, false },
		{ "locked", PASSWORD, BIND_LOCKED, -1, false }, { "locked", "wrong", BIND_LOCKED, -1, false },
		{ "expired", PASSWORD, BIND_EXPIRED, -1, false },
		{ "expired", "wrong", BIND_REFUSED, -1, false }, { "grace", PASSWORD, BIND_OK, 19, false },
		{ "grace", PASSWORD, BIND_OK, 18, false }, { "expiring", PASSWORD, BIND_OK, -1, true },
		{ "reset", PASSWORD, BIND_MUST_CHANGE, -1, false },
		{ "reset", "wrong", BIND_REFUSED, -1, false },
		{ "guessed", "wrong", BIND_REFUSED, -1, false },
		{ "guessed", "wrong", BIND_REFUSED, -1, false },
		{ "guessed", "wrong", BIND_REFUSED, -1, false },
		{ "guessed", PASSWORD, BIND_LOCKED, -1, false },
		{ "alice", PASSWORD, BIND_OK, -1, false }, /* the connections have seen them all */
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct bind_result result = { 0 };
		ROW(ROWS[i].name, sign_in(directory, ROWS[i].name, ROWS[i].password, &result) == OK);
		ROW(ROWS[i].name, result.outcome == ROWS[i].outcome);
		ROW(ROWS[i].name, result.grace_left == ROWS[i].grace_left);
		ROW(ROWS[i].name, (result.expires_s > 0) == ROWS[i].expires);
	}
}

static void passwords_that_are_none_are_refused(void **state)
{
	(void)state;
	static unsigned char huge[MIB];
	memset(huge, 'a', sizeof huge);
	static unsigned char nul[] = PASSWORD "\0more";
	const struct {
		const char *what;
		struct secret password;
	} ROWS[] = {
		{ "absent", { NULL, 0 } },
		{ "empty", { nul, 0 } },
		{ "NUL behind the right one", { nul, sizeof nul - 1 } },
		{ "NUL alone", { nul + sizeof PASSWORD - 1, 1 } },
		{ "too long", { huge, 1025 } },
		{ "1 MiB", { huge, sizeof huge } },
		{ "the longest", { huge, 1024 } },
	};
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person, nameless = { 0 };
	assert_int_equal(find(directory, &arena, "alice", &person), OK);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct bind_result result = { .outcome = BIND_OK };
		struct slapd_count before = slapd_counted(&slapd);
		ROW(ROWS[i].what, directory_bind(directory, &person, ROWS[i].password, &result) == OK);
		ROW(ROWS[i].what, result.outcome == BIND_REFUSED);
		ROW(ROWS[i].what, slapd_counted(&slapd).binds == before.binds + 1);
	}
	struct bind_result result;
	assert_int_equal(directory_bind(directory, &nameless, secret_of(PASSWORD), &result), ERR_INTERNAL);
}

static void every_refusal_costs_the_same_operations(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "alice", "counted", "nobody", "locked", "inactive",
		"shared@test", "stranger", "expired", "reset", "*" };
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		struct bind_result result = { 0 };
		struct slapd_count before = slapd_counted(&slapd);
		ROW(NAMES[i], sign_in(directory, NAMES[i], "wrong", &result) == OK);
		ROW(NAMES[i], result.outcome <= BIND_LOCKED);
		struct slapd_count after = slapd_counted(&slapd);
		ROW(NAMES[i], after.searches - before.searches == 1);
		ROW(NAMES[i], after.binds - before.binds == 1);
	}
}

static void who_may_enter_without_a_password(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool may;
	} ROWS[] = {
		{ "alice", true },
		{ "inactive", true },
		{ "reset", true },
		{ "expired", true },
		{ "locked", false },
		{ "shadow-past", false },
		{ "shadow-first", false },
		{ "shadow-later", true },
		{ "shadow-never", true },
		{ "ns-locked", false },
		{ "ns-open", true },
		{ "ad-disabled", false },
		{ "ad-open", true },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person person;
		bool may = !ROWS[i].may;
		ROW(ROWS[i].name, find(directory, &arena, ROWS[i].name, &person) == OK);
		ROW(ROWS[i].name, directory_may_enter(directory, &person, &arena, &may) == OK);
		ROW(ROWS[i].name, may == ROWS[i].may);
	}
}

static void a_dn_of_somebody_else_may_not_enter(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person, other;
	bool may = true;
	assert_int_equal(find(directory, &arena, "alice", &person), OK);
	assert_int_equal(find(directory, &arena, "bob", &other), OK);
	person.id = other.id; /* the entry was replaced since */
	assert_int_equal(directory_may_enter(directory, &person, &arena, &may), OK);
	assert_false(may);
	person.dn = TEXT_LITERAL("uid=gone,ou=people," BASE);
	may = true;
	assert_int_equal(directory_may_enter(directory, &person, &arena, &may), OK);
	assert_false(may);
}

static void a_person_reads_with_own_rights(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const char *const NAMES[] = { "cn", "telephoneNumber", "employeeNumber", "title",
		"description", "jpegPhoto", "userPassword", "UID" };
	static const unsigned COUNTS[] = { 1, 2, 0, 0, 0, 0, 0, 1 };
	struct attribute *attributes;
	struct text version;
	struct person person;
	assert_int_equal(find(directory, &arena, "alice", &person), OK);
	assert_int_equal(
	    directory_read_self(directory, &person, NAMES, COUNT(NAMES), &arena, &attributes, &version), OK);
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		ROW(NAMES[i], text_equal_str(attributes[i].name, NAMES[i]));
		ROW(NAMES[i], attributes[i].n_values == COUNTS[i]);
	}
	assert_int_equal(attributes[0].other_size, 0);
	assert_int_equal(attributes[5].other_size, 4); /* the picture */
	assert_int_equal(attributes[6].other_size, 0); /* nobody's password */
	assert_string_equal(text_str(attributes[1].values[1]), "+49 2");
	assert_string_equal(text_str(attributes[7].values[0]), "alice");
}

static void nobody_is_read_whom_the_directory_refuses(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "cn" };
	static const struct {
		const char *name;
		enum err err;
	} ROWS[] = {
		{ "privileged", ERR_FORBIDDEN },
		{ "locked", ERR_FORBIDDEN },
		{ "bob", OK },
	};
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct attribute *attributes;
	struct text version;
	struct person person, administrator = { .dn = TEXT_LITERAL("cn=admin," BASE) };
	struct person ghost = { .dn = TEXT_LITERAL("uid=ghost,ou=people," BASE) }, none = { 0 };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		ROW(ROWS[i].name, find(directory, &arena, ROWS[i].name, &person) == OK);
		ROW(ROWS[i].name, directory_read_self(directory, &person, NAMES, 1, &arena, &attributes,
				      &version) == ROWS[i].err);
	}
	assert_int_equal(
	    directory_read_self(directory, &administrator, NAMES, 1, &arena, &attributes, &version),
	    ERR_FORBIDDEN);
	assert_int_equal(
	    directory_read_self(directory, &ghost, NAMES, 1, &arena, &attributes, &version), ERR_FORBIDDEN);
	assert_int_equal(
	    directory_read_self(directory, &none, NAMES, 1, &arena, &attributes, &version), ERR_INTERNAL);
	assert_int_equal(
	    directory_read_self(directory, &person, NAMES, 0, &arena, &attributes, &version), ERR_INTERNAL);
}

/* The names of somebody's groups in their order, blanks between them; '+' for more. */
static const char *names_of_groups(const struct directory_settings *settings, const char *name, unsigned max)
{
	static char names[400];
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(directory_free) struct directory *deep = campus_open(settings);
	struct person person;
	struct group *groups;
	unsigned n;
	bool more;
	names[0] = '\0';
	assert_int_equal(find(deep, &arena, name, &person), OK);
	assert_int_equal(directory_groups(deep, &person, max, &arena, &groups, &n, &more), OK);
	for (unsigned i = 0; i < n; i++) {
		strncat(names, i > 0 ? " " : "", sizeof names - strlen(names) - 1);
		strncat(names, text_str(groups[i].name), sizeof names - strlen(names) - 1);
	}
	return strncat(names, more ? "+" : "", sizeof names - strlen(names) - 1);
}

static const char *groups_of(const char *name, unsigned depth, unsigned max)
{
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->group_depth = depth;
	return names_of_groups(settings, name, max);
}

/* A directory that has both kinds: user names in the ones, DNs in the others, which alone hold groups. */
static void groups_of_two_kinds_are_found_together(void **state)
{
	(void)state;
	static const char *const BOTH[] = { "member", "memberuid" };
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->groups_base = BASE;
	settings->groups_filter = "(|(objectClass=groupOfNames)(objectClass=posixGroup))";
	settings->group_member_attributes = BOTH;
	settings->n_group_member_attributes = COUNT(BOTH);
	settings->group_depth = 1;
	assert_string_equal(names_of_groups(settings, "alice", 50), "g1 posix g2");
	assert_string_equal(names_of_groups(settings, "carol", 50), "wide");
	settings->n_group_member_attributes = 0;
	struct directory *none = NULL;
	assert_int_equal(directory_open(settings, &none), ERR_CONFIG);
}

static void groups_are_climbed_to_their_bounds(void **state)
{
	(void)state;
	assert_string_equal(groups_of("alice", 0, 50), "g1");
	assert_string_equal(groups_of("alice", 3, 50), "g1 g2 g3 g4");
	assert_string_equal(groups_of("alice", 10, 50), "g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 g11");
	assert_string_equal(groups_of("alice", 20, 50), "g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 g11 g12");
	assert_string_equal(groups_of("alice", 20, 12), "g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 g11 g12");
	assert_string_equal(groups_of("alice", 10, 3), "g1 g2 g3+");
	assert_string_equal(groups_of("alice", 10, 0), "+");
	assert_string_equal(groups_of("bob", 10, 50), "(b)*\\, beyond");
	assert_string_equal(groups_of("carol", 10, 50), "wide");
	assert_string_equal(groups_of("locked", 10, 50), "");
}

static void groups_of_other_kinds(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const char *const NAMES[] = { "memberUid" };
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->groups_base = "ou=units," BASE;
	settings->groups_filter = "objectClass=posixGroup";
	settings->group_member_attributes = NAMES;
	settings->group_name_attribute = "gidNumber";
	CLEANUP(directory_free) struct directory *posix = campus_open(settings);
	settings->groups_base = "";
	CLEANUP(directory_free) struct directory *without = campus_open(settings);
	settings->groups_base = "ou=missing," BASE;
	CLEANUP(directory_free) struct directory *wrong = campus_open(settings);
	struct person person;
	struct group *groups;
	unsigned n;
	bool more;
	assert_int_equal(find(posix, &arena, "alice", &person), OK);
	assert_int_equal(directory_groups(posix, &person, 9, &arena, &groups, &n, &more), OK);
	assert_int_equal(n, 1);
	assert_string_equal(text_str(groups[0].name), "1");
	assert_int_equal(directory_groups(without, &person, 9, &arena, &groups, &n, &more), OK);
	assert_int_equal(n, 0);
	assert_int_equal(directory_groups(wrong, &person, 9, &arena, &groups, &n, &more), ERR_CONFIG);
}

static void what_is_wrong_in_the_settings_is_said(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct directory *none = NULL;
	struct person person;
	struct directory_settings *settings = campus_settings("http://127.0.0.1", NULL);
	assert_int_equal(directory_open(settings, &none), ERR_CONFIG);
	settings = campus_settings(slapd.ldaps, NULL);
	settings->ca_file = slapd_file("missing.pem");
	assert_int_equal(directory_open(settings, &none), ERR_CONFIG);
	settings = campus_settings(slapd.ldap, NULL);
	settings->read_password = (struct secret){ 0 };
	assert_int_equal(directory_open(settings, &none), ERR_CONFIG);
	assert_null(none);

	settings = campus_settings(slapd.ldap, NULL);
	settings->read_password = secret_of("wrong");
	settings->proxy_dn = "";
	CLEANUP(directory_free) struct directory *refused = campus_open(settings);
	assert_int_equal(find(refused, &arena, "alice", &person), ERR_CONFIG);
	assert_false(directory_is_well(refused));
	struct attribute *attributes;
	struct text version;
	static const char *const NAMES[] = { "cn" };
	assert_int_equal(find(directory, &arena, "alice", &person), OK);
	assert_int_equal(
	    directory_read_self(refused, &person, NAMES, 1, &arena, &attributes, &version), ERR_CONFIG);

	settings = campus_settings(slapd.ldap, NULL);
	settings->people_base = "ou=missing," BASE;
	CLEANUP(directory_free) struct directory *nowhere = campus_open(settings);
	assert_int_equal(find(nowhere, &arena, "alice", &person), ERR_CONFIG);
	settings = campus_settings(slapd.ldap, NULL);
	settings->people_filter = "(objectClass=inetOrgPerson";
	CLEANUP(directory_free) struct directory *broken = campus_open(settings);
	assert_int_equal(find(broken, &arena, "alice", &person), ERR_CONFIG);
	assert_true(directory_is_well(directory));
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_is_read),
		cmocka_unit_test(names_find_the_one_person_or_nobody),
		cmocka_unit_test(every_byte_in_a_name_is_harmless),
		cmocka_unit_test(names_of_one_person_have_one_id),
		cmocka_unit_test(a_binary_id_is_hexadecimal),
		cmocka_unit_test(every_state_has_its_outcome),
		cmocka_unit_test(passwords_that_are_none_are_refused),
		cmocka_unit_test(every_refusal_costs_the_same_operations),
		cmocka_unit_test(who_may_enter_without_a_password),
		cmocka_unit_test(a_dn_of_somebody_else_may_not_enter),
		cmocka_unit_test(a_person_reads_with_own_rights),
		cmocka_unit_test(nobody_is_read_whom_the_directory_refuses),
		cmocka_unit_test(groups_are_climbed_to_their_bounds),
		cmocka_unit_test(groups_of_other_kinds),
		cmocka_unit_test(groups_of_two_kinds_are_found_together),
		cmocka_unit_test(what_is_wrong_in_the_settings_is_said),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

int main(void)
{
	return slapd_guard(run);
}
