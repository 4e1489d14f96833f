/* The file of the master key: fetched, replaced, and its older keys taken away. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../house.h"
#include "authority/admin/admin.h"
#include "authority/keys/keys.h"
#include "conf/conf.h"

static const char KEY[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
static const struct msg_operator GLASS = { .reason = TEXT_LITERAL("fire"), .break_glass = true };
static char folder[] = "/tmp/spom-key-XXXXXX";
static char file[60];
static struct authority authority;
static struct conf conf;
static struct call call;

static const char *load(const char *path)
{
	static char text[2000];
	FILE *in = fopen(path, "re");
	size_t len = in != NULL ? fread(text, 1, sizeof text - 1, in) : 0;
	text[len] = '\0';
	if (in != NULL)
		(void)fclose(in);
	return text;
}

static int setup(void **state)
{
	(void)state;
	fake_account_reset();
	fake_audit_reset();
	(void)snprintf(file, sizeof file, "%s/master", folder);
	FILE *out = fopen(file, "we");
	assert_non_null(out);
	(void)fprintf(out, "%s\n", KEY);
	(void)fclose(out);
	(void)chmod(file, 0400);
	conf = (struct conf){ .authority = { .state = folder, .master_key_file = file } };
	authority = *house_authority();
	authority.conf = &conf;
	assert_int_equal(keys_new(file, &authority.keys), OK);
	call.authority = &authority;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	char path[80];
	arena_done(&call.arena);
	keys_free(&authority.keys);
	(void)snprintf(path, sizeof path, "%s/key-backup", folder);
	(void)unlink(path);
	(void)unlink(file);
	house_forget();
	return 0;
}

static struct wire_any ask(struct wire_any order)
{
	struct wire_any answer = { NULL, NULL };
	call.ask = order;
	call.uid = 0;
	assert_int_equal(admin_on(&call, order.at, &answer), OK);
	return answer;
}

static const struct msg_key_rows *list(void)
{
	const struct msg_key_list look = { &GLASS };
	return HOUSE_IS(key_rows, ask(WIRE(key_list, &look)));
}

static struct wire_any rotate(bool retire)
{
	const struct msg_key_rotate order = { &GLASS, retire };
	return ask(WIRE(key_rotate, &order));
}

static void a_backup_is_the_file_and_is_noted(void **state)
{
	(void)state;
	const struct msg_key_backup order = { &GLASS };
	assert_false(list()->keys.at[0].backed_up);
	const struct msg_key_sheet *sheet = HOUSE_IS(key_sheet, ask(WIRE(key_backup, &order)));
	assert_int_equal(sheet->keys.n, 1);
	assert_memory_equal(sheet->keys.at[0].key.at, KEY, sizeof KEY - 1);
	assert_true(list()->keys.at[0].backed_up);
	assert_int_equal(fake_audit_count(AUDIT_KEY_BACKED_UP), 1);
	/* a new one has none yet */
	HOUSE_IS(key_sheet, rotate(false));
	assert_int_equal(list()->keys.n, 2);
	assert_false(list()->keys.at[0].backed_up);
	assert_true(list()->keys.at[1].backed_up);
}

static void what_cannot_be_recorded_shows_no_key(void **state)
{
	(void)state;
	fake_audit_fails(ERR_BUSY);
	assert_int_equal(HOUSE_IS(refused, rotate(false))->reason, REFUSAL_AUDIT);
	assert_int_equal(strlen(load(file)), sizeof KEY);
}

static void a_new_key_stands_on_top_and_counts_at_once(void **state)
{
	(void)state;
	struct stat is;
	char id[KEYS_ID_TEXT_SIZE], old[KEYS_ID_TEXT_SIZE];
	keys_current_id(authority.keys, old);
	assert_true(HOUSE_IS(key_sheet, rotate(false))->written);
	keys_current_id(authority.keys, id);
	assert_string_not_equal(id, old);
	assert_non_null(strstr(load(file), KEY));
	assert_int_equal(strlen(load(file)), 2 * sizeof KEY);
	assert_int_equal(stat(file, &is), 0);
	assert_int_equal(is.st_mode & 0777, 0400);
	assert_int_equal(fake_audit_count(AUDIT_KEY_ROTATED), 1);
}

static void older_keys_stay_as_long_as_they_are_needed(void **state)
{
	(void)state;
	HOUSE_IS(key_sheet, rotate(false));
	assert_true(text_equal_str(HOUSE_IS(refused, rotate(true))->text, "operator_key_needed"));
	assert_int_equal(master_watch(&authority), OK); /* seals anew what there is: nothing */
	for (unsigned i = 0; i < 200 && list()->resealing; i++)
		(void)usleep(10000);
	assert_true(HOUSE_IS(key_sheet, rotate(true))->written);
	master_stop();
	assert_false(list()->keys.at[1].opens);
	assert_non_null(strstr(load(file), "\nnames "));
}

static void a_file_of_somebody_else_is_left_to_him(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(file, 4711, 0), 0);
	const struct msg_key_sheet *sheet = HOUSE_IS(key_sheet, rotate(false));
	assert_false(sheet->written);
	assert_int_equal(sheet->keys.n, 2);
	assert_memory_equal(sheet->keys.at[1].key.at, KEY, sizeof KEY - 1);
	assert_int_equal(strlen(load(file)), sizeof KEY);
	assert_int_equal(list()->keys.n, 1);
}

static int begin(void **state)
{
	assert_non_null(mkdtemp(folder));
	return house_start(state);
}

static int end(void **state)
{
	(void)rmdir(folder);
	return house_stop(state);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_backup_is_the_file_and_is_noted),
		CASE(what_cannot_be_recorded_shows_no_key),
		CASE(a_new_key_stands_on_top_and_counts_at_once),
		CASE(older_keys_stay_as_long_as_they_are_needed),
		CASE(a_file_of_somebody_else_is_left_to_him),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
