/* The queue of mails on a disk that is full: what was taken is there, what cannot be taken is not begun, and all goes on by itself.
 *
 * The disk is a file system of a megabyte in a name space of the test's own, which takes no rights outside of a chroot. */
#include "unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/authority.h"
#include "authority/fake_audit.h"
#include "authority/keys/keys.h"
#include "authority/outbox/outbox.h"
#include "authority/outbox/spare.h"
#include "authority/report/metrics.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define DISK "/tmp"
#define FILLER DISK "/filler"
#define FOLDER DISK "/outbox/"

static struct conf conf;
static struct authority authority;
static struct arena arena;

static const struct mail MAIL = {
	.kind = MAIL_FACTOR_ADDED,
	.person = { "person-1", 8 },
	.name = { "Anna", 4 },
	.to = { "anna@example.edu", 16 },
};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

/* Nothing that is mounted here may be seen outside. In a chroot "/" is no mount point that could be told so: then nothing may be shared
 * from the beginning. */
static void keep_mounts_here(void)
{
	char line[4096];
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return;
	assert_int_equal(errno, EINVAL);
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	assert_non_null(mounts);
	while (fgets(line, sizeof line, mounts) != NULL)
		assert_null(strstr(line, " shared:"));
	(void)fclose(mounts);
}

/* In a chroot nobody gets a name space of users; there it takes root, who needs none. */
static void own_name_space(void)
{
	char map[40];
	unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
		(void)snprintf(map, sizeof map, "0 %u 1", uid);
		write_file("/proc/self/uid_map", map);
		write_file("/proc/self/setgroups", "deny");
		(void)snprintf(map, sizeof map, "0 %u 1", gid);
		write_file("/proc/self/gid_map", map);
	} else {
		assert_int_equal(errno, EPERM);
		assert_int_equal(unshare(CLONE_NEWNS), 0);
	}
	keep_mounts_here();
}

static void restart(void)
{
	outbox_close(&authority.outbox);
	assert_int_equal(outbox_open(&conf, authority.keys, &authority.outbox), OK);
}

static int start(void **state)
{
	(void)state;
	assert_int_equal(mount("none", DISK, "tmpfs", 0, "size=1m,mode=700"), 0);
	conf.authority.state = DISK;
	conf.mail.host = "localhost:25";
	conf.mail.queue = 1000;
	conf.mail.keep_h = 72;
	authority.conf = &conf;
	fake_audit_fails(OK);
	assert_int_equal(keys_new("", &authority.keys), OK);
	return outbox_open(&conf, authority.keys, &authority.outbox);
}

static int stop(void **state)
{
	(void)state;
	outbox_close(&authority.outbox);
	keys_free(&authority.keys);
	arena_done(&arena);
	return umount(DISK);
}

static void fill(void)
{
	char zeros[4096] = "";
	int fd = open(FILLER, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (write(fd, zeros, sizeof zeros) > 0)
		continue;
	(void)close(fd);
}

static unsigned count(const char *suffix)
{
	unsigned n = 0;
	DIR *listing = opendir(FOLDER);
	assert_non_null(listing);
	for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
		n += strstr(entry->d_name, suffix) != NULL;
	(void)closedir(listing);
	return n;
}

static unsigned post_while_it_takes(void)
{
	unsigned n = 0;
	while (outbox_takes(&authority)) {
		assert_int_equal(outbox_post(&authority, &MAIL), OK);
		n++;
	}
	return n;
}

/* Courier's part; gives how many there were, each of which is well. */
static unsigned send_all(void)
{
	unsigned n = 0;
	const struct msg_mail_record *record;
	while (outbox_next(&authority, &arena, &record) == OK) {
		assert_string_equal(record->matter->to.at, "anna@example.edu");
		assert_int_equal(outbox_sent(&authority, &record->id), OK);
		arena_reset(&arena);
		n++;
	}
	return n;
}

static void wait_until_well(void)
{
	int64_t end_ms = clock_steady_ms() + 10000;
	while (clock_steady_ms() < end_ms && !(outbox_takes(&authority) && outbox_is_well(&authority)))
		(void)usleep(10000);
	assert_true(outbox_takes(&authority));
	assert_true(outbox_is_well(&authority));
}

static void a_full_disk_takes_a_number_of_mails_and_then_pauses(void **state)
{
	(void)state;
	uint64_t lost = metric_value(METRIC_MAILS_NOT_QUEUED);
	fill();
	assert_true(outbox_is_well(&authority));
	assert_int_equal(post_while_it_takes(), SPARES_MAX / 2);
	assert_false(outbox_is_well(&authority));
	/* who had asked before finds room as well, and none of it is lost by a restart in the middle */
	for (unsigned i = 0; i < SPARES_MAX / 4; i++)
		assert_int_equal(outbox_post(&authority, &MAIL), OK);
	restart();
	assert_int_equal(outbox_waiting(&authority), SPARES_MAX * 3 / 4);
	for (unsigned i = 0; i < SPARES_MAX / 4; i++)
		assert_int_equal(outbox_post(&authority, &MAIL), OK);
	assert_false(outbox_takes(&authority));
	assert_int_equal(metric_value(METRIC_MAILS_NOT_QUEUED), lost);
	assert_int_equal(outbox_post(&authority, &MAIL), ERR_IO);
	assert_int_equal(metric_value(METRIC_MAILS_NOT_QUEUED), lost + 1);
	assert_int_equal(count(".part") + count(".spare"), 0);
	assert_int_equal(unlink(FILLER), 0);
	wait_until_well();
	assert_int_equal(send_all(), SPARES_MAX);
	assert_int_equal(count(".mail"), 0);
	assert_int_equal(count(".spare"), SPARES_MAX);
}

/* Each mail that was sent makes room for one that comes. */
static void with_a_mail_server_a_full_disk_pauses_nobody(void **state)
{
	(void)state;
	fill();
	for (unsigned i = 0; i < SPARES_MAX; i++) {
		assert_true(outbox_takes(&authority));
		assert_int_equal(outbox_post(&authority, &MAIL), OK);
		assert_int_equal(send_all(), 1);
	}
}

static void a_disk_that_is_full_from_the_beginning_pauses_at_once(void **state)
{
	(void)state;
	outbox_close(&authority.outbox);
	DIR *listing = opendir(FOLDER);
	assert_non_null(listing);
	for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
		(void)unlinkat(dirfd(listing), entry->d_name, 0);
	(void)closedir(listing);
	fill();
	restart();
	assert_false(outbox_takes(&authority));
	assert_false(outbox_is_well(&authority));
	assert_int_equal(unlink(FILLER), 0);
	wait_until_well();
	assert_int_equal(outbox_post(&authority, &MAIL), OK);
}

static void name_spare(char path[100], unsigned number)
{
	(void)snprintf(path, 100, FOLDER "0000000000000-AAAAAAAAAAAAAAAAAAA%03u.spare", number);
}

static void put_spare(unsigned number, off_t size)
{
	char path[100];
	name_spare(path, number);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	(void)close(fd);
}

/* The last digit of an id has two bits: names that encode none are no spares. */
static void spares_that_a_crash_left_half_used_are_made_anew(void **state)
{
	(void)state;
	char path[100];
	put_spare(100, 100);
	put_spare(101, SPARE_SIZE);
	restart();
	for (unsigned i = 100; i < 102; i++) {
		name_spare(path, i);
		assert_int_equal(access(path, F_OK), -1);
	}
	assert_int_equal(count(".spare"), SPARES_MAX);
	assert_int_equal(outbox_waiting(&authority), 0);
}

int main(void)
{
	log_open("test", LOG_LEVEL_ERROR);
	own_name_space();
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(a_full_disk_takes_a_number_of_mails_and_then_pauses),
		TEST(with_a_mail_server_a_full_disk_pauses_nobody),
		TEST(a_disk_that_is_full_from_the_beginning_pauses_at_once),
		TEST(spares_that_a_crash_left_half_used_are_made_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
