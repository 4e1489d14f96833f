/* Accounts in a real directory. */
#include "unit.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/account/account.h"
#include "authority/account/entry.h"
#include "authority/authority.h"
#include "authority/directory/campus.h"
#include "authority/directory/slapd.h"
#include "authority/keys/keys.h"
#include "conf/conf.h"
#include "log/log.h"

#define MASTER_1 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define MASTER_2 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define RACERS 8

static struct slapd slapd;
static struct conf conf = { .records = { .base = RECORDS } };
static struct authority authority = { .conf = &conf };

/* A name for a person that no other test has. */
static struct text somebody(void)
{
	static char names[64][40];
	static unsigned n;
	(void)snprintf(names[n], sizeof names[n], "person-%u,+=\"\\<>;#", n);
	return text_of(names[n++]);
}

static struct msg_factor_record factor_of(uint8_t number, const char *name)
{
	static uint8_t secret[20] = "01234567890123456789";
	return (struct msg_factor_record){
		.id = { { number, 1 } },
		.kind = FACTOR_TOTP,
		.name = text_of(name),
		.secret = { secret, sizeof secret },
		.period_s = 30,
		.digits = 6,
		.added = 1000 + number,
		.counts_from = 5000,
	};
}

static const struct account *load(struct text person, struct arena *arena)
{
	const struct account *account = NULL;
	assert_int_equal(account_load(&authority, person, arena, &account), OK);
	return account;
}

static void test_nobody(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text person = somebody();
	const struct account *account = load(person, &arena);
	uint64_t generation = 7;
	assert_false(account->is_there);
	assert_int_equal(account->n_factors + account->n_broken + account->recovery_left, 0);
	assert_int_equal(account->generation, 0);
	assert_true(text_equal(account->person, person));
	assert_int_equal(account_generation(&authority, person, &generation), OK);
	assert_int_equal(generation, 0);
	const struct msg_factor_record factor = factor_of(1, "phone");
	assert_int_equal(account_factor_change(&authority, person, &factor), ERR_NOT_FOUND);
	assert_int_equal(account_factor_remove(&authority, person, &factor.id), ERR_NOT_FOUND);
	assert_int_equal(account_recovery_use(&authority, person, secret_of("aaaa")), ERR_NOT_FOUND);
	assert_int_equal(account_enrol_until(&authority, person, 0), OK);
	assert_int_equal(account_distrust(&authority, person, false), OK);
	assert_false(load(person, &arena)->is_there);
	static const char *const NOBODIES[] = { "", "a b", "\xc3\xbc", "a\nb" };
	for (size_t i = 0; i < COUNT(NOBODIES); i++)
		ROW(NOBODIES[i],
		    account_load(&authority, text_of(NOBODIES[i]), &arena, &account) == ERR_MALFORMED);
}

static void test_factors(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text person = somebody();
	struct msg_factor_record phone = factor_of(2, "phone"), key = factor_of(1, "key");
	assert_int_equal(account_factor_add(&authority, person, &phone), OK);
	assert_int_equal(account_factor_add(&authority, person, &key), OK);
	assert_int_equal(account_factor_add(&authority, person, &phone), ERR_EXISTS);
	const struct account *account = load(person, &arena);
	assert_true(account->is_there);
	assert_int_equal(account->generation, 0); /* a factor ends no session */
	assert_int_equal(account->n_factors, 2);
	assert_string_equal(text_str(account->factors[0]->name), "key"); /* older */
	assert_string_equal(text_str(account->factors[1]->name), "phone");
	assert_memory_equal(account->factors[1]->secret.at, phone.secret.at, phone.secret.len);
	assert_int_equal(account->factors[1]->counts_from, 5000);
	phone.name = text_of("new phone");
	assert_int_equal(account_factor_change(&authority, person, &phone), OK);
	account = load(person, &arena);
	assert_int_equal(account->n_factors, 2);
	assert_string_equal(text_str(account->factors[1]->name), "new phone");
	assert_int_equal(account_factor_remove(&authority, person, &phone.id), OK);
	assert_int_equal(account_factor_remove(&authority, person, &phone.id), ERR_NOT_FOUND);
	assert_int_equal(account_factor_change(&authority, person, &phone), ERR_NOT_FOUND);
	assert_int_equal(load(person, &arena)->n_factors, 1);
}

static void test_twenty_factors_are_enough(void **state)
{
	(void)state;
	struct text person = somebody();
	for (uint8_t i = 0; i < ACCOUNT_FACTORS_MAX; i++) {
		const struct msg_factor_record factor = factor_of(i, "one of many");
		assert_int_equal(account_factor_add(&authority, person, &factor), OK);
	}
	const struct msg_factor_record more = factor_of(100, "too many");
	assert_int_equal(account_factor_add(&authority, person, &more), ERR_TOO_LARGE);
}

/* What somebody who may write ou=spom can do: read and put values as they are. */
static struct text raw_factor(struct text person, unsigned which, struct arena *arena)
{
	struct attribute attributes[ENTRY_ATTRIBUTES];
	assert_int_equal(entry_read(&authority, person, arena, attributes), OK);
	assert_true(which < attributes[ENTRY_FACTOR].n_values);
	return attributes[ENTRY_FACTOR].values[which];
}

static void put_raw(struct text person, enum entry_attribute which, const struct text *value)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct record_change change = ENTRY_CHANGE(RECORD_REPLACE, which, value);
	assert_int_equal(entry_change(&authority, person, &change, 1, NULL, &arena), OK);
}

/* A value of another person, of another factor, of another kind, or cut opens nothing, and is counted: it is never "no factor". */
static void test_swapped_values(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text ada = somebody(), bob = somebody();
	const struct msg_factor_record one = factor_of(1, "one"), two = factor_of(2, "two");
	assert_int_equal(account_factor_add(&authority, ada, &one), OK);
	assert_int_equal(account_factor_add(&authority, bob, &two), OK);
	struct text hers = raw_factor(ada, 0, &arena), his = raw_factor(bob, 0, &arena);
	struct secret foreign;
	assert_int_equal(
	    keys_seal(authority.keys, KEY_STORE_VALUE, (struct bytes){ (uint8_t *)"x", 1 }, &arena, &foreign),
	    OK);
	const struct {
		const char *name;
		const char *value;
	} ROWS[] = {
		{ "of another person", text_str(hers) },
		{ "under another factor's id",
		    arena_printf(&arena, "%.22s%s", text_str(hers), text_str(his) + 22) },
		{ "of another kind", arena_printf(&arena, "%.23s%s", text_str(his), (char *)foreign.at) },
		{ "cut", arena_printf(&arena, "%.*s", (int)his.len - 1, text_str(his)) },
		{ "without a factor", arena_printf(&arena, "%.23s", text_str(his)) },
		{ "rubbish", "rubbish" },
		{ "with a control character", "\x01" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct text value = text_of(ROWS[i].value);
		put_raw(bob, ENTRY_FACTOR, &value);
		const struct account *account = load(bob, &arena);
		ROW(ROWS[i].name, account->is_there && account->n_factors == 0 && account->n_broken == 1);
	}
	put_raw(bob, ENTRY_FACTOR, &his);
	assert_int_equal(load(bob, &arena)->n_factors, 1);
}

static void test_recovery(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text person = somebody(), other = somebody();
	const struct secret codes[] = { secret_of("abcd-efgh-2345-6789"), secret_of("zzzz-zzzz-zzzz-zzzz") };
	assert_int_equal(account_recovery_set(&authority, person, codes, 2, 1700000000123), OK);
	const struct account *account = load(person, &arena);
	assert_int_equal(account->recovery_left, 2);
	assert_true(account->recovery_made == 1700000000123);
	assert_int_equal(account->generation, 0);
	assert_int_equal(account_recovery_use(&authority, person, secret_of("")), ERR_NOT_FOUND);
	assert_int_equal(
	    account_recovery_use(&authority, person, secret_of("abcd-efgh-2345-678")), ERR_NOT_FOUND);
	assert_int_equal(account_recovery_set(&authority, other, &codes[1], 1, 1), OK);
	assert_int_equal(account_recovery_use(&authority, other, codes[0]), ERR_NOT_FOUND);
	assert_int_equal(account_recovery_use(&authority, person, secret_of(" ABCDEFGH 23456789 ")),
	    OK); /* as people type */
	assert_int_equal(account_recovery_use(&authority, person, codes[0]), ERR_NOT_FOUND);
	assert_int_equal(load(person, &arena)->recovery_left, 1);
	assert_int_equal(account_recovery_set(&authority, person, codes, 1, 1700000000999), OK);
	assert_int_equal(account_recovery_use(&authority, person, codes[1]), ERR_NOT_FOUND);
	assert_int_equal(account_recovery_use(&authority, person, codes[0]), OK);
	assert_int_equal(account_recovery_use(&authority, person, codes[0]), ERR_NOT_FOUND);
	assert_int_equal(load(person, &arena)->recovery_left, 0);
}

struct race {
	struct text person;
	struct secret code;
	pthread_barrier_t start;
	_Atomic unsigned won, lost;
};

static void *use_code(void *context)
{
	struct race *race = context;
	(void)pthread_barrier_wait(&race->start);
	enum err err = account_recovery_use(&authority, race->person, race->code);
	race->won += err == OK;
	race->lost += err == ERR_NOT_FOUND;
	return NULL;
}

static void run_race(struct race *race, void *(*run)(void *))
{
	pthread_t threads[RACERS];
	(void)pthread_barrier_init(&race->start, NULL, RACERS);
	for (unsigned i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, race), 0);
	for (unsigned i = 0; i < RACERS; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&race->start);
}

/* However many use a code at once, one of them does. */
static void test_a_code_is_used_once(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 10; round++) {
		struct race race = { .person = somebody(), .code = secret_of("abcd-efgh-2345-6789") };
		assert_int_equal(account_recovery_set(&authority, race.person, &race.code, 1, 1), OK);
		run_race(&race, use_code);
		assert_int_equal(race.won, 1);
		assert_int_equal(race.lost, RACERS - 1);
	}
}

static void *raise_generation(void *context)
{
	struct race *race = context;
	uint64_t generation;
	(void)pthread_barrier_wait(&race->start);
	race->won += account_generation_raise(&authority, race->person, &generation) == OK;
	return NULL;
}

/* Nobody's raise is lost, and the entry is made once. */
static void test_generations(void **state)
{
	(void)state;
	struct race race = { .person = somebody() };
	uint64_t generation = 0;
	run_race(&race, raise_generation);
	assert_int_equal(account_generation(&authority, race.person, &generation), OK);
	assert_true(race.won > 0);
	assert_int_equal(generation, race.won);
	assert_int_equal(account_generation_raise(&authority, race.person, &generation), OK);
	assert_int_equal(generation, race.won + 1);
}

static void *add_factor(void *context)
{
	struct race *race = context;
	const struct msg_factor_record factor = factor_of(1, "one");
	(void)pthread_barrier_wait(&race->start);
	enum err err = account_factor_add(&authority, race->person, &factor);
	race->won += err == OK;
	race->lost += err == ERR_EXISTS;
	return NULL;
}

static void test_a_factor_is_added_once(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct race race = { .person = somebody() };
	run_race(&race, add_factor);
	assert_int_equal(race.won, 1);
	assert_int_equal(race.lost, RACERS - 1);
	assert_int_equal(load(race.person, &arena)->n_factors, 1);
}

static void *add_first_factor(void *context)
{
	static _Atomic uint8_t number = 1;
	struct race *race = context;
	const struct msg_factor_record factor = factor_of(number++, "of one of them");
	(void)pthread_barrier_wait(&race->start);
	enum err err = account_factor_add_first(&authority, race->person, &factor);
	race->won += err == OK;
	race->lost += err == ERR_EXISTS;
	return NULL;
}

/* Of several who prove the password alone one enrols; and nobody does beside a factor, be it one that nobody can open. */
static void test_one_factor_is_the_first(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct race race = { .person = somebody() };
	run_race(&race, add_first_factor);
	assert_int_equal(race.won, 1);
	assert_int_equal(race.lost, RACERS - 1);
	assert_int_equal(load(race.person, &arena)->n_factors, 1);
	const struct msg_factor_record other = factor_of(100, "other");
	assert_int_equal(account_factor_add_first(&authority, race.person, &other), ERR_EXISTS);
	struct text broken = TEXT_LITERAL("nobody can open this");
	put_raw(race.person, ENTRY_FACTOR, &broken);
	assert_int_equal(account_factor_add_first(&authority, race.person, &other), ERR_EXISTS);
	assert_int_equal(load(race.person, &arena)->n_factors, 0);
}

static void test_marks(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text person = somebody();
	assert_int_equal(account_enrol_until(&authority, person, 1800000000000), OK);
	assert_int_equal(account_known_after(&authority, person, 1700000000456), OK);
	assert_int_equal(account_distrust(&authority, person, true), OK);
	const struct account *account = load(person, &arena);
	assert_true(account->enrol_until == 1800000000000);
	assert_true(account->known_after == 1700000000456);
	assert_true(account->distrusted);
	assert_false(text_is_empty(account->version));
	assert_int_equal(account_enrol_until(&authority, person, 0), OK);
	assert_int_equal(account_distrust(&authority, person, false), OK);
	account = load(person, &arena);
	assert_true(account->enrol_until == 0);
	assert_false(account->distrusted);
}

static void test_epoch(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text epoch;
	assert_int_equal(account_epoch_load(&authority, &arena, &epoch), OK);
	assert_null(epoch.at);
	assert_int_equal(account_epoch_save(&authority, text_of("first")), OK);
	assert_int_equal(account_epoch_save(&authority, text_of("second")), OK);
	assert_int_equal(account_epoch_load(&authority, &arena, &epoch), OK);
	assert_string_equal(text_str(epoch), "second");
	assert_int_equal(account_epoch_save(&authority, text_of("")), ERR_TOO_LARGE);
	assert_int_equal(
	    account_epoch_save(&authority, text_of("012345678901234567890123456789012")), ERR_TOO_LARGE);
}

static void write_key(const char *text)
{
	FILE *file = fopen(slapd_file("master"), "w");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* A rotation loses nothing, and behind it the former key is needed for names alone. */
static void test_reseal(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text people[] = { somebody(), somebody(), somebody() };
	const struct msg_factor_record one = factor_of(1, "one"), two = factor_of(2, "two");
	const struct secret code = secret_of("abcd-efgh-2345-6789");
	unsigned left = 99;
	for (size_t i = 0; i < COUNT(people); i++)
		assert_int_equal(account_factor_add(&authority, people[i], &one), OK);
	assert_int_equal(account_recovery_set(&authority, people[0], &code, 1, 1), OK);
	assert_int_equal(account_reseal(&authority, 100, &left), OK);
	assert_int_equal(left, 0);

	write_key(MASTER_2 "\n" MASTER_1 "\n");
	assert_int_equal(keys_reload(authority.keys, slapd_file("master")), OK);
	assert_int_equal(account_factor_add(&authority, people[0], &two), OK); /* has one of each key now */
	for (left = 1000; left > 0;) {
		unsigned before = left;
		assert_int_equal(account_reseal(&authority, 2, &left), OK);
		assert_true(left < before);
	}
	write_key(MASTER_2 "\nnames " MASTER_1 "\n");
	assert_int_equal(keys_reload(authority.keys, slapd_file("master")), OK);
	for (size_t i = 0; i < COUNT(people); i++) {
		const struct account *account = load(people[i], &arena);
		assert_int_equal(account->n_broken, 0);
		assert_int_equal(account->n_factors, i == 0 ? 2 : 1);
	}
	assert_int_equal(account_recovery_use(&authority, people[0], code), OK);
	write_key(MASTER_1 "\n");
	assert_int_equal(keys_reload(authority.keys, slapd_file("master")), OK);
	assert_int_equal(load(people[1], &arena)->n_broken, 1); /* never "none" */
}

/* "Not there" is believed to a server that takes writes alone; and where there is one, it is asked. */
static void test_servers_that_lag_behind(void **state)
{
	(void)state;
	static const char *const KINDS[] = {
		"readonly on\n",
		"syncrepl rid=1 provider=ldap://127.0.0.1:1 searchbase=\"" BASE
		"\" type=refreshOnly retry=\"60 +\" bindmethod=simple\nupdateref ldap://127.0.0.1:1\n",
	};
	for (size_t i = 0; i < COUNT(KINDS); i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct slapd behind;
		char name[20];
		const struct account *account;
		(void)snprintf(name, sizeof name, "behind-%zu", i);
		slapd_new_with(&behind, name, KINDS[i]);
		const char *uris[] = { behind.ldap, slapd.ldap };
		struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
		settings->records_uris = uris;
		settings->n_records_uris = 1;
		struct authority other = authority;
		other.directory = campus_open(settings);
		struct text person = somebody();
		const struct msg_factor_record factor = factor_of(1, "one");
		ROW(KINDS[i], account_load(&other, person, &arena, &account) == ERR_UNREACHABLE);
		ROW(KINDS[i], account_factor_add(&other, person, &factor) == ERR_UNREACHABLE);
		directory_free(&other.directory);
		settings->n_records_uris = 2;
		other.directory = campus_open(settings);
		ROW(KINDS[i], account_load(&other, person, &arena, &account) == OK && !account->is_there);
		ROW(KINDS[i], account_factor_add(&other, person, &factor) == OK);
		ROW(KINDS[i],
		    account_load(&other, person, &arena, &account) == OK && account->n_factors == 1);
		directory_free(&other.directory);
		slapd_kill(&behind);
	}
}

static void test_faults(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct account *account;
	struct authority other = authority;
	struct directory_settings *settings = campus_settings(slapd.ldap, NULL);
	settings->store_password = secret_of("wrong");
	other.directory = campus_open(settings);
	assert_int_equal(account_load(&other, text_of("x"), &arena, &account), ERR_CONFIG);
	directory_free(&other.directory);
	settings = campus_settings(slapd.ldap, NULL);
	settings->store_dn = "";
	other.directory = campus_open(settings);
	assert_int_equal(account_load(&other, text_of("x"), &arena, &account), ERR_CONFIG);
	assert_int_equal(account_distrust(&other, text_of("x"), true), ERR_CONFIG);
	directory_free(&other.directory);
	settings = campus_settings(slapd.ldap, NULL); /* somebody who may not look */
	settings->store_dn = READ_DN;
	settings->store_password = secret_of(READ_PASSWORD);
	other.directory = campus_open(settings);
	assert_int_equal(account_load(&other, text_of("x"), &arena, &account), ERR_CONFIG);
	assert_int_equal(account_distrust(&other, text_of("x"), true), ERR_CONFIG);
	directory_free(&other.directory);
	slapd_signal(&slapd, SIGSTOP);
	assert_int_equal(account_load(&authority, text_of("x"), &arena, &account), ERR_TIMEOUT);
	slapd_signal(&slapd, SIGCONT);
	assert_true(wait_until_well(authority.directory, 3000) >= 0);
}

static int open_all(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	slapd_new(&slapd, "accounts");
	write_key(MASTER_1 "\n");
	authority.directory = campus_open(campus_settings(slapd.ldap, NULL));
	return keys_new(slapd_file("master"), &authority.keys) == OK ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	directory_free(&authority.directory);
	keys_free(&authority.keys);
	slapd_kill(&slapd);
	return 0;
}

static void test_names(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const char *const NAMES[] = { "ada", "ADA", "a*", "*", "*)(spomPersonId=*", "\xc3\xa9milie" };
	struct text person = somebody(),
		    other = text_of(arena_printf(&arena, "%s-other", text_str(somebody())));
	bool known = true;
	assert_int_equal(account_user_is_known(&authority, person, text_of("ada"), &known), OK);
	assert_false(known);
	assert_int_equal(account_user_note(&authority, person, text_of("ada")), OK);
	assert_true(load(person, &arena)->has_enrolled);
	assert_int_equal(account_user_note(&authority, person, text_of("ada")), OK);
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		assert_int_equal(account_user_is_known(&authority, other, text_of(NAMES[i]), &known), OK);
		ROW(NAMES[i], known == (i < 2));
	}
	assert_int_equal(account_user_is_known(&authority, person, text_of("ada"), &known), OK);
	assert_false(known); /* oneself */
	assert_int_equal(account_user_note(&authority, person, text_of("\xc3\x89milie")), OK);
	assert_int_equal(account_user_is_known(&authority, other, text_of(NAMES[5]), &known), OK);
	assert_true(known);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_factors),
		cmocka_unit_test(test_twenty_factors_are_enough),
		cmocka_unit_test(test_swapped_values),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_a_code_is_used_once),
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_a_factor_is_added_once),
		cmocka_unit_test(test_one_factor_is_the_first),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_epoch),
		cmocka_unit_test(test_reseal),
		cmocka_unit_test(test_servers_that_lag_behind),
		cmocka_unit_test(test_faults),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}

int main(void)
{
	return slapd_guard(run_all);
}
