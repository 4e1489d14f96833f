/* The chain on a real disk: what was recorded is there, and what was done to it is seen. */
#include "unit.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "authority/audit/audit.h"
#include "authority/audit/files.h"
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/store/store.h"
#include "conf/conf.h"
#include "log/log.h"

static char state[40];
static struct conf conf;
static struct authority authority;
static struct arena arena;

static const char *path_of(unsigned file)
{
	static char path[100];
	(void)snprintf(path, sizeof path, "%s/audit/audit-%08u.jsonl", state, file);
	return path;
}

static int setup(void **context)
{
	(void)context;
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(state, sizeof state, "/tmp/spom-audit-XXXXXX");
	assert_non_null(mkdtemp(state));
	char file[60];
	(void)snprintf(file, sizeof file, "%s/master", state);
	FILE *master = fopen(file, "we");
	assert_non_null(master);
	(void)fputs("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n", master);
	(void)fclose(master);
	(void)chmod(file, 0600);
	conf = (struct conf){ .audit = { .queue = 100, .file_mb = 1 } };
	conf.authority.state = state;
	authority = (struct authority){ .conf = &conf };
	assert_int_equal(keys_new(file, &authority.keys), OK);
	assert_int_equal(store_memory_new(1000, authority.keys, &authority.store), OK);
	return 0;
}

static int teardown(void **context)
{
	(void)context;
	char command[80];
	audit_close(&authority.audit);
	store_free(&authority.store);
	keys_free(&authority.keys);
	arena_done(&arena);
	(void)snprintf(command, sizeof command, "rm -rf %s", state);
	return system(command);
}

static void start(void)
{
	assert_int_equal(audit_open(&conf, authority.keys, &authority.audit), OK);
}

static void restart(void)
{
	audit_close(&authority.audit);
	start();
}

static enum err record(const char *user)
{
	const struct audit_entry entry = {
		.event = AUDIT_SIGNED_IN, .trace = 7, .person = TEXT_LITERAL("id"), .user = text_of(user)
	};
	return audit_record(&authority, &entry);
}

static void record_many(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(record("ada"), OK);
}

/* The first fault of all files, or "". */
static const char *verify(const char *head)
{
	struct msg_audit_verdict verdict = { .next = 0 };
	static char fault[200];
	fault[0] = '\0';
	arena_reset(&arena);
	uint64_t records = 0;
	do {
		assert_int_equal(
		    audit_verify(authority.audit, verdict.next, text_of(head), &arena, &verdict), OK);
		if (verdict.well != (verdict.fault.at == NULL))
			fail_msg("well and a fault");
		if (!verdict.well && fault[0] == '\0')
			(void)snprintf(fault, sizeof fault, "%s", text_str(verdict.fault));
		records += verdict.records;
	} while (verdict.next != 0);
	if (fault[0] == '\0')
		assert_int_equal(records, verdict.last);
	return fault;
}

static unsigned count(const char *event)
{
	struct text after = { NULL, 0 };
	unsigned found = 0;
	do {
		char kept[40];
		struct msg_audit_row *rows;
		unsigned n, part;
		assert_int_equal(
		    audit_read(authority.audit, after, 40, &arena, &rows, &n, &after, &part), OK);
		for (unsigned i = 0; i < n; i++)
			found += text_equal_str(rows[i].event, event);
		if (after.at != NULL) {
			(void)snprintf(kept, sizeof kept, "%s", after.at);
			arena_reset(&arena);
			assert_true(text_copy(&arena, text_of(kept), &after));
		}
	} while (after.at != NULL);
	return found;
}

static size_t load(unsigned file, char *text, size_t size)
{
	FILE *in = fopen(path_of(file), "re");
	assert_non_null(in);
	size_t len = fread(text, 1, size - 1, in);
	text[len] = '\0';
	(void)fclose(in);
	return len;
}

static void save(unsigned file, const char *text, size_t len)
{
	FILE *out = fopen(path_of(file), "we");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	(void)fclose(out);
}

static void records_are_there_and_go_on_after_a_restart(void **context)
{
	(void)context;
	char text[20000];
	start();
	record_many(3);
	assert_string_equal(verify(NULL), "");
	restart();
	record_many(2);
	assert_string_equal(verify(NULL), "");
	assert_int_equal(count("signed_in"), 5);
	assert_int_equal(count("authority_started"), 2);
	assert_int_equal(count("authority_stopped"), 1);
	assert_int_equal(count("file_began"), 1);
	(void)load(1, text, sizeof text);
	assert_non_null(strstr(text, "{\"n\":3,\"time\":\"20"));
	assert_non_null(strstr(text, "\"event\":\"signed_in\",\"trace\":\"AAAAAAAAAAc\",\"person\":\"id\","
				     "\"user\":\"ada\",\"mac\":\""));
}

static void the_folder_is_ours_alone(void **context)
{
	(void)context;
	struct audit *other = NULL;
	char folder[60];
	start();
	assert_int_equal(audit_open(&conf, authority.keys, &other), ERR_BUSY);
	audit_close(&authority.audit);
	(void)snprintf(folder, sizeof folder, "%s/audit", state);
	assert_int_equal(chmod(folder, 0750), 0);
	assert_int_equal(audit_open(&conf, authority.keys, &other), ERR_CONFIG);
	assert_int_equal(chmod(folder, 0700), 0);
	start();
}

static void what_strangers_typed_is_recorded_clean(void **context)
{
	(void)context;
	char large[3000];
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	static const char *const TYPED[] = { "\xff\xfe", "a\nb\"},{\"n\":9", "\x1b[2J", "Straße", "" };
	start();
	for (size_t i = 0; i < COUNT(TYPED); i++)
		assert_int_equal(record(TYPED[i]), OK);
	assert_int_equal(record(large), OK);
	assert_string_equal(verify(NULL), "");
	assert_int_equal(count("signed_in"), COUNT(TYPED) + 1);
}

static void files_follow_each_other(void **context)
{
	(void)context;
	struct msg_audit_row *rows;
	struct text after, next;
	unsigned n, part;
	start();
	while (access(path_of(3), F_OK) != 0)
		record_many(100);
	assert_string_equal(verify(NULL), "");
	restart();
	record_many(1);
	assert_string_equal(verify(NULL), "");
	/* the last ones reach back over the border of two files */
	assert_int_equal(audit_last(authority.audit, 1000, &arena, &after), OK);
	assert_int_equal(audit_read(authority.audit, after, 1000, &arena, &rows, &n, &next, &part), OK);
	assert_int_equal(n, 1000);
	assert_true(text_equal_str(rows[n - 1].event, "signed_in"));
	/* older files may be taken away, the ones between not */
	assert_int_equal(unlink(path_of(1)), 0);
	struct msg_audit_verdict verdict;
	assert_int_equal(audit_verify(authority.audit, 0, (struct text){ NULL, 0 }, &arena, &verdict), OK);
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
	start();
	record_many(5);
	size_t all = load(1, whole, sizeof whole);
	for (size_t i = 0; i < COUNT(DAMAGES); i++) {
		size_t len = all;
		memcpy(text, whole, all + 1);
		DAMAGES[i].apply(text, &len);
		save(1, text, len);
		const char *fault = verify(NULL);
		if (strstr(fault, DAMAGES[i].says) == NULL)
			fail_msg("row '%s': said '%s'", DAMAGES[i].name, fault);
	}
	save(1, whole, all);
	assert_string_equal(verify(NULL), "");
}

static void damage_is_seen_after_a_restart(void **context)
{
	(void)context;
	char whole[20000], text[20000], command[200];
	start();
	assert_int_equal(audit_watch(authority.audit, authority.store), OK);
	record_many(5);
	audit_close(&authority.audit);
	size_t all = load(1, whole, sizeof whole);
	for (size_t i = 0; i < COUNT(DAMAGES); i++) {
		size_t len = all;
		store_free(&authority.store);
		assert_int_equal(store_memory_new(1000, authority.keys, &authority.store), OK);
		(void)snprintf(command, sizeof command, "rm -f %s/audit/*", state);
		assert_int_equal(system(command), 0);
		save(1, whole, all);
		start();
		assert_int_equal(audit_watch(authority.audit, authority.store), OK);
		audit_close(&authority.audit);
		all = load(1, whole, sizeof whole);
		memcpy(text, whole, all + 1);
		len = all;
		DAMAGES[i].apply(text, &len);
		save(1, text, len);
		start();
		assert_int_equal(audit_watch(authority.audit, authority.store), OK);
		record_many(2);
		unsigned told = count("chain_broken") + count("records_missing");
		if (told == 0)
			fail_msg("row '%s': nothing was told", DAMAGES[i].name);
		audit_close(&authority.audit);
	}
}

static void a_replaced_file_is_seen(void **context)
{
	(void)context;
	static char first[1500000], second[1500000];
	start();
	while (access(path_of(3), F_OK) != 0)
		record_many(100);
	audit_close(&authority.audit);
	size_t a = load(1, first, sizeof first), b = load(2, second, sizeof second);
	save(1, second, b);
	save(2, first, a);
	start();
	assert_non_null(strstr(verify(NULL), "is not as it was written"));
	save(1, first, a);
	assert_int_equal(unlink(path_of(2)), 0);
	assert_string_equal(verify(NULL), "file 2 is not there");
	save(2, second, b);
	assert_string_equal(verify(NULL), "");
	/* whole lines less: only the file behind it can tell */
	char *last = second + b - 1;
	while (last[-1] != '\n')
		last--;
	save(2, second, (size_t)(last - second));
	assert_string_equal(verify(NULL), "file 2 ended with another record than this one says");
}

static void a_torn_line_is_cut_and_no_tampering(void **context)
{
	(void)context;
	char text[20000];
	for (unsigned cut = 1; cut < 60; cut += 7) {
		start();
		assert_int_equal(audit_watch(authority.audit, authority.store), OK);
		record_many(2);
		audit_close(&authority.audit);
		size_t len = load(1, text, sizeof text);
		FILE *file = fopen(path_of(1), "ae");
		assert_non_null(file);
		assert_int_equal(fwrite(text, 1, cut, file), cut); /* a record that was begun */
		(void)fclose(file);
		start();
		assert_int_equal(audit_watch(authority.audit, authority.store), OK);
		assert_string_equal(verify(NULL), "");
		assert_int_equal(count("torn_line_cut"), cut / 7 + 1);
		assert_int_equal(count("chain_broken") + count("records_missing"), 0);
		audit_close(&authority.audit);
		assert_true(load(1, text, sizeof text) > len);
	}
	/* a hole at the end: the file had grown, its bytes never came */
	assert_int_equal(truncate(path_of(1), 30000), 0);
	start();
	assert_string_equal(verify(NULL), "");
	assert_int_equal(count("chain_broken"), 0);
}

static void a_file_that_was_just_begun_is_begun_again(void **context)
{
	(void)context;
	start();
	record_many(2);
	audit_close(&authority.audit);
	save(2, "", 0);
	start();
	record_many(1);
	assert_string_equal(verify(NULL), "");
	audit_close(&authority.audit);
	save(3, "{\"n\":", 5);
	start();
	assert_string_equal(verify(NULL), "");
}

static void a_head_of_the_log_is_compared(void **context)
{
	(void)context;
	char head[300];
	start();
	record_many(5);
	assert_int_equal(audit_watch(authority.audit, authority.store), OK);
	struct msg_audit_verdict verdict;
	assert_int_equal(audit_verify(authority.audit, 0, (struct text){ NULL, 0 }, &arena, &verdict), OK);
	assert_true(verdict.has_head);
	assert_string_equal(verify("file=1 n=3 mac=x sign=y"), "the head that was given is none of ours");
	static const char ZERO[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	(void)snprintf(head, sizeof head, "file=1 n=3 mac=%s sign=%s", ZERO, ZERO);
	assert_string_equal(verify(head), "the head of record 3 was not signed by this authority");
}

static void *hammer(void *context)
{
	(void)context;
	for (unsigned i = 0; i < 200; i++)
		if (record("ada") != OK)
			return context;
	return NULL;
}

static void many_record_at_once(void **context)
{
	(void)context;
	pthread_t threads[8];
	start();
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, &conf), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(count("signed_in"), 8 * 200);
	assert_string_equal(verify(NULL), "");
}

/* Nothing past the present end of the file fits on the disk. */
static void fill_disk(bool full)
{
	struct stat is;
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(stat(path_of(1), &is), 0);
	limit.rlim_cur = full ? (rlim_t)is.st_size + 100 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_pauses_behind_the_queue(void **context)
{
	(void)context;
	start();
	record_many(3);
	assert_true(audit_is_well(authority.audit));
	fill_disk(true);
	for (unsigned i = 0; i < conf.audit.queue; i++)
		assert_int_equal(record("max"), OK);
	assert_false(audit_is_well(authority.audit));
	assert_int_equal(record("eve"), ERR_BUSY);
	assert_string_equal(verify(NULL), "");
	fill_disk(false);
	for (unsigned i = 0; i < 300 && !audit_is_well(authority.audit); i++)
		(void)usleep(10000);
	assert_true(audit_is_well(authority.audit));
	assert_int_equal(record("ada"), OK);
	assert_int_equal(count("signed_in"), 3 + conf.audit.queue + 1);
	assert_string_equal(verify(NULL), "");
}

static void a_full_disk_begins_no_file(void **context)
{
	(void)context;
	start();
	record_many(3);
	conf.audit.file_mb = 0; /* full with its first record */
	fill_disk(true);
	struct rlimit none;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
	none.rlim_cur = 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(record("max"), OK);
	assert_false(audit_is_well(authority.audit));
	assert_int_equal(access(path_of(2), F_OK), -1);
	fill_disk(false);
	assert_int_equal(record("max"), OK);
	for (unsigned i = 0; i < 300 && !audit_is_well(authority.audit); i++)
		(void)usleep(10000);
	assert_int_equal(access(path_of(2), F_OK), 0);
	assert_string_equal(verify(NULL), "");
	assert_int_equal(count("signed_in"), 5);
}

/* Says on a pipe how many records were answered, until it is killed. */
static void run_until_killed(int say)
{
	uint8_t one = 1;
	start();
	for (;;)
		if (record("ada") != OK || write(say, &one, 1) != 1)
			_exit(1);
}

static void nothing_that_was_answered_is_lost_by_a_kill(void **context)
{
	(void)context;
	unsigned answered = 0;
	for (unsigned i = 0; i < 15; i++) {
		int fds[2];
		uint8_t bytes[4096];
		ssize_t n;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0)
			run_until_killed(fds[1]);
		(void)close(fds[1]);
		(void)usleep(20000 + i * 3000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		while ((n = read(fds[0], bytes, sizeof bytes)) > 0)
			answered += (unsigned)n;
		(void)close(fds[0]);
	}
	start();
	assert_string_equal(verify(NULL), "");
	assert_true(answered > 0);
	assert_true(count("signed_in") >= answered);
	assert_int_equal(count("chain_broken"), 0);
}

static void a_new_master_key_keeps_the_chain(void **context)
{
	(void)context;
	struct secret text;
	char file[60];
	start();
	assert_int_equal(audit_watch(authority.audit, authority.store), OK);
	record_many(3);
	(void)snprintf(file, sizeof file, "%s/master", state);
	assert_int_equal(keys_rotated_text(authority.keys, &text), OK);
	FILE *master = fopen(file, "we");
	assert_non_null(master);
	(void)fwrite(text.at, 1, text.len, master);
	(void)fclose(master);
	secret_free(&text);
	assert_int_equal(keys_reload(authority.keys, file), OK);
	record_many(1);
	assert_string_equal(verify(NULL), "");
	restart();
	assert_int_equal(audit_watch(authority.audit, authority.store), OK);
	while (access(path_of(2), F_OK) != 0)
		record_many(100);
	assert_string_equal(verify(NULL), "");
	assert_int_equal(count("chain_broken") + count("records_missing"), 0);
}

int main(void)
{
	log_open("test_audit", LOG_LEVEL_ERROR);
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(records_are_there_and_go_on_after_a_restart),
		CASE(the_folder_is_ours_alone),
		CASE(what_strangers_typed_is_recorded_clean),
		CASE(files_follow_each_other),
		CASE(damage_is_seen_while_it_runs),
		CASE(damage_is_seen_after_a_restart),
		CASE(a_replaced_file_is_seen),
		CASE(a_torn_line_is_cut_and_no_tampering),
		CASE(a_file_that_was_just_begun_is_begun_again),
		CASE(a_head_of_the_log_is_compared),
		CASE(many_record_at_once),
		CASE(a_full_disk_pauses_behind_the_queue),
		CASE(a_full_disk_begins_no_file),
		CASE(nothing_that_was_answered_is_lost_by_a_kill),
		CASE(a_new_master_key_keeps_the_chain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
