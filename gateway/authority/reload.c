#include "authority/reload.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/outbox/outbox.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

/* Readers hold on to settings without saying so, so none is freed before the end. */
struct former {
	struct conf *conf;
	struct former *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct former *formers;
static pthread_t thread;
static atomic_bool stopping;

static void free_faults(struct conf_faults **faults)
{
	free(*faults);
}

static enum err load(const char *file, struct conf **conf_r)
{
	CLEANUP(free_faults) struct conf_faults *faults = calloc(1, sizeof *faults);
	if (faults == NULL)
		return ERR_NO_MEMORY;
	enum err err = conf_load_all(file, conf_r, faults);
	for (unsigned i = 0; i < faults->n; i++)
		log_line(LOG_LEVEL_ERROR, "settings_refused", 0, LOG_STR("reason", faults->at[i].text));
	return err;
}

/* Two editions never have one number, even where the clock stands still or goes back. */
static void put(struct authority *authority, struct former *former)
{
	int64_t now_ms = clock_now_ms(), last = authority->edition;
	former->next = formers;
	formers = former;
	authority->conf = former->conf;
	authority->edition = now_ms > last ? now_ms : last + 1;
	(void)setenv("TZ", former->conf->portal.zone, 1); /* days are those of the institution */
	tzset();
}

enum err reload_first(struct authority *authority, const char *file)
{
	struct former *first = calloc(1, sizeof *first);
	enum err err = first != NULL ? load(file, &first->conf) : ERR_NO_MEMORY;
	if (err != OK) {
		free(first);
		return err;
	}
	authority->file = file;
	put(authority, first);
	return OK;
}

static void say_kept(const char *section, const char *key, void *context)
{
	(void)context;
	log_line(LOG_LEVEL_WARNING, "setting_needs_restart", 0, LOG_STR("section", section),
	    LOG_STR("setting", key));
}

static enum err record(struct authority *authority)
{
	const struct audit_entry entry = { .event = AUDIT_SETTINGS_READ, .object = text_of(authority->file) };
	return authority->audit != NULL ? audit_record(authority, &entry) : OK;
}

static enum err take_over(struct authority *authority, struct conf *conf)
{
	struct conf_fault fault;
	enum err err = conf_follow(authority->conf, conf, authority->file, say_kept, NULL, &fault);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "settings_refused", 0, LOG_STR("reason", fault.text));
		return err;
	}
	err = record(authority);
	return err == OK ? directory_reload(authority->directory, conf) : err;
}

static enum err reload(struct authority *authority)
{
	struct former *next = calloc(1, sizeof *next);
	enum err err = next != NULL ? load(authority->file, &next->conf) : ERR_NO_MEMORY;
	if (err == OK)
		err = take_over(authority, next->conf);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "settings_kept", 0, LOG_STR("file", authority->file),
		    LOG_STR("reason", err_text(err)));
		if (next != NULL)
			conf_free(&next->conf);
		free(next);
		return err;
	}
	put(authority, next);
	store_settings(authority->store, next->conf);
	outbox_wake(authority);
	log_line(LOG_LEVEL_INFO, "settings_read", 0, LOG_STR("file", authority->file));
	return OK;
}

enum err authority_reload(struct authority *authority)
{
	(void)pthread_mutex_lock(&lock);
	enum err err = reload(authority);
	(void)pthread_mutex_unlock(&lock);
	return err;
}

static sigset_t hangup(void)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	return set;
}

void reload_block(void)
{
	const sigset_t set = hangup();
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *wait_for_hangup(void *context)
{
	const sigset_t set = hangup();
	int caught;
	while (sigwait(&set, &caught) == 0 && !stopping)
		if (authority_reload(context) != OK)
			continue; /* it has logged what is to be said */
	return NULL;
}

enum err reload_start(struct authority *authority)
{
	sigset_t all, before;
	stopping = false;
	(void)sigfillset(&all); /* other signals are for the main thread */
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&thread, NULL, wait_for_hangup, authority);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed == 0 ? OK : ERR_NO_MEMORY;
}

void reload_stop(void)
{
	stopping = true;
	(void)pthread_kill(thread, SIGHUP);
	(void)pthread_join(thread, NULL);
}

void reload_forget(struct authority *authority)
{
	authority->conf = NULL;
	while (formers != NULL) {
		struct former *next = formers->next;
		conf_free(&formers->conf);
		free(formers);
		formers = next;
	}
}
