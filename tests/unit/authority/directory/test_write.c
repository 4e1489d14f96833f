/* What people write into their own entries, and what stands in the way, against a private slapd. */
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "authority/directory/campus.h"
#include "authority/directory/slapd.h"

#define RACERS 8
#define VALUES_MAX 4

static struct slapd slapd;
static struct directory *directory;

static int start(void **state)
{
	(void)state;
	slapd_new(&slapd, "write");
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

static struct person somebody(struct arena *arena, const char *name)
{
	struct person person;
	ROW(name, find(directory, arena, name, &person) == OK);
	return person;
}

/* The values of an attribute now, sorted as they come, each followed by '|'; and the version of the entry. */
static const char *values_of(
    struct arena *arena, const struct person *person, const char *name, struct text *version_r)
{
	struct attribute *attributes;
	const char *all = "";
	struct text version;
	ROW(name, directory_read_self(directory, person, &name, 1, arena, &attributes, &version) == OK);
	for (unsigned i = 0; i < attributes[0].n_values; i++)
		all = arena_printf(arena, "%s%s|", all, text_str(attributes[0].values[i]));
	assert_non_null(all);
	if (version_r != NULL)
		*version_r = version;
	return all;
}

static struct text version_of(struct arena *arena, const struct person *person)
{
	struct text version;
	(void)values_of(arena, person, "cn", &version);
	assert_false(text_is_empty(version));
	return version;
}

static enum err write(const struct person *person, struct text version, const struct change *changes,
    unsigned n, struct arena *arena, struct write_result *result_r)
{
	*result_r = (struct write_result){ 0 };
	return directory_write_self(directory, person, version, changes, n, arena, result_r);
}

/* One value, or none at all where it is NULL. */
static struct change change_to(const char *name, const struct text *value)
{
	return (struct change){ text_of(name), value, value != NULL };
}

static void several_attributes_and_values_are_written_at_once(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person = somebody(&arena, "writer");
	const struct text numbers[] = { TEXT_LITERAL("+49 171 1"), TEXT_LITERAL("+49 171 2"),
		TEXT_LITERAL("+49 171 3") };
	const struct text language = TEXT_LITERAL("de");
	const struct change changes[] = { { TEXT_LITERAL("mobile"), numbers, 3 },
		change_to("preferredLanguage", &language) };
	struct write_result result;
	assert_int_equal(write(&person, version_of(&arena, &person), changes, 2, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_DONE);
	assert_string_equal(values_of(&arena, &person, "mobile", NULL), "+49 171 1|+49 171 2|+49 171 3|");
	assert_string_equal(values_of(&arena, &person, "preferredLanguage", NULL), "de|");

	const struct change fewer[] = { { TEXT_LITERAL("mobile"), numbers + 1, 1 },
		change_to("preferredLanguage", NULL) };
	assert_int_equal(write(&person, version_of(&arena, &person), fewer, 2, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_DONE);
	assert_string_equal(values_of(&arena, &person, "mobile", NULL), "+49 171 2|");
	assert_string_equal(values_of(&arena, &person, "preferredLanguage", NULL), "");
	/* what was never there may go as well */
	assert_int_equal(write(&person, version_of(&arena, &person), fewer + 1, 1, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_DONE);
}

static void every_value_comes_back_as_it_was(void **state)
{
	(void)state;
	static const char *const VALUES[] = {
		"*",
		")(uid=*))(|(uid=*",
		"a\\2a\\00\\",
		"Main Street 1$12345 Town$Country",
		"first\nsecond",
		"<script>alert('1')</script>&amp;\"",
		" # , + \" < > ; = /",
		"{SSHA}none",
		"na\xc3\xafve \xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\x82",
		"%s%n%1$s",
		"mobile: +49",
		"-\nadd: userPassword\nuserPassword: x",
	};
	for (size_t i = 0; i < COUNT(VALUES); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person person = somebody(&arena, "writer");
		const struct text value = text_of(VALUES[i]);
		const struct change change = change_to("labeledURI", &value);
		struct write_result result;
		ROW(VALUES[i],
		    write(&person, version_of(&arena, &person), &change, 1, &arena, &result) == OK);
		ROW(VALUES[i], result.outcome == WRITE_DONE);
		const char *now = values_of(&arena, &person, "labeledURI", NULL);
		ROW(VALUES[i], strncmp(now, VALUES[i], value.len) == 0 && strcmp(now + value.len, "|") == 0);
	}
}

/* Two have read the same, and the second to write is told so. */
static void who_read_before_another_wrote_overwrites_nothing(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person = somebody(&arena, "writer");
	struct text version = version_of(&arena, &person), other = TEXT_LITERAL("1"),
		    mine = TEXT_LITERAL("2");
	const struct change first = change_to("mobile", &other), second = change_to("mobile", &mine);
	const struct change elsewhere = change_to("preferredLanguage", &mine);
	struct write_result result;
	assert_int_equal(write(&person, version, &first, 1, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_DONE);
	assert_int_equal(write(&person, version, &second, 1, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_STALE);
	assert_int_equal(write(&person, version, &elsewhere, 1, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_STALE); /* another attribute of the same entry */
	assert_string_equal(values_of(&arena, &person, "mobile", &version), "1|");
	assert_int_equal(write(&person, version, &second, 1, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_DONE);
	assert_string_equal(values_of(&arena, &person, "mobile", NULL), "2|");
}

struct race {
	struct text version;
	pthread_barrier_t start;
	_Atomic unsigned done, stale, number;
	_Atomic unsigned winner;
};

static void *write_number(void *context)
{
	struct race *race = context;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person;
	struct write_result result = { 0 };
	unsigned number = race->number++;
	const struct text value = text_of(arena_printf(&arena, "%u", number));
	const struct change change = change_to("mobile", &value);
	enum err err = find(directory, &arena, "racer", &person);
	(void)pthread_barrier_wait(&race->start);
	if (err == OK)
		err = directory_write_self(directory, &person, race->version, &change, 1, &arena, &result);
	race->stale += err == OK && result.outcome == WRITE_STALE;
	if (err == OK && result.outcome == WRITE_DONE) {
		race->done++;
		race->winner = number;
	}
	return NULL;
}

static void of_many_at_once_one_writes(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 10; round++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person person = somebody(&arena, "racer");
		struct race race = { .version = version_of(&arena, &person), .number = 1 };
		pthread_t threads[RACERS];
		char winner[20];
		assert_int_equal(pthread_barrier_init(&race.start, NULL, RACERS), 0);
		for (size_t i = 0; i < RACERS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, write_number, &race), 0);
		for (size_t i = 0; i < RACERS; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
		(void)pthread_barrier_destroy(&race.start);
		assert_int_equal(race.done, 1);
		assert_int_equal(race.stale, RACERS - 1);
		(void)snprintf(winner, sizeof winner, "%u|", (unsigned)race.winner);
		assert_string_equal(values_of(&arena, &person, "mobile", NULL), winner);
	}
}

/* Each beside a change that is allowed: it is named, and none of both is done. */
static void what_is_refused_is_named_and_nothing_is_written(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		const char *name;
		const char *values[VALUES_MAX];
		bool forbidden, has_words;
	} ROWS[] = {
		{ "not the person's to write", "mail", { "other@test" }, true, false },
		{ "not the person's to see", "employeeNumber", { "4712" }, true, false },
		{ "who somebody is", "employeeType", { "privileged" }, true, false },
		{ "what somebody is", "objectClass", { "inetOrgPerson", "posixAccount" }, true, false },
		{ "who may act as whom", "authzTo", { "dn:*" }, true, false },
		{ "a syntax", "mobile", { "+49 30 \xc3\xbc" }, false, true },
		{ "an empty value", "mobile", { "" }, false, true },
		{ "one of two", "mobile", { "+49 30 1", "+49 30 \xc3\xbc" }, false, true },
		{ "the same twice", "mobile", { "+49 30 1", "+49301" }, false, true },
		{ "two for one", "preferredLanguage", { "de", "en" }, false, true },
		{ "what must not go", "sn", { NULL }, false, true },
		{ "what is not there", "noSuchAttribute", { "x" }, false, true },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct person person = somebody(&arena, "writer");
		const char *before = values_of(&arena, &person, "labeledURI", NULL);
		const struct text allowed = text_of(arena_printf(&arena, "allowed %zu", i));
		struct text values[VALUES_MAX];
		unsigned n = 0;
		while (n < VALUES_MAX && ROWS[i].values[n] != NULL) {
			values[n] = text_of(ROWS[i].values[n]);
			n++;
		}
		const struct change changes[] = { change_to("labeledURI", &allowed),
			{ text_of(ROWS[i].name), values, n } };
		struct write_result result;
		ROW(ROWS[i].what,
		    write(&person, version_of(&arena, &person), changes, 2, &arena, &result) == OK);
		ROW(ROWS[i].what, result.outcome == WRITE_REFUSED);
		ROW(ROWS[i].what, text_equal(result.attribute, text_of(ROWS[i].name)));
		ROW(ROWS[i].what, result.forbidden == ROWS[i].forbidden);
		ROW(ROWS[i].what, text_is_empty(result.words) != ROWS[i].has_words);
		ROW(ROWS[i].what, strcmp(values_of(&arena, &person, "labeledURI", NULL), before) == 0);
	}
}

/* A version comes from a form: it compares, and nothing else. */
static void a_version_that_is_none_writes_nothing(void **state)
{
	(void)state;
	static const char *const VERSIONS[] = { "", "entryCSN", "entryCSN=", "entryCSN=*", "=1", "1",
		"entryCSN=20260101000000.000000Z#000000#000#000000)(uid=*", "entryCSN=1)", "(entryCSN=1)",
		"!(entryCSN=1", "entryCSN>=1", "entryCSN=\\2a", "|(entryCSN=1)(objectClass=*)" };
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person = somebody(&arena, "writer");
	const char *before = values_of(&arena, &person, "mobile", NULL);
	const struct text value = TEXT_LITERAL("0");
	const struct change change = change_to("mobile", &value);
	struct write_result result;
	for (size_t i = 0; i < COUNT(VERSIONS); i++)
		ROW(VERSIONS[i],
		    write(&person, text_of(VERSIONS[i]), &change, 1, &arena, &result) == ERR_CONFIG &&
			result.outcome == WRITE_REFUSED);
	struct text other = text_of("entryCSN=20200101000000.000000Z#000000#000#000000");
	assert_int_equal(write(&person, other, &change, 1, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_STALE);
	assert_string_equal(values_of(&arena, &person, "mobile", NULL), before);
}

static void nobody_is_written_whom_the_directory_refuses(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "privileged", "locked" };
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct text value = TEXT_LITERAL("0");
	const struct change change = change_to("mobile", &value);
	struct person writer = somebody(&arena, "writer");
	struct text version = version_of(&arena, &writer);
	struct write_result result;
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		struct person person = somebody(&arena, NAMES[i]);
		ROW(NAMES[i], write(&person, version, &change, 1, &arena, &result) == ERR_FORBIDDEN);
	}
	struct person administrator = { .dn = TEXT_LITERAL("cn=admin," BASE) };
	assert_int_equal(write(&administrator, version, &change, 1, &arena, &result), ERR_FORBIDDEN);
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->proxy_dn = "";
	CLEANUP(directory_free) struct directory *without = campus_open(settings);
	assert_int_equal(
	    directory_write_self(without, &writer, version, &change, 1, &arena, &result), ERR_CONFIG);
	assert_int_equal(result.outcome, WRITE_REFUSED);
}

/* A server that takes no writes refers to another; the next one is asked. */
static void a_server_that_only_reads_is_passed_over(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct slapd behind;
	slapd_new_with(&behind, "behind",
	    "syncrepl rid=1 provider=ldap://127.0.0.1:1 searchbase=\"" BASE
	    "\" type=refreshOnly retry=\"60 +\" bindmethod=simple\nupdateref ldap://127.0.0.1:1\n");
	CLEANUP(directory_free)
	struct directory *two = campus_open(campus_settings(behind.ldap, slapd.ldap));
	CLEANUP(directory_free) struct directory *one = campus_open(campus_settings(behind.ldap, NULL));
	struct person person = somebody(&arena, "writer");
	struct text version = version_of(&arena, &person);
	const struct text value = TEXT_LITERAL("77");
	const struct change change = change_to("mobile", &value);
	struct write_result result = { 0 };
	assert_int_equal(
	    directory_write_self(one, &person, version, &change, 1, &arena, &result), ERR_UNREACHABLE);
	assert_int_equal(directory_write_self(two, &person, version, &change, 1, &arena, &result), OK);
	assert_int_equal(result.outcome, WRITE_DONE);
	assert_string_equal(values_of(&arena, &person, "mobile", NULL), "77|");
	slapd_kill(&behind);
}

static void bytes_are_read_up_to_their_bound(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person alice = somebody(&arena, "alice"), bob = somebody(&arena, "bob");
	struct bytes picture = { 0 };
	static const uint8_t JPEG[] = { 0xff, 0xd8, 0xff, 0xe0 };
	assert_int_equal(directory_read_self_bytes(directory, &alice, "jpegPhoto", 4, &arena, &picture), OK);
	assert_int_equal(picture.len, sizeof JPEG);
	assert_memory_equal(picture.at, JPEG, sizeof JPEG);
	picture = (struct bytes){ 0 };
	assert_int_equal(
	    directory_read_self_bytes(directory, &alice, "jpegPhoto", 3, &arena, &picture), ERR_TOO_LARGE);
	assert_int_equal(
	    directory_read_self_bytes(directory, &bob, "jpegPhoto", 4, &arena, &picture), ERR_NOT_FOUND);
	assert_int_equal(directory_read_self_bytes(directory, &alice, "employeeNumber", 4, &arena, &picture),
	    ERR_NOT_FOUND); /* there, and not for her */
	struct person privileged = somebody(&arena, "privileged");
	assert_int_equal(
	    directory_read_self_bytes(directory, &privileged, "cn", 99, &arena, &picture), ERR_FORBIDDEN);
	assert_null(picture.at);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_attributes_and_values_are_written_at_once),
		cmocka_unit_test(every_value_comes_back_as_it_was),
		cmocka_unit_test(who_read_before_another_wrote_overwrites_nothing),
		cmocka_unit_test(of_many_at_once_one_writes),
		cmocka_unit_test(what_is_refused_is_named_and_nothing_is_written),
		cmocka_unit_test(a_version_that_is_none_writes_nothing),
		cmocka_unit_test(nobody_is_written_whom_the_directory_refuses),
		cmocka_unit_test(a_server_that_only_reads_is_passed_over),
		cmocka_unit_test(bytes_are_read_up_to_their_bound),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

int main(void)
{
	return slapd_guard(run);
}
