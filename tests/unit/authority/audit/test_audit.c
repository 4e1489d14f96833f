/* The chain on a real disk: what was recorded is there, and what was done to it is seen. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/audit/audit.h"
#include "authority/audit/chain_tests.h"
#include "authority/keys/keys.h"
#include "authority/store/store.h"
#include "log/log.h"

static void records_are_there_and_go_on_after_a_restart(void **context)
{
	(void)context;
	char text[20000];
	chain_start();
	chain_record_many(3);
	assert_string_equal(chain_verify(NULL), "");
	chain_restart();
	chain_record_many(2);
	assert_string_equal(chain_verify(NULL), "");
	assert_int_equal(chain_count("signed_in"), 5);
	assert_int_equal(chain_count("authority_started"), 2);
	assert_int_equal(chain_count("authority_stopped"), 1);
	assert_int_equal(chain_count("file_began"), 1);
	(void)chain_load(1, text, sizeof text);
	assert_non_null(strstr(text, "{\"n\":3,\"time\":\"20"));
	assert_non_null(strstr(text, "\"event\":\"signed_in\",\"trace\":\"AAAAAAAAAAc\",\"person\":\"id\","
				     "\"user\":\"ada\",\"mac\":\""));
}

static void what_is_noted_waits_for_nobody(void **context)
{
	(void)context;
	const struct audit_entry entry = { .event = AUDIT_BAD_FRAME, .door = TEXT_LITERAL("door") };
	chain_start();
	chain_conf.audit.queue = 3;
	for (unsigned i = 0; i < 200; i++)
		audit_note(
		    &chain_authority, &entry); /* more than the queue holds: some are in the log alone */
	chain_record_many(1);
	assert_in_range(chain_count("bad_frame"), 1, 200);
	assert_int_equal(chain_count("signed_in"), 1);
	chain_restart();
	assert_string_equal(chain_verify(NULL), "");
}

/* Nobody waits for it, and it reaches the disk all the same: with the next record, or a moment later by itself. */
static void what_is_noted_is_written_by_itself(void **context)
{
	(void)context;
	const struct audit_entry entry = { .event = AUDIT_BAD_FRAME, .door = TEXT_LITERAL("door") };
	chain_start();
	audit_note(&chain_authority, &entry);
	for (unsigned i = 0; i < 1000 && chain_count("bad_frame") == 0; i++)
		(void)usleep(10000);
	assert_int_equal(chain_count("bad_frame"), 1);
	audit_note(&chain_authority, &entry);
	chain_record_many(1);
	assert_int_equal(chain_count("bad_frame"), 2);
}

static void the_folder_is_ours_alone(void **context)
{
	(void)context;
	struct audit *other = NULL;
	char folder[60];
	chain_start();
	assert_int_equal(audit_open(&chain_conf, chain_authority.keys, &other), ERR_BUSY);
	audit_close(&chain_authority.audit);
	(void)snprintf(folder, sizeof folder, "%s/audit", chain_state);
	assert_int_equal(chmod(folder, 0750), 0);
	assert_int_equal(audit_open(&chain_conf, chain_authority.keys, &other), ERR_CONFIG);
	assert_int_equal(chmod(folder, 0700), 0);
	chain_start();
}

static void what_strangers_typed_is_recorded_clean(void **context)
{
	(void)context;
	char large[3000];
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	static const char *const TYPED[] = { "\xff\xfe", "a\nb\"},{\"n\":9", "\x1b[2J", "Straße", "" };
	chain_start();
	for (size_t i = 0; i < COUNT(TYPED); i++)
		assert_int_equal(chain_record(TYPED[i]), OK);
	assert_int_equal(chain_record(large), OK);
	assert_string_equal(chain_verify(NULL), "");
	assert_int_equal(chain_count("signed_in"), COUNT(TYPED) + 1);
}

static void files_follow_each_other(void **context)
{
	(void)context;
	struct msg_audit_row *rows;
	struct text after, next;
	unsigned n, part;
	chain_start();
	while (access(chain_path(3), F_OK) != 0)
		chain_record_many(100);
	assert_string_equal(chain_verify(NULL), "");
	chain_restart();
	chain_record_many(1);
	assert_string_equal(chain_verify(NULL), "");
	/* the last ones reach back over the border of two files */
	assert_int_equal(audit_last(chain_authority.audit, 1000, &chain_arena, &after), OK);
	assert_int_equal(
	    audit_read(chain_authority.audit, after, 1000, &chain_arena, &rows, &n, &next, &part), OK);
	assert_int_equal(n, 1000);
	assert_true(text_equal_str(rows[n - 1].event, "signed_in"));
	/* older files may be taken away, the ones between not */
	assert_int_equal(unlink(chain_path(1)), 0);
	struct msg_audit_verdict verdict;
	assert_int_equal(
	    audit_verify(chain_authority.audit, 0, (struct text){ NULL, 0 }, &chain_arena, &verdict), OK);
	assert_true(verdict.well);
	assert_int_equal(verdict.file, 2);
}

/* Damage done to file 1 of two records more than its first three, while nobody runs. */
struct damage {
	const char *name;
	void (*apply)(char *text, size_t *len);
	const char *says;
};

static char *line_of(char *text, unsigned n)
{
	for (; n > 1; n--)
		text = strchr(text, '\n') + 1;
	return text;
}

static void change_middle(char *text, size_t *len)
{
	(void)len;
	*strstr(line_of(text, 4), "ada") = 'o';
}

static void remove_line(char *text, size_t *len)
{
	char *at = line_of(text, 4), *next = line_of(text, 5);
	memmove(at, next, *len - (size_t)(next - text));
	*len -= (size_t)(next - at);
}

static void swap_lines(char *text, size_t *len)
{
	(void)len;
	char *a = line_of(text, 4), *b = line_of(text, 5), *end = line_of(text, 6);
	char kept[2000];
	size_t la = (size_t)(b - a), lb = (size_t)(end - b);
	memcpy(kept, a, la);
	memmove(a, b, lb);
	memcpy(a + lb, kept, la);
}

static void double_line(char *text, size_t *len)
{
	char *a = line_of(text, 4), *b = line_of(text, 5);
	size_t la = (size_t)(b - a);
	memmove(b, a, *len - (size_t)(a - text));
	*len += la;
}

static void cut_tail(char *text, size_t *len)
{
	*len = (size_t)(line_of(text, 5) - text);
}

static void cut_first(char *text, size_t *len)
{
	char *next = line_of(text, 2);
	memmove(text, next, *len - (size_t)(next - text));
	*len -= (size_t)(next - text);
}

static void write_nonsense(char *text, size_t *len)
{
	memcpy(line_of(text, 4), "nonsense", 8);
	(void)len;
}

static const struct damage DAMAGES[] = {
	{ "changed", change_middle, "record 4 is not as it was written" },
	{ "removed", remove_line, "behind record 3 stands another one than the next" },
	{ "swapped", swap_lines, "behind record 3 stands another one than the next" },
	{ "doubled", double_line, "behind record 4 stands another one than the next" },
	{ "cut tail", cut_tail, "it is shorter than what was written to it" },
	{ "cut head", cut_first, "record 2 is not as it was written" },
	{ "nonsense", write_nonsense, "behind record 3 stands a line that is no record" },
};

static void damage_is_seen_while_it_runs(void **context)
{
	(void)context;
	char whole[20000], text[20000];
	chain_start();
	chain_record_many(5);
	size_t all = chain_load(1, whole, sizeof whole);
	for (size_t i = 0; i < COUNT(DAMAGES); i++) {
		size_t len = all;
		memcpy(text, whole, all + 1);
		DAMAGES[i].apply(text, &len);
		chain_save(1, text, len);
		const char *fault = chain_verify(NULL);
		if (strstr(fault, DAMAGES[i].says) == NULL)
			fail_msg("row '%s': said '%s'", DAMAGES[i].name, fault);
	}
	chain_save(1, whole, all);
	assert_string_equal(chain_verify(NULL), "");
}

static void damage_is_seen_after_a_restart(void **context)
{
	(void)context;
	char whole[20000], text[20000], command[200];
	chain_start();
	assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
	chain_record_many(5);
	audit_close(&chain_authority.audit);
	size_t all = chain_load(1, whole, sizeof whole);
	for (size_t i = 0; i < COUNT(DAMAGES); i++) {
		size_t len = all;
		store_free(&chain_authority.store);
		assert_int_equal(store_memory_new(1000, chain_authority.keys, &chain_authority.store), OK);
		(void)snprintf(command, sizeof command, "rm -f %s/audit/*", chain_state);
		assert_int_equal(system(command), 0);
		chain_save(1, whole, all);
		chain_start();
		assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
		audit_close(&chain_authority.audit);
		all = chain_load(1, whole, sizeof whole);
		memcpy(text, whole, all + 1);
		len = all;
		DAMAGES[i].apply(text, &len);
		chain_save(1, text, len);
		chain_start();
		assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
		chain_record_many(2);
		unsigned told = chain_count("chain_broken") + chain_count("records_missing");
		if (told == 0)
			fail_msg("row '%s': nothing was told", DAMAGES[i].name);
		audit_close(&chain_authority.audit);
	}
}

static void a_replaced_file_is_seen(void **context)
{
	(void)context;
	static char first[1500000], second[1500000];
	chain_start();
	while (access(chain_path(3), F_OK) != 0)
		chain_record_many(100);
	audit_close(&chain_authority.audit);
	size_t a = chain_load(1, first, sizeof first), b = chain_load(2, second, sizeof second);
	chain_save(1, second, b);
	chain_save(2, first, a);
	chain_start();
	assert_non_null(strstr(chain_verify(NULL), "is not as it was written"));
	chain_save(1, first, a);
	assert_int_equal(unlink(chain_path(2)), 0);
	assert_string_equal(chain_verify(NULL), "file 2 is not there");
	chain_save(2, second, b);
	assert_string_equal(chain_verify(NULL), "");
	/* whole lines less: only the file behind it can tell */
	char *last = second + b - 1;
	while (last[-1] != '\n')
		last--;
	chain_save(2, second, (size_t)(last - second));
	assert_string_equal(chain_verify(NULL), "file 2 ended with another record than this one says");
}

static void a_head_of_the_log_is_compared(void **context)
{
	(void)context;
	char head[300];
	chain_start();
	chain_record_many(5);
	assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
	struct msg_audit_verdict verdict;
	assert_int_equal(
	    audit_verify(chain_authority.audit, 0, (struct text){ NULL, 0 }, &chain_arena, &verdict), OK);
	assert_true(verdict.has_head);
	assert_string_equal(
	    chain_verify("file=1 n=3 mac=x sign=y"), "the head that was given is none of ours");
	static const char ZERO[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	(void)snprintf(head, sizeof head, "file=1 n=3 mac=%s sign=%s", ZERO, ZERO);
	assert_string_equal(chain_verify(head), "the head of record 3 was not signed by this authority");
}

static void a_new_master_key_keeps_the_chain(void **context)
{
	(void)context;
	struct secret text;
	char file[60];
	chain_start();
	assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
	chain_record_many(3);
	(void)snprintf(file, sizeof file, "%s/master", chain_state);
	assert_int_equal(keys_rotated_text(chain_authority.keys, &text), OK);
	FILE *master = fopen(file, "we");
	assert_non_null(master);
	(void)fwrite(text.at, 1, text.len, master);
	(void)fclose(master);
	secret_free(&text);
	assert_int_equal(keys_reload(chain_authority.keys, file), OK);
	chain_record_many(1);
	assert_string_equal(chain_verify(NULL), "");
	chain_restart();
	assert_int_equal(audit_watch(chain_authority.audit, chain_authority.store), OK);
	while (access(chain_path(2), F_OK) != 0)
		chain_record_many(100);
	assert_string_equal(chain_verify(NULL), "");
	assert_int_equal(chain_count("chain_broken") + chain_count("records_missing"), 0);
}

static bool has_enrolled(const char *person, const char *user)
{
	bool has = false;
	assert_int_equal(audit_has_enrolled(chain_authority.audit, text_of(person), text_of(user), &has), OK);
	return has;
}

static void who_has_enrolled_is_known_for_good(void **context)
{
	(void)context;
	char index[80];
	chain_start();
	(void)snprintf(index, sizeof index, "%s/audit/enrolled", chain_state);
	for (unsigned i = 0; i < 3000; i++) { /* more than is read at once */
		char id[20], user[40];
		(void)snprintf(id, sizeof id, "id-%u", i);
		(void)snprintf(user, sizeof user, "Somebody-Of-The-%u", i);
		struct audit_entry entry = {
			.event = AUDIT_FACTOR_REMOVED, .person = text_of(id), .user = text_of(user)
		};
		if (i % 100 == 0) {
			entry.event = AUDIT_FACTOR_ADDED;
			assert_int_equal(audit_record(&chain_authority, &entry), OK);
		} else {
			audit_note(&chain_authority, &entry);
		}
	}
	chain_record_many(1);
	for (unsigned round = 0; round < 3; round++) { /* as noted, after a restart, and made anew */
		assert_true(has_enrolled("id-2900", "x") && has_enrolled("x", "somebody-of-the-100"));
		assert_true(has_enrolled("id-0", "somebody-of-the-0"));
		assert_false(has_enrolled("id-1", "somebody-of-the-1"));
		assert_false(has_enrolled("id-290", "somebody-of-the-10"));
		assert_false(has_enrolled("d-100", "omebody-of-the-100"));
		assert_false(has_enrolled("nobody", ""));
		if (round == 1)
			assert_int_equal(unlink(index), 0);
		chain_restart();
	}
}

int main(void)
{
	log_open("test_audit", LOG_LEVEL_ERROR);
#define CASE(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)
	const struct CMUnitTest tests[] = {
		CASE(records_are_there_and_go_on_after_a_restart),
		CASE(what_is_noted_waits_for_nobody),
		CASE(what_is_noted_is_written_by_itself),
		CASE(the_folder_is_ours_alone),
		CASE(what_strangers_typed_is_recorded_clean),
		CASE(files_follow_each_other),
		CASE(damage_is_seen_while_it_runs),
		CASE(damage_is_seen_after_a_restart),
		CASE(a_replaced_file_is_seen),
		CASE(a_head_of_the_log_is_compared),
		CASE(a_new_master_key_keeps_the_chain),
		CASE(who_has_enrolled_is_known_for_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
