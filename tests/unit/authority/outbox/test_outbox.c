/* The queue of mails: on disk before the answer, once, across restarts, with files that somebody has touched. */
#include "unit.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/authority.h"
#include "authority/fake_audit.h"
#include "authority/keys/keys.h"
#include "authority/outbox/outbox.h"
#include "authority/report/metrics.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define SECOND 1000
#define HOUR (3600 * SECOND)

static char folder[] = "/tmp/spom-outbox-XXXXXX";
static struct conf conf;
static struct authority authority;
static struct arena arena;
static int64_t moved_ms;

static void move(int64_t ms)
{
	moved_ms += ms;
	clock_offset(moved_ms);
}

static void restart(void)
{
	outbox_close(&authority.outbox);
	assert_int_equal(outbox_open(&conf, authority.keys, &authority.outbox), OK);
}

static int start(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	assert_non_null(mkdtemp(folder));
	conf.authority.state = folder;
	conf.mail.host = "localhost:25";
	conf.mail.queue = 100;
	conf.mail.keep_h = 72;
	authority.conf = &conf;
	fake_audit_fails(OK);
	assert_int_equal(keys_new("", &authority.keys), OK);
	return outbox_open(&conf, authority.keys, &authority.outbox);
}

static const char *path_of(const char *name)
{
	static char path[200];
	(void)snprintf(path, sizeof path, "%s/outbox%s%s", folder, name[0] != '\0' ? "/" : "", name);
	return path;
}

static bool is_spare(const char *name)
{
	return strstr(name, ".spare") != NULL;
}

/* Calls each on every file of the folder; gives their number. */
static unsigned each_of(bool spares, void (*each)(const char *path))
{
	unsigned n = 0;
	DIR *listing = opendir(path_of(""));
	assert_non_null(listing);
	for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		if (entry->d_name[0] == '.' || is_spare(entry->d_name) != spares)
			continue;
		n++;
		if (each != NULL)
			each(path_of(entry->d_name));
	}
	(void)closedir(listing);
	return n;
}

/* The files of the queue alone. */
static unsigned each_file(void (*each)(const char *path))
{
	return each_of(false, each);
}

static void remove_file(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static int stop(void **state)
{
	(void)state;
	outbox_close(&authority.outbox);
	(void)each_file(remove_file);
	(void)each_of(true, remove_file);
	(void)rmdir(path_of(""));
	(void)rmdir(folder);
	memcpy(folder, "/tmp/spom-outbox-XXXXXX", sizeof folder);
	fake_audit_reset();
	keys_free(&authority.keys);
	arena_done(&arena);
	move(-moved_ms);
	return 0;
}

static const struct mail MAIL = {
	.kind = MAIL_FACTOR_ADDED,
	.trace = 0x1122334455667788,
	.person = { "person-1", 8 },
	.name = { "Anna", 4 },
	.to = { "anna@example.edu", 16 },
	.language = { "de", 2 },
	.object = { "phone", 5 },
};

static void post(void)
{
	assert_int_equal(outbox_post(&authority, &MAIL), OK);
	move(1);
}

static const struct msg_mail_record *next(void)
{
	const struct msg_mail_record *record = NULL;
	enum err err = outbox_next(&authority, &arena, &record);
	assert_true(err == OK || err == ERR_NOT_FOUND);
	return record;
}

static void a_mail_is_given_once_and_gone_when_it_was_sent(void **state)
{
	(void)state;
	post();
	const struct msg_mail_record *record = next();
	assert_non_null(record);
	assert_string_equal(record->matter->kind.at, "factor_added");
	assert_string_equal(record->matter->to.at, "anna@example.edu");
	assert_string_equal(record->matter->object.at, "phone");
	assert_null(record->matter->browser.at);
	assert_null(next());
	assert_int_equal(outbox_waiting(&authority), 1);
	assert_int_equal(outbox_sent(&authority, &record->id), OK);
	assert_int_equal(outbox_sent(&authority, &record->id), OK); /* said twice */
	assert_int_equal(outbox_waiting(&authority), 0);
	assert_int_equal(each_file(NULL), 0);
}

static void what_waits_survives_a_restart_in_its_order_and_under_its_id(void **state)
{
	(void)state;
	struct id first;
	for (unsigned i = 0; i < 3; i++)
		post();
	first = next()->id; /* courier has it, and nobody says what became of it */
	restart();
	for (unsigned i = 0; i < 3; i++) {
		const struct msg_mail_record *record = next();
		assert_non_null(record);
		if (i == 0)
			assert_memory_equal(&record->id, &first, sizeof first);
		assert_int_equal(outbox_sent(&authority, &record->id), OK);
	}
	restart();
	assert_null(next());
}

static void what_courier_does_not_report_is_given_again(void **state)
{
	(void)state;
	post();
	struct id id = next()->id;
	move(170 * SECOND);
	assert_null(next());
	move(11 * SECOND);
	const struct msg_mail_record *again = next();
	assert_non_null(again);
	assert_memory_equal(&again->id, &id, sizeof id);
}

static void the_pauses_grow_to_an_hour(void **state)
{
	(void)state;
	static const int PAUSES_S[] = { 5, 15, 45, 135, 405, 1215, 3600, 3600 };
	post();
	for (size_t i = 0; i < COUNT(PAUSES_S); i++) {
		const struct msg_mail_record *record = next();
		assert_non_null(record);
		assert_int_equal(
		    outbox_failed(&authority, &record->id, MAIL_FAULT_LATER, TEXT_LITERAL("busy")), OK);
		move((PAUSES_S[i] - 1) * SECOND);
		assert_null(next());
		move(SECOND);
	}
	outbox_wake(&authority);
	assert_non_null(next());
}

static void a_server_that_is_away_lets_all_wait_and_one_success_none(void **state)
{
	(void)state;
	post();
	post();
	const struct msg_mail_record *record = next();
	assert_int_equal(
	    outbox_failed(&authority, &record->id, MAIL_FAULT_SERVER, TEXT_LITERAL("refused")), OK);
	assert_null(next());
	move(5 * SECOND);
	const struct msg_mail_record *again = next();
	assert_memory_equal(&again->id, &record->id, sizeof record->id);
	assert_int_equal(outbox_failed(&authority, &again->id, MAIL_FAULT_SERVER, TEXT_LITERAL("x")), OK);
	move(14 * SECOND);
	assert_null(next());
	move(SECOND);
	again = next();
	assert_int_equal(outbox_sent(&authority, &again->id), OK);
	assert_non_null(next());
}

static void a_clock_that_is_set_back_delays_nothing_for_long(void **state)
{
	(void)state;
	post();
	const struct msg_mail_record *record = next();
	assert_int_equal(outbox_failed(&authority, &record->id, MAIL_FAULT_LATER, TEXT_LITERAL("x")), OK);
	move(-48LL * HOUR);
	assert_non_null(next());
}

static void what_is_too_old_or_refused_is_given_up_and_recorded(void **state)
{
	(void)state;
	uint64_t before = metric_value(METRIC_MAILS_DROPPED);
	unsigned recorded = fake_audit_count(AUDIT_MAIL_DROPPED);
	post();
	const struct msg_mail_record *record = next();
	assert_int_equal(
	    outbox_failed(&authority, &record->id, MAIL_FAULT_NEVER, TEXT_LITERAL("no such person")), OK);
	assert_int_equal(each_file(NULL), 0);
	post();
	move(72LL * HOUR + SECOND);
	post();
	assert_non_null(next());
	assert_null(next());
	assert_int_equal(outbox_waiting(&authority), 1);
	assert_int_equal(metric_value(METRIC_MAILS_DROPPED), before + 2);
	assert_int_equal(fake_audit_count(AUDIT_MAIL_DROPPED), recorded + 2);
}

static void what_cannot_be_recorded_is_not_given_up(void **state)
{
	(void)state;
	post();
	move(73LL * HOUR);
	fake_audit_fails(ERR_BUSY);
	assert_null(next());
	assert_int_equal(outbox_waiting(&authority), 1);
	fake_audit_fails(OK);
	move(5 * SECOND);
	assert_null(next());
	assert_int_equal(outbox_waiting(&authority), 0);
}

static void a_full_queue_takes_no_more(void **state)
{
	(void)state;
	uint64_t before = metric_value(METRIC_MAILS_NOT_QUEUED);
	for (unsigned i = 0; i < 100; i++) {
		assert_true(outbox_takes(&authority));
		assert_true(outbox_is_well(&authority));
		post();
	}
	assert_false(outbox_takes(&authority));
	assert_false(outbox_is_well(&authority));
	for (unsigned i = 0; i < 64; i++) /* of those who had asked before */
		post();
	assert_int_equal(outbox_post(&authority, &MAIL), ERR_BUSY);
	assert_int_equal(metric_value(METRIC_MAILS_NOT_QUEUED), before + 1);
	conf.mail.queue = 165;
	assert_true(outbox_takes(&authority));
	assert_int_equal(outbox_post(&authority, &MAIL), OK);
	conf.mail.queue = 100;
}

static void nobody_is_written_to_without_an_address_or_a_server(void **state)
{
	(void)state;
	struct mail mail = MAIL;
	mail.to = (struct text){ NULL, 0 };
	assert_int_equal(outbox_post(&authority, &mail), OK);
	conf.mail.host = "";
	restart();
	assert_true(outbox_takes(&authority));
	assert_true(outbox_is_well(&authority));
	assert_int_equal(outbox_post(&authority, &MAIL), OK);
	assert_null(next());
	assert_int_equal(each_file(NULL), 0);
	conf.mail.host = "localhost:25"; /* as SIGHUP does */
	post();
	assert_non_null(next());
}

static void a_mail_over_its_bounds_is_an_error_and_leaves_nothing(void **state)
{
	(void)state;
	static char name[300];
	struct mail mail = MAIL;
	memset(name, 'x', sizeof name - 1);
	mail.name = text_of(name);
	assert_int_equal(outbox_post(&authority, &mail), ERR_TOO_LARGE);
	mail.name = text_of("a\r\nBcc: b@example.edu");
	assert_int_equal(outbox_post(&authority, &mail), ERR_MALFORMED);
	assert_int_equal(each_file(NULL), 0);
}

static void spoil(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "AAAA", 4, 80), 4);
	(void)close(fd);
}

static void rename_file(const char *path)
{
	char other[200];
	(void)snprintf(other, sizeof other, "%s", path);
	char *digit = strstr(other, "/outbox/") + 8 + 12; /* the time's last digit */
	*digit = *digit == '9' ? '0' : (char)(*digit + 1);
	assert_int_equal(rename(path, other), 0);
}

static void a_file_that_was_touched_is_put_aside_and_recorded(void **state)
{
	(void)state;
	static void (*const HOW[])(const char *path) = { spoil, rename_file };
	for (size_t i = 0; i < COUNT(HOW); i++) {
		unsigned recorded = fake_audit_count(AUDIT_MAIL_DROPPED);
		post();
		(void)each_file(HOW[i]);
		restart();
		assert_int_equal(outbox_waiting(&authority), 1);
		assert_null(next());
		assert_int_equal(outbox_waiting(&authority), 0);
		assert_int_equal(fake_audit_count(AUDIT_MAIL_DROPPED), recorded + 1);
		assert_int_equal(each_file(remove_file), 1); /* NAME.refused */
	}
}

static void what_a_write_left_half_done_is_removed(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "1700000000000-AAAAAAAAAAAAAAAAAAAAAA.part" };
	int fd = open(path_of(NAMES[0]), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	restart();
	assert_int_equal(outbox_waiting(&authority), 0);
	assert_int_equal(each_file(NULL), 0);
}

static void nothing_can_be_read_in_the_files(void **state)
{
	(void)state;
	char bytes[8192];
	post();
	DIR *listing = opendir(path_of(""));
	for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		if (entry->d_name[0] == '.' || is_spare(entry->d_name))
			continue;
		struct stat stat_r;
		int fd = open(path_of(entry->d_name), O_RDONLY | O_CLOEXEC);
		ssize_t len = read(fd, bytes, sizeof bytes);
		assert_true(len > 0);
		assert_null(memmem(bytes, (size_t)len, "anna", 4));
		assert_int_equal(fstat(fd, &stat_r), 0);
		assert_int_equal(stat_r.st_mode & 0777, 0600);
		(void)close(fd);
	}
	(void)closedir(listing);
}

static void a_folder_that_others_may_read_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(path_of(""), 0755), 0);
	restart();
	assert_false(outbox_takes(&authority));
	assert_false(outbox_is_well(&authority));
	assert_int_equal(outbox_post(&authority, &MAIL), ERR_FORBIDDEN);
	assert_int_equal(chmod(path_of(""), 0700), 0);
	assert_true(outbox_takes(&authority));
	post();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(a_mail_is_given_once_and_gone_when_it_was_sent),
		TEST(what_waits_survives_a_restart_in_its_order_and_under_its_id),
		TEST(what_courier_does_not_report_is_given_again),
		TEST(the_pauses_grow_to_an_hour),
		TEST(a_server_that_is_away_lets_all_wait_and_one_success_none),
		TEST(a_clock_that_is_set_back_delays_nothing_for_long),
		TEST(what_is_too_old_or_refused_is_given_up_and_recorded),
		TEST(what_cannot_be_recorded_is_not_given_up),
		TEST(a_full_queue_takes_no_more),
		TEST(nobody_is_written_to_without_an_address_or_a_server),
		TEST(a_mail_over_its_bounds_is_an_error_and_leaves_nothing),
		TEST(a_file_that_was_touched_is_put_aside_and_recorded),
		TEST(what_a_write_left_half_done_is_removed),
		TEST(nothing_can_be_read_in_the_files),
		TEST(a_folder_that_others_may_read_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
