#include "fake_outbox.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define KEPT 1024u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct queued {
	enum mail_kind kind;
	char person[129];
} mails[KEPT];
static unsigned n;
static char notices[KEPT][600];
static unsigned n_notices;
static bool paused;

void fake_outbox_reset(void)
{
	pthread_mutex_lock(&lock);
	n = n_notices = 0;
	paused = false;
	pthread_mutex_unlock(&lock);
}

unsigned fake_outbox_count(enum mail_kind kind, const char *person)
{
	unsigned count = 0;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < n; i++)
		count += mails[i].kind == kind && strcmp(mails[i].person, person) == 0;
	pthread_mutex_unlock(&lock);
	return count;
}

enum err outbox_open(const struct conf *conf, const struct keys *keys, struct outbox **outbox_r)
{
	(void)conf, (void)keys;
	*outbox_r = NULL;
	return OK;
}

void outbox_close(struct outbox **outbox)
{
	*outbox = NULL;
}

enum err outbox_post(struct authority *authority, const struct mail *mail)
{
	(void)authority;
	pthread_mutex_lock(&lock);
	bool fits = n < KEPT;
	if (fits) {
		mails[n].kind = mail->kind;
		(void)snprintf(mails[n].person, sizeof mails[n].person, "%.*s", TEXT_ARGS(mail->person));
		n++;
	}
	pthread_mutex_unlock(&lock);
	return fits ? OK : ERR_BUSY;
}

/* Courier asks for nothing here. */
enum err outbox_next(
    struct authority *authority, struct arena *arena, const struct msg_mail_record **record_r)
{
	(void)authority, (void)arena, (void)record_r;
	return ERR_NOT_FOUND;
}

void fake_outbox_pause(bool is_paused)
{
	pthread_mutex_lock(&lock);
	paused = is_paused;
	pthread_mutex_unlock(&lock);
}

bool outbox_takes(struct authority *authority)
{
	(void)authority;
	pthread_mutex_lock(&lock);
	bool takes = !paused;
	pthread_mutex_unlock(&lock);
	return takes;
}

bool outbox_is_well(struct authority *authority)
{
	return outbox_takes(authority);
}

size_t outbox_waiting(struct authority *authority)
{
	(void)authority;
	return n;
}

enum err outbox_sent(struct authority *authority, const struct id *id)
{
	(void)authority, (void)id;
	return OK;
}

enum err outbox_failed(
    struct authority *authority, const struct id *id, enum mail_fault fault, struct text reason)
{
	(void)authority, (void)id, (void)fault, (void)reason;
	return OK;
}

void outbox_wake(struct authority *authority)
{
	(void)authority;
}

enum err outbox_tell(struct authority *authority, const struct msg_notice_record *notice)
{
	(void)authority;
	pthread_mutex_lock(&lock);
	enum err err = paused ? ERR_IO : OK;
	if (err == OK && n_notices < KEPT)
		(void)snprintf(notices[n_notices++], sizeof notices[0], "%.*s %.*s",
		    TEXT_ARGS(notice->visit->service), TEXT_ARGS(notice->visit->handle));
	pthread_mutex_unlock(&lock);
	return err;
}

unsigned fake_outbox_notices(const char *service_and_handle)
{
	unsigned count = 0;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < n_notices; i++)
		count += strcmp(notices[i], service_and_handle) == 0;
	pthread_mutex_unlock(&lock);
	return count;
}

enum err outbox_next_notice(
    struct authority *authority, bool fresh, struct arena *arena, const struct msg_notice_record **notice_r)
{
	(void)authority, (void)fresh, (void)arena, (void)notice_r;
	return ERR_NOT_FOUND;
}

enum err outbox_notice(struct authority *authority, const struct id *id, struct arena *arena,
    const struct msg_notice_record **notice_r)
{
	(void)authority, (void)id, (void)arena, (void)notice_r;
	return ERR_NOT_FOUND;
}

enum err outbox_told(struct authority *authority, const struct id *id, enum notice_outcome outcome,
    struct text reason, struct arena *arena, const struct msg_notice_record **notice_r)
{
	(void)authority, (void)id, (void)outcome, (void)reason, (void)arena;
	*notice_r = NULL;
	return OK;
}

size_t outbox_notices_waiting(struct authority *authority)
{
	(void)authority;
	return 0;
}
