#include "authority/outbox/outbox.h"
#include <stdlib.h>
#include <string.h>
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/outbox/queue.h"
#include "authority/report/metrics.h"
#include "base/clock.h"
#include "base/io.h"
#include "conf/conf.h"
#include "log/log.h"

#define LEASE_MS 180000 /* more than courier takes for a mail, and less than people wait */
#define PAUSE_FIRST_MS 5000
#define PAUSE_MAX_MS 3600000
#define HOUR_MS 3600000
#define DISK_PAUSE_MS 1000
#define ASKED_MAX \
	64u /* as many as may have asked outbox_takes and not posted yet: for them there is more room */

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
	for (size_t i = 0; err == OK && i < n; i++) {
		outbox->at[i] = (struct waiting){ .name = names[i] };
		outbox->n_of[names[i].kind]++;
	}
	outbox->n = err == OK ? n : 0;
	free(names);
	return err;
}

enum err queue_open(struct outbox *outbox, const struct conf *conf)
{
	if (outbox->folder >= 0)
		return OK;
	int folder = -1;
	enum err err = spool_open(conf->authority.state, &folder);
	if (err == OK)
		err = load(outbox, folder);
	if (err == OK)
		err = spare_load(folder, &outbox->spares);
	if (err == OK)
		outbox->folder = folder;
	else
		io_close(&folder);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "mail_queue_refused", 0, LOG_STR("state", conf->authority.state),
		    LOG_STR("reason", err_text(err)));
	else if (outbox->n > 0)
		log_line(LOG_LEVEL_INFO, "mails_waiting", 0,
		    LOG_NUMBER("count", (long long)outbox->n_of[SPOOL_MAIL]),
		    LOG_NUMBER("notices", (long long)outbox->n_of[SPOOL_NOTICE]));
	return err;
}

/* What the disk's last answer means. */
static void note_disk(struct outbox *outbox, bool refuses)
{
	if (refuses && !outbox->refuses)
		log_line(LOG_LEVEL_ERROR, "mail_disk_refuses", 0, LOG_NUMBER("spares", outbox->spares.n));
	if (!refuses && outbox->refuses)
		log_line(LOG_LEVEL_INFO, "mail_disk_back", 0);
	outbox->refuses = refuses;
	if (refuses)
		outbox->disk_due_ms = clock_steady_ms() + DISK_PAUSE_MS;
}

/* What was used of the spares is made anew; a disk that takes nothing is asked once a second. */
static void tend_spares(struct outbox *outbox)
{
	if (outbox->folder < 0 || (!outbox->refuses && outbox->spares.n == SPARES_MAX))
		return;
	if (outbox->refuses && clock_steady_ms() < outbox->disk_due_ms)
		return;
	note_disk(outbox, spare_refill(outbox->folder, &outbox->spares) != OK);
}

static bool has_server(struct outbox *outbox, const struct conf *conf)
{
	bool has = conf->mail.host[0] != '\0';
	outbox->queue_max = conf->mail.queue;
	if (!has && !outbox->told)
		log_line(LOG_LEVEL_WARNING, "no_mail_server", 0,
		    LOG_STR("hint", "[mail] host is not set: nobody is told by mail"));
	outbox->told = !has;
	return has;
}

static void show(struct outbox *outbox)
{
	bool is_open =
	    outbox->folder >= 0 && !outbox->refuses && outbox->n_of[SPOOL_MAIL] < outbox->queue_max;
	for (unsigned i = 0; i < SPOOL_KIND_COUNT_; i++)
		atomic_store(&outbox->seen_n[i], outbox->n_of[i]);
	atomic_store(&outbox->seen_well, outbox->told || is_open);
}

enum err outbox_open(const struct conf *conf, const struct keys *keys, struct outbox **outbox_r)
{
	struct outbox *outbox = calloc(1, sizeof *outbox);
	if (outbox == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&outbox->lock, NULL);
	outbox->keys = keys;
	outbox->folder = -1;
	bool has = has_server(outbox, conf);
	if (queue_open(outbox, conf) == OK && has) /* where there is no server, notices may wait there */
		tend_spares(outbox);
	show(outbox);
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

void queue_leave(struct outbox **outbox)
{
	show(*outbox);
	(void)pthread_mutex_unlock(&(*outbox)->lock);
}

struct outbox *queue_enter(struct authority *authority)
{
	(void)pthread_mutex_lock(&authority->outbox->lock);
	return authority->outbox;
}

enum err queue_append(
    struct outbox *outbox, struct spares *spares, const struct spool_name *name, const void *record)
{
	enum err err = make_room(outbox, outbox->n + 1);
	CLEANUP(arena_done) struct arena arena = { 0 };
	unsigned before = outbox->spares.n;
	if (err == OK)
		err = spool_write(outbox->folder, spares, outbox->keys, name, record, &arena);
	if (outbox->spares.n < before || err == ERR_IO)
		note_disk(outbox, true);
	if (err != OK)
		return err;
	outbox->at[outbox->n++] = (struct waiting){ .name = *name };
	outbox->n_of[name->kind]++;
	return OK;
}

/* ERR_NOT_FOUND: there is no server, so nothing is queued. */
static enum err post(struct authority *authority, const struct msg_mail_record *record)
{
	const struct conf *conf = authority->conf;
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	if (!has_server(outbox, conf))
		return ERR_NOT_FOUND;
	enum err err = queue_open(outbox, conf);
	if (err == OK && outbox->n_of[SPOOL_MAIL] >= conf->mail.queue + ASKED_MAX)
		err = ERR_BUSY;
	const struct spool_name name = { SPOOL_MAIL, record->matter->at, record->id };
	return err == OK ? queue_append(outbox, &outbox->spares, &name, record) : err;
}

bool outbox_takes(struct authority *authority)
{
	const struct conf *conf = authority->conf;
	if (authority->outbox == NULL)
		return false;
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	if (!has_server(outbox, conf))
		return true;
	if (queue_open(outbox, conf) != OK)
		return false;
	tend_spares(outbox);
	return outbox->n_of[SPOOL_MAIL] < conf->mail.queue &&
	       (!outbox->refuses || outbox->spares.n > ASKED_MAX);
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
	if (err == ERR_NOT_FOUND)
		return OK;
	metric_add(err == OK ? METRIC_MAILS_QUEUED : METRIC_MAILS_NOT_QUEUED);
	if (err != OK)
		return err;
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

struct waiting *queue_find(struct outbox *outbox, enum spool_kind kind, const struct id *id)
{
	for (size_t i = 0; i < outbox->n; i++)
		if (outbox->at[i].name.kind == kind && memcmp(&outbox->at[i].name.id, id, sizeof *id) == 0)
			return &outbox->at[i];
	return NULL;
}

void queue_take_out(struct outbox *outbox, struct waiting *one)
{
	size_t behind = outbox->n - (size_t)(one - outbox->at) - 1;
	outbox->n_of[one->name.kind]--;
	memmove(one, one + 1, behind * sizeof *one);
	outbox->n--;
}

int64_t queue_longer(int64_t pause_ms)
{
	if (pause_ms == 0)
		return PAUSE_FIRST_MS;
	return pause_ms > PAUSE_MAX_MS / 3 ? PAUSE_MAX_MS : pause_ms * 3;
}

void queue_postpone(struct waiting *one)
{
	one->due_ms = clock_now_ms() + (one->pause_ms = queue_longer(one->pause_ms));
}

bool queue_is_due(int64_t due_ms, int64_t now_ms)
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
		queue_postpone(one);
		return err;
	}
	log_line(LOG_LEVEL_WARNING, "mail_given_up", entry.trace, LOG_TEXT("kind", entry.object),
	    LOG_TEXT("person", entry.person), LOG_TEXT("reason", reason));
	metric_add(METRIC_MAILS_DROPPED);
	queue_take_out(outbox, one);
	return OK;
}

/* Whether the mail at hand is one for courier; what is not worth waiting for leaves the queue. */
static bool open_mail(struct authority *authority, struct outbox *outbox, struct waiting *one, int64_t now_ms,
    struct arena *arena, const struct msg_mail_record **record_r)
{
	const void *at = NULL;
	int64_t keep_ms = (int64_t)authority->conf->mail.keep_h * HOUR_MS;
	enum err err = spool_read(outbox->folder, outbox->keys, &one->name, arena, &at);
	const struct msg_mail_record *record = at;
	if (err == ERR_NOT_FOUND) {
		queue_take_out(outbox, one);
	} else if (err == ERR_MALFORMED) {
		(void)give_up(authority, outbox, one, NULL, TEXT_LITERAL("mail_unreadable"));
	} else if (err == OK && now_ms - one->name.queued_ms > keep_ms) {
		(void)give_up(authority, outbox, one, record, TEXT_LITERAL("mail_too_old"));
	} else if (err == OK) {
		one->lease_ms = now_ms + LEASE_MS;
		*record_r = record;
		return true;
	} else {
		queue_postpone(one);
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
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	if (!has_server(outbox, conf))
		return ERR_NOT_FOUND;
	enum err err = queue_open(outbox, conf);
	if (err != OK)
		return err;
	tend_spares(outbox);
	if (!queue_is_due(outbox->due_ms, now_ms))
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < outbox->n;) {
		size_t before = outbox->n;
		struct waiting *one = &outbox->at[i];
		bool due = one->name.kind == SPOOL_MAIL && queue_is_due(one->due_ms, now_ms) &&
			   queue_is_due(one->lease_ms, now_ms);
		if (due && open_mail(authority, outbox, one, now_ms, arena, record_r))
			return OK;
		i += outbox->n == before; /* else the next one stands here now */
	}
	return ERR_NOT_FOUND;
}

size_t outbox_waiting(struct authority *authority)
{
	return authority->outbox != NULL ? atomic_load(&authority->outbox->seen_n[SPOOL_MAIL]) : 0;
}

bool outbox_is_well(struct authority *authority)
{
	return authority->outbox != NULL && atomic_load(&authority->outbox->seen_well);
}

enum err outbox_sent(struct authority *authority, const struct id *id)
{
	if (authority->outbox == NULL)
		return OK;
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	outbox->pause_ms = outbox->due_ms = 0;
	struct waiting *one = queue_find(outbox, SPOOL_MAIL, id);
	if (one == NULL)
		return OK;
	enum err err = spool_remove(outbox->folder, &one->name);
	if (err != OK)
		return err;
	queue_take_out(outbox, one);
	outbox->disk_due_ms = 0; /* there is room now for as many again */
	metric_add(METRIC_MAILS_SENT);
	return OK;
}

static enum err drop(
    struct authority *authority, struct outbox *outbox, struct waiting *one, struct text reason)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const void *record = NULL;
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
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	struct waiting *one = queue_find(outbox, SPOOL_MAIL, id);
	if (one == NULL)
		return OK;
	one->lease_ms = 0;
	if (fault == MAIL_FAULT_NEVER)
		return drop(authority, outbox, one, reason);
	if (fault == MAIL_FAULT_SERVER) {
		outbox->due_ms = now_ms + (outbox->pause_ms = queue_longer(outbox->pause_ms));
	} else {
		queue_postpone(one);
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
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	outbox->pause_ms = outbox->due_ms = 0;
	for (size_t i = 0; i < outbox->n; i++)
		outbox->at[i].due_ms = outbox->at[i].pause_ms = 0;
}
