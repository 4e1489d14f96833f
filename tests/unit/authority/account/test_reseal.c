/* The thread that seals factors anew after a new master key, over a real directory. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "authority/account/account.h"
#include "authority/admin/admin.h"
#include "authority/admin/master.h"
#include "authority/authority.h"
#include "authority/directory/campus.h"
#include "authority/directory/slapd.h"
#include "authority/keys/keys.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define MASTER_1 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define MASTER_2 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define PEOPLE 70 /* more than are sealed at a time */
#define LIMIT_MS 10000

static struct slapd slapd;
static struct conf conf = { .authority = { .master_key_file = "" }, .records = { .base = RECORDS } };
static struct authority authority = { .conf = &conf };

static struct text person_of(unsigned i)
{
	static char name[20];
	(void)snprintf(name, sizeof name, "person-%u", i);
	return text_of(name);
}

static const char *write_keys(const char *text)
{
	static char path[200];
	(void)snprintf(path, sizeof path, "%s/master", slapd_folder());
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void add_factor(struct authority *by, unsigned person, uint8_t number)
{
	static uint8_t secret[20] = "01234567890123456789";
	const struct msg_factor_record factor = {
		.id = { { number } },
		.kind = FACTOR_TOTP,
		.name = TEXT_LITERAL("phone"),
		.secret = { secret, sizeof secret },
		.period_s = 30,
		.digits = 6,
		.added = 1000 + number,
	};
	assert_int_equal(account_factor_add(by, person_of(person), &factor), OK);
}

/* Whether the thread says within the limit that nothing is left to do. */
static bool is_done(void)
{
	unsigned left = 1;
	for (int64_t began_ms = clock_steady_ms(); clock_steady_ms() - began_ms < LIMIT_MS; pause_ms(20))
		if (!master_is_resealing(&left))
			return left == 0;
	return false;
}

/* In steps, with a pause between them. */
static bool is_half_done(void)
{
	unsigned left = 0;
	for (int64_t began_ms = clock_steady_ms(); clock_steady_ms() - began_ms < LIMIT_MS; pause_ms(20))
		if (!master_is_resealing(&left) || left > 0)
			return left > 0 && left < PEOPLE;
	return false;
}

static unsigned sealed_with_a_former_key(void)
{
	unsigned left = 99;
	assert_int_equal(account_reseal(&authority, 0, &left), OK); /* counts alone */
	return left;
}

static void assert_factors_open(unsigned of_the_first)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		const struct account *account;
		assert_int_equal(account_load(&authority, person_of(i), &arena, &account), OK);
		assert_int_equal(account->n_broken, 0);
		assert_int_equal(account->n_factors, i == 0 ? of_the_first : 1);
	}
}

/* From the new key to the day when the former one opens nothing any more: with more people than one step takes, a directory that goes away
 * meanwhile, and another authority that does not know of the new key yet. */
static void all_is_sealed_anew_in_the_background(void **state)
{
	(void)state;
	struct authority other = authority;
	assert_int_equal(keys_new(write_keys(MASTER_1 "\n"), &authority.keys), OK);
	assert_int_equal(keys_new(write_keys(MASTER_1 "\n"), &other.keys), OK);
	for (unsigned i = 0; i < PEOPLE; i++)
		add_factor(&authority, i, 1);
	assert_int_equal(master_watch(&authority), OK);
	assert_true(is_done());

	slapd_kill(&slapd);
	assert_int_equal(keys_reload(authority.keys, write_keys(MASTER_2 "\n" MASTER_1 "\n")), OK);
	master_wake();
	pause_ms(200);
	unsigned left;
	assert_true(master_is_resealing(&left)); /* it waits */
	slapd_start(&slapd);
	assert_true(wait_until_well(authority.directory, 3000) >= 0);
	master_wake();
	assert_true(is_half_done());
	assert_factors_open(1); /* nobody notices */
	assert_true(is_done());
	assert_int_equal(sealed_with_a_former_key(), 0);

	add_factor(&other, 0, 2);
	assert_int_equal(sealed_with_a_former_key(), 1);
	master_wake();
	assert_true(is_done());
	assert_int_equal(sealed_with_a_former_key(), 0);
	master_stop();

	assert_int_equal(keys_reload(authority.keys, write_keys(MASTER_2 "\nnames " MASTER_1 "\n")), OK);
	assert_factors_open(2);
	keys_free(&authority.keys);
	keys_free(&other.keys);
}

static int open_all(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	slapd_new(&slapd, "reseal");
	authority.directory = campus_open(campus_settings(slapd.ldap, NULL));
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	directory_free(&authority.directory);
	slapd_kill(&slapd);
	return 0;
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_sealed_anew_in_the_background),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}

int main(void)
{
	return slapd_guard(run_all);
}
