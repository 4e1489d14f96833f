#include "authority/outbox/outbox.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/outbox/spool.h"
#include "authority/report/metrics.h"
#include "base/clock.h"
#include "base/io.h"
#include "conf/conf.h"
#include "log/log.h"

#define LEASE_MS 180000 /* more than courier takes for a mail, and less than people wait */
#define PAUSE_FIRST_MS 5000
#define PAUSE_MAX_MS 3600000
#define HOUR_MS 3600000

struct waiting {
	struct spool_name name;
	int64_t lease_ms; /* courier has it until then */
	int64_t due_ms;
	int64_t pause_ms; /* the last one; 0: none yet */
};

struct outbox {
	pthread_mutex_t lock;
	const struct keys *keys;
	int folder; /* -1: not opened yet */
	bool told;  /* that there is no server */
	struct waiting *at;
	size_t n, room;
	int64_t due_ms; /* of all: the server rests */
	int64_t pause_ms;
};

static const char *const KINDS[] = {
#define MAIL(constant, text) [constant] = #text,
#include "authority/outbox/mails.def"
#undef MAIL
};

static enum err make_room(struct outbox *outbox, size_t wanted)
{
	if (wanted <= outbox->room)
		return OK;
	size_t room = wanted < 64 ? 64 : wanted * 2;
	struct waiting *more = reallocarray(outbox->at, room, sizeof *more);
	if (more == NULL)
		return ERR_NO_MEMORY;
	outbox->at = more;
	outbox->room = room;
	return OK;
}

/* Inside the lock, like all that takes an outbox and is not in the header. */
static enum err load(struct outbox *outbox, int folder)
{
	struct spool_name *names = NULL;
	size_t n = 0;
	enum err err = spool_list(folder, &names, &n);
	if (err == OK)
		err = make_room(outbox, n);
	for (size_t i = 0; err == OK && i < n; i++)
		outbox->at[i] = (struct waiting){ .name = names[i] };
	outbox->n = err == OK ? n : 0;
	free(names);
	return err;
}

static enum err open_folder(struct outbox *outbox, const struct conf *conf)
{
	if (outbox->folder >= 0)
		return OK;
	int folder = -1;
	enum err err = spool_open(conf->authority.state, &folder);
	if (err == OK)
		err = load(outbox, folder);
	if (err == OK)
		outbox->folder = folder;
	else
		io_close(&folder);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "mail_queue_refused", 0, LOG_STR("state", conf->authority.state),
		    LOG_STR("reason", err_text(err)));
	else if (outbox->n > 0)
		log_line(LOG_LEVEL_INFO, "mails_waiting", 0, LOG_NUMBER("count", (long long)outbox->n));
	return err;
}

static bool has_server(struct outbox *outbox, const struct conf *conf)
{
	bool has = conf->mail.host[0] != '\0';
	if (!has && !outbox->told)
		log_line(LOG_LEVEL_WARNING, "no_mail_server", 0,
		    LOG_STR("hint", "[mail] host is not set: nobody is told by mail"));
	outbox->told = !has;
	return has;
}

enum err outbox_open(const struct conf *conf, const struct keys *keys, struct outbox **outbox_r)
{
	struct outbox *outbox = calloc(1, sizeof *outbox);
	if (outbox == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&outbox->lock, NULL);
	outbox->keys = keys;
	outbox->folder = -1;
	/* without it people sign in without mails; each post tries again, and is an error until then */
	if (has_server(outbox, conf))
		(void)!open_folder(outbox, conf);
	*outbox_r = outbox;
	return OK;
}

void outbox_close(struct outbox **outbox)
{
	struct outbox *old = *outbox;
	if (old == NULL)
		return;
	io_close(&old->folder);
	(void)pthread_mutex_destroy(&old->lock);
	free(old->at);
	free(old);
	*outbox = NULL;
}

static void unlock(struct outbox **outbox)
{
	(void)pthread_mutex_unlock(&(*outbox)->lock);
}

static struct outbox *lock(struct authority *authority)
{
	(void)pthread_mutex_lock(&authority->outbox->lock);
	return authority->outbox;
}

static enum err append(struct outbox *outbox, const struct msg_mail_record *record)
{
	enum err err = make_room(outbox, outbox->n + 1);
	CLEANUP(arena_done) struct arena arena = { 0 };
	if (err == OK)
		err = spool_write(outbox->folder, outbox->keys, record, &arena);
	if (err == OK)
		outbox->at[outbox->n++] =
		    (struct waiting){ .name = { .queued_ms = record->matter->at, .id = record->id } };
	return err;
}

/* ERR_NOT_FOUND: there is no server, so nothing is queued. */
static enum err post(struct authority *authority, const struct msg_mail_record *record)
{
	const struct conf *conf = authority->conf;
	CLEANUP(unlock) struct outbox *outbox = lock(authority);
	if (!has_server(outbox, conf))
		return ERR_NOT_FOUND;
	enum err err = open_folder(outbox, conf);
	if (err == OK && outbox->n >= conf->mail.queue)
		err = ERR_BUSY;
	return err == OK ? append(outbox, record) : err;
}

enum err outbox_post(struct authority *authority, const struct mail *mail)
{
	const char *kind = KINDS[mail->kind];
	if (authority->outbox == NULL)
		return ERR_CONFIG;
	if (text_is_empty(mail->to)) {
		log_line(LOG_LEVEL_WARNING, "mail_without_address", mail->trace, LOG_STR("kind", kind),
		    LOG_TEXT("person", mail->person));
		return OK;
	}
	const struct msg_mail_matter matter = {
		.kind = text_of(kind),
		.to = mail->to,
		.name = mail->name,
		.language = mail->language,
		.object = mail->object,
		.address = mail->address,
		.browser = mail->browser,
		.door = mail->door,
		.count = mail->count,
		.at = clock_now_ms(),
	};
	struct msg_mail_record record = {
		.trace = { (const uint8_t *)&mail->trace, sizeof mail->trace },
		.person = mail->person,
		.matter = &matter,
	};
	secret_random(&record.id, sizeof record.id);
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&record.id, id);
	enum err err = post(authority, &record);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	metric_add(METRIC_MAILS_QUEUED);
	log_line(LOG_LEVEL_INFO, "mail_queued", mail->trace, LOG_STR("mail", id), LOG_STR("kind", kind),
	    LOG_TEXT("person", mail->person));
	return OK;
}

static uint64_t trace_of(const struct msg_mail_record *record)
{
	uint64_t trace = 0;
	if (record->trace.len == sizeof trace)
		memcpy(&trace, record->trace.at, sizeof trace);
	return trace;
}

static struct waiting *find(struct outbox *outbox, const struct id *id)
{
	for (size_t i = 0; i < outbox->n; i++)
		if (memcmp(&outbox->at[i].name.id, id, sizeof *id) == 0)
			return &outbox->at[i];
	return NULL;
}

static void take_out(struct outbox *outbox, struct waiting *one)
{
	size_t behind = outbox->n - (size_t)(one - outbox->at) - 1;
	memmove(one, one + 1, behind * sizeof *one);
	outbox->n--;
}

/* Each time three times as long. */
static int64_t longer(int64_t pause_ms)
{
	if (pause_ms == 0)
		return PAUSE_FIRST_MS;
	return pause_ms > PAUSE_MAX_MS / 3 ? PAUSE_MAX_MS : pause_ms * 3;
}

/* A clock that was set back makes nobody wait longer than the longest pause. */
static bool is_due(int64_t due_ms, int64_t now_ms)
{
	return due_ms <= now_ms || due_ms - now_ms > PAUSE_MAX_MS;
}

/* What cannot be recorded is not done: the mail stays for another while. */
static enum err give_up(struct authority *authority, struct outbox *outbox, struct waiting *one,
    const struct msg_mail_record *record, struct text reason)
{
	const struct audit_entry entry = {
		.event = AUDIT_MAIL_DROPPED,
		.trace = record != NULL ? trace_of(record) : 0,
		.person = record != NULL ? record->person : (struct text){ NULL, 0 },
		.object = record != NULL ? record->matter->kind : (struct text){ NULL, 0 },
		.reason = reason,
	};
	enum err err = audit_record(authority, &entry);
	if (err == OK && record != NULL)
		err = spool_remove(outbox->folder, &one->name);
	if (err != OK) {
		one->due_ms = clock_now_ms() + (one->pause_ms = longer(one->pause_ms));
		return err;
	}
	log_line(LOG_LEVEL_WARNING, "mail_given_up", entry.trace, LOG_TEXT("kind", entry.object),
	    LOG_TEXT("person", entry.person), LOG_TEXT("reason", reason));
	metric_add(METRIC_MAILS_DROPPED);
	take_out(outbox, one);
	return OK;
}

/* Whether the mail at hand is one for courier; what is not worth waiting for leaves the queue. */
static bool open_mail(struct authority *authority, struct outbox *outbox, struct waiting *one, int64_t now_ms,
    struct arena *arena, const struct msg_mail_record **record_r)
{
	const struct msg_mail_record *record = NULL;
	int64_t keep_ms = (int64_t)authority->conf->mail.keep_h * HOUR_MS;
	enum err err = spool_read(outbox->folder, outbox->keys, &one->name, arena, &record);
	if (err == ERR_NOT_FOUND) {
		take_out(outbox, one);
	} else if (err == ERR_MALFORMED) {
		(void)give_up(authority, outbox, one, NULL, TEXT_LITERAL("mail_unreadable"));
	} else if (err == OK && now_ms - one->name.queued_ms > keep_ms) {
		(void)give_up(authority, outbox, one, record, TEXT_LITERAL("mail_too_old"));
	} else if (err == OK) {
		one->lease_ms = now_ms + LEASE_MS;
		*record_r = record;
		return true;
	} else {
		one->due_ms = now_ms + (one->pause_ms = longer(one->pause_ms));
	}
	return false;
}

enum err outbox_next(
    struct authority *authority, struct arena *arena, const struct msg_mail_record **record_r)
{
	const struct conf *conf = authority->conf;
	int64_t now_ms = clock_now_ms();
	if (authority->outbox == NULL)
		return ERR_NOT_FOUND;
	CLEANUP(unlock) struct outbox *outbox = lock(authority);
	if (!has_server(outbox, conf))
		return ERR_NOT_FOUND;
	enum err err = open_folder(outbox, conf);
	if (err != OK)
		return err;
	if (!is_due(outbox->due_ms, now_ms))
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < outbox->n;) {
		size_t before = outbox->n;
		struct waiting *one = &outbox->at[i];
		bool due = is_due(one->due_ms, now_ms) && is_due(one->lease_ms, now_ms);
		if (due && open_mail(authority, outbox, one, now_ms, arena, record_r))
			return OK;
		i += outbox->n == before; /* else the next one stands here now */
	}
	return ERR_NOT_FOUND;
}

size_t outbox_waiting(struct authority *authority)
{
	if (authority->outbox == NULL)
		return 0;
	CLEANUP(unlock) struct outbox *outbox = lock(authority);
	return outbox->n;
}

enum err outbox_sent(struct authority *authority, const struct id *id)
{
	if (authority->outbox == NULL)
		return OK;
	CLEANUP(unlock) struct outbox *outbox = lock(authority);
	outbox->pause_ms = outbox->due_ms = 0;
	struct waiting *one = find(outbox, id);
	if (one == NULL)
		return OK;
	enum err err = spool_remove(outbox->folder, &one->name);
	if (err != OK)
		return err;
	take_out(outbox, one);
	metric_add(METRIC_MAILS_SENT);
	return OK;
}

static enum err drop(
    struct authority *authority, struct outbox *outbox, struct waiting *one, struct text reason)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_mail_record *record = NULL;
	enum err err = spool_read(outbox->folder, outbox->keys, &one->name, &arena, &record);
	if (err != OK && err != ERR_MALFORMED)
		return err;
	(void)(give_up(authority, outbox, one, record, reason) == OK); /* else it is tried again later */
	return OK;
}

enum err outbox_failed(
    struct authority *authority, const struct id *id, enum mail_fault fault, struct text reason)
{
	int64_t now_ms = clock_now_ms();
	if (authority->outbox == NULL)
		return OK;
	CLEANUP(unlock) struct outbox *outbox = lock(authority);
	struct waiting *one = find(outbox, id);
	if (one == NULL)
		return OK;
	one->lease_ms = 0;
	if (fault == MAIL_FAULT_NEVER)
		return drop(authority, outbox, one, reason);
	if (fault == MAIL_FAULT_SERVER) {
		outbox->due_ms = now_ms + (outbox->pause_ms = longer(outbox->pause_ms));
	} else {
		one->due_ms = now_ms + (one->pause_ms = longer(one->pause_ms));
	}
	log_line(LOG_LEVEL_WARNING, fault == MAIL_FAULT_SERVER ? "mail_server_refused" : "mail_postponed", 0,
	    LOG_TEXT("reason", reason),
	    LOG_NUMBER("again_in_s", (fault == MAIL_FAULT_SERVER ? outbox->pause_ms : one->pause_ms) / 1000));
	return OK;
}

void outbox_wake(struct authority *authority)
{
	if (authority->outbox == NULL)
		return;
	CLEANUP(unlock) struct outbox *outbox = lock(authority);
	outbox->pause_ms = outbox->due_ms = 0;
	for (size_t i = 0; i < outbox->n; i++)
		outbox->at[i].due_ms = outbox->at[i].pause_ms = 0;
}
