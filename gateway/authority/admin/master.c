/* master.c - sealing anew in the background, slowly; and the reminder that a key without a backup is a campus without one. */
#include "authority/admin/master.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "authority/account/account.h"
#include "authority/admin/admin.h"
#include "authority/keys/keys.h"
#include "authority/session/epoch.h"
#include "authority/sso/shelf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/wait.h"
#include "base/whole.h"
#include "conf/conf.h"
#include "log/log.h"

#define BATCH 50u
#define PAUSE_S 1  /* between two batches */
#define AGAIN_S 60 /* after a failure */
#define NAG_S 86400
#define MARKER "key-backup"
#define MARKER_MAX 4096u

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool running, ending;
	bool due;   /* something may be sealed with an older key */
	bool poked; /* look at once */
	unsigned left;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

void master_wake(void)
{
	pthread_mutex_lock(&self.lock);
	self.due = self.poked = true;
	pthread_cond_signal(&self.changed);
	pthread_mutex_unlock(&self.lock);
}

bool master_is_resealing(unsigned *left_r)
{
	pthread_mutex_lock(&self.lock);
	bool due = self.due;
	*left_r = self.left;
	pthread_mutex_unlock(&self.lock);
	return due;
}

static void marker_path(const struct authority *authority, char path[300])
{
	(void)snprintf(path, 300, "%s/" MARKER, authority->conf->authority.state);
}

bool master_is_backed_up(const struct authority *authority, const char *id)
{
	char path[300], text[MARKER_MAX + 1], wanted[KEYS_ID_TEXT_SIZE + 1];
	marker_path(authority, path);
	CLEANUP(io_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd >= 0 ? read(fd, text, MARKER_MAX) : -1;
	if (n <= 0)
		return false;
	text[n] = '\0';
	(void)snprintf(wanted, sizeof wanted, "%s\n", id);
	return strstr(text, wanted) != NULL;
}

enum err master_write(const char *file, struct secret text)
{
	struct stat is;
	if (stat(file, &is) != 0)
		return ERR_IO;
	if (is.st_uid != geteuid()) /* what somebody else gave us to read stays his */
		return ERR_FORBIDDEN;
	return whole_replace(file, text.at, text.len, is.st_mode & 0740, NULL);
}

enum err master_note_backup(const struct authority *authority)
{
	char path[300], text[KEYS_MAX * KEYS_ID_TEXT_SIZE + 1] = "", id[KEYS_ID_TEXT_SIZE];
	size_t len = 0;
	bool names_only;
	for (unsigned i = 0; i < KEYS_MAX && keys_describe(authority->keys, i, id, &names_only); i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s\n", id);
	marker_path(authority, path);
	return whole_replace(path, text, len, 0600, NULL);
}

/* A key of this process alone needs no safe. */
static void nag(struct authority *authority)
{
	char id[KEYS_ID_TEXT_SIZE];
	keys_current_id(authority->keys, id);
	if (authority->conf->authority.master_key_file[0] != '\0' && !master_is_backed_up(authority, id))
		log_line(LOG_LEVEL_WARNING, "master_key_has_no_backup", 0, LOG_STR("key", id),
		    LOG_STR("remedy", "spomctl key backup"));
}

/* Whether there is anything that an older key may have sealed. */
static bool has_older(const struct authority *authority)
{
	unsigned all, opening;
	keys_count(authority->keys, &all, &opening);
	return opening > 1;
}

enum err master_reseal(struct authority *authority, unsigned max, unsigned *left_r)
{
	unsigned accounts, things;
	enum err err = account_reseal(authority, max, &accounts);
	if (err == OK)
		err = shelf_reseal(authority, max, &things);
	if (err == OK)
		*left_r = accounts + things;
	return err;
}

/* One batch; how long to wait before the next one. */
static int reseal(struct authority *authority)
{
	unsigned left = 0;
	enum err err = has_older(authority) ? master_reseal(authority, BATCH, &left) : OK;
	if (err != OK) {
		log_line(LOG_LEVEL_WARNING, "sealing_anew_waits", 0, LOG_STR("reason", err_text(err)));
		return AGAIN_S;
	}
	pthread_mutex_lock(&self.lock);
	bool done = left == 0 && self.left > 0;
	self.left = left;
	self.due = left > 0 || self.poked;
	pthread_mutex_unlock(&self.lock);
	if (done)
		log_line(LOG_LEVEL_INFO, "sealed_anew", 0);
	return left > 0 ? PAUSE_S : NAG_S;
}

/* Returns early for a new key or the end. */
static void wait_s(int s)
{
	const struct timespec end = wait_end(s * 1000LL);
	while (!self.ending && !self.poked && wait_more(&self.changed, &self.lock, &end))
		continue;
	self.poked = false;
}

static void *run(void *context)
{
	struct authority *authority = context;
	int64_t nagged_ms = 0;
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
	for (;;) {
		if (nagged_ms == 0 || clock_steady_ms() - nagged_ms >= NAG_S * 1000LL) {
			nag(authority);
			nagged_ms = clock_steady_ms();
		}
		int s = reseal(authority);
		if (epoch_remember(authority) != OK && s > AGAIN_S)
			s = AGAIN_S;
		pthread_mutex_lock(&self.lock);
		wait_s(s);
		bool ending = self.ending;
		pthread_mutex_unlock(&self.lock);
		if (ending)
			return NULL;
	}
}

enum err master_watch(struct authority *authority)
{
	self.ending = false;
	self.due = has_older(authority);
	self.running = pthread_create(&self.thread, NULL, run, authority) == 0;
	return self.running ? OK : ERR_NO_MEMORY;
}

void master_stop(void)
{
	if (!self.running)
		return;
	pthread_mutex_lock(&self.lock);
	self.ending = true;
	pthread_cond_broadcast(&self.changed);
	pthread_mutex_unlock(&self.lock);
	(void)pthread_join(self.thread, NULL);
	self.running = false;
}
