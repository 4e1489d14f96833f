/* audit.c - the queue between those who record and the one thread that writes. Whoever records waits for the disk: all who wait at
 * the same time are served by one fdatasync(2). */
#include "authority/audit/audit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "authority/audit/state.h"
#include "authority/authority.h"
#include "authority/report/metrics.h"
#include "base/clock.h"
#include "base/io.h"
#include "conf/conf.h"
#include "log/log.h"
#include "wire/frame.h"
#include "wire/when.h"

const char *audit_event_text(enum audit_event event)
{
	static const char *const TEXTS[] = {
#define EVENT(constant, text) [constant] = #text,
#include "authority/audit/events.def"
#undef EVENT
	};
	return (unsigned)event < COUNT(TEXTS) ? TEXTS[event] : "unknown";
}

static struct waiting *waiting_new(struct text middle)
{
	struct waiting *waiting = calloc(1, sizeof *waiting + middle.len);
	if (waiting == NULL)
		return NULL;
	waiting->len = middle.len;
	memcpy(waiting->middle, middle.at, middle.len);
	return waiting;
}

/* Inside the lock. True: the writer is to be woken. */
static bool append(struct audit *audit, struct waiting *waiting)
{
	waiting->time_ms = clock_now_ms();
	if (waiting->time_ms > audit->last_ms)
		audit->last_ms = waiting->time_ms;
	if (audit->first != NULL)
		audit->last->next = waiting;
	else
		audit->first = waiting;
	audit->last = waiting;
	audit->n_waiting++;
	return audit->n_waiting == 1 || audit_has_to_write(audit);
}

/* The log cuts values that are too long; a record is longer only with values that somebody made up. */
static struct text part(const struct waiting *waiting, size_t from)
{
	static const size_t LEN = 500;
	if (from * LEN >= waiting->len)
		return (struct text){ NULL, 0 };
	size_t left = waiting->len - from * LEN;
	return (struct text){ waiting->middle + from * LEN, left < LEN ? left : LEN };
}

void audit_log_waiting(struct waiting *waiting)
{
	char when[WHEN_TEXT_SIZE];
	when_text(waiting->time_ms, when);
	if (!waiting->logged)
		log_line(LOG_LEVEL_WARNING, "audit_record_waits", 0, LOG_STR("time", when),
		    LOG_TEXT("record", part(waiting, 0)), LOG_TEXT("more", part(waiting, 1)),
		    LOG_TEXT("rest", part(waiting, 2)));
	waiting->logged = true;
}

/* Inside the lock. over: of who waits for the disk, or NULL; where the disk takes nothing, nobody waits, and the queue is full for all.
 * *wakes_r: the writer is to be woken. */
static enum err queue(struct audit *audit, struct waiting *waiting, sem_t *over, bool *wakes_r)
{
	if ((audit->failing || over == NULL) && audit->n_waiting >= audit->queue_max)
		return ERR_BUSY;
	if (over != NULL && !audit->failing) {
		waiting->asked = over;
		audit->n_asking++;
	}
	*wakes_r = append(audit, waiting) || over != NULL;
	if (audit->failing)
		audit_log_waiting(waiting);
	return OK;
}

static enum err put(struct audit *audit, const struct msg_audit_row *row, bool waits)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text middle;
	sem_t over;
	bool wakes = false;
	enum err err = line_render(row, &arena, &middle);
	struct waiting *waiting = err == OK ? waiting_new(middle) : NULL;
	if (waiting == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	(void)sem_init(&over, 0, 0);
	pthread_mutex_lock(&audit->lock);
	err = queue(audit, waiting, waits ? &over : NULL, &wakes);
	bool asked = err == OK && waiting->asked != NULL;
	pthread_mutex_unlock(&audit->lock);
	if (err != OK)
		free(waiting);
	else if (wakes)
		pthread_cond_signal(&audit->work);
	while (asked && sem_wait(&over) != 0)
		continue; /* a signal */
	(void)sem_destroy(&over);
	if (err != OK)
		return err;
	metric_add(METRIC_AUDIT_RECORDS);
	return OK;
}

enum err audit_put(struct audit *audit, const struct msg_audit_row *row)
{
	return put(audit, row, true);
}

static enum err record(struct authority *authority, const struct audit_entry *entry, bool waits)
{
	struct audit *audit = authority->audit;
	char trace[FRAME_TRACE_TEXT];
	if (audit == NULL)
		return ERR_INTERNAL;
	const struct conf *conf = authority->conf;
	audit->queue_max = conf->audit.queue;
	audit->file_max = conf->audit.file_mb * MIB;
	frame_trace_text(entry->trace, trace);
	const struct msg_audit_row row = {
		.event = text_of(audit_event_text(entry->event)),
		.trace = entry->trace != 0 ? text_of(trace) : (struct text){ NULL, 0 },
		.person = entry->person,
		.user = entry->user,
		.actor = entry->actor,
		.door = entry->door,
		.address = entry->address,
		.object = entry->object,
		.reason = entry->reason,
	};
	enum err err =
	    entry->event == AUDIT_FACTOR_ADDED ? enrolled_add(audit, entry->person, entry->user) : OK;
	return err == OK ? put(audit, &row, waits) : err;
}

enum err audit_record(struct authority *authority, const struct audit_entry *entry)
{
	return record(authority, entry, true);
}

void audit_note(struct authority *authority, const struct audit_entry *entry)
{
	enum err err = record(authority, entry, false);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "audit_note_lost", entry->trace,
		    LOG_STR("event", audit_event_text(entry->event)), LOG_STR("reason", err_text(err)));
}

bool audit_takes(struct audit *audit)
{
	if (audit == NULL)
		return false;
	pthread_mutex_lock(&audit->lock);
	bool takes = !audit->failing || audit->n_waiting < audit->queue_max;
	pthread_mutex_unlock(&audit->lock);
	return takes;
}

int64_t audit_last_ms(struct audit *audit)
{
	if (audit == NULL)
		return 0;
	pthread_mutex_lock(&audit->lock);
	int64_t last_ms = audit->last_ms;
	pthread_mutex_unlock(&audit->lock);
	return last_ms;
}

bool audit_is_well(struct audit *audit)
{
	if (audit == NULL)
		return false;
	pthread_mutex_lock(&audit->lock);
	bool well = !audit->failing;
	pthread_mutex_unlock(&audit->lock);
	return well;
}

struct committed audit_committed(struct audit *audit)
{
	pthread_mutex_lock(&audit->lock);
	struct committed committed = { audit->file, audit->n, audit->size };
	pthread_mutex_unlock(&audit->lock);
	return committed;
}

static enum err put_event(struct audit *audit, enum audit_event event, const char *object)
{
	const struct msg_audit_row row = {
		.event = text_of(audit_event_text(event)),
		.object = text_of(object),
		.door = TEXT_LITERAL("authority"),
	};
	return audit_put(audit, &row);
}

/* What was found at the start stands in the chain before anything else does. */
static enum err put_found(struct audit *audit, const struct chain_found *found)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	enum err err = OK;
	if (found->broken_n != 0) {
		const char *where = arena_printf(&arena, "file %llu behind record %llu",
		    (unsigned long long)found->broken_file, (unsigned long long)found->broken_n);
		log_line(LOG_LEVEL_ERROR, "audit_chain_broken", 0, LOG_STR("where", where));
		err = put_event(audit, AUDIT_CHAIN_BROKEN, where);
	}
	if (err == OK && found->torn > 0) {
		const char *bytes = arena_printf(&arena, "%lld bytes", (long long)found->torn);
		log_line(LOG_LEVEL_WARNING, "audit_torn_line_cut", 0, LOG_NUMBER("bytes", found->torn));
		err = put_event(audit, AUDIT_LINE_TORN, bytes);
	}
	return err == OK ? put_event(audit, AUDIT_STARTED, SPOM_VERSION) : err;
}

static void note_committed(struct audit *audit)
{
	audit->file = audit->chain.file;
	audit->n = audit->chain.n;
	audit->size = audit->chain.size;
	memcpy(audit->mac, audit->chain.mac, sizeof audit->mac);
}

static struct audit *audit_new(const struct conf *conf, const struct keys *keys)
{
	struct secret own; /* the chain's key is in it */
	if (secret_own(sizeof(struct audit), &own) != OK)
		return NULL;
	struct audit *audit = (void *)own.at;
	audit->keys = keys;
	audit->folder = audit->enrolled = -1;
	audit->chain.fd = -1;
	audit->queue_max = conf->audit.queue;
	audit->file_max = conf->audit.file_mb * MIB;
	char host[100] = "";
	(void)gethostname(host, sizeof host - 1);
	(void)snprintf(audit->place, sizeof audit->place, "audit head:%s:%s", host, conf->authority.state);
	pthread_mutex_init(&audit->lock, NULL);
	pthread_cond_init(&audit->work, NULL);
	pthread_cond_init(&audit->minute, NULL);
	return audit;
}

enum err audit_open(const struct conf *conf, const struct keys *keys, struct audit **audit_r)
{
	struct chain_found found;
	struct audit *audit = audit_new(conf, keys);
	if (audit == NULL)
		return ERR_NO_MEMORY;
	enum err err = files_open_folder(conf->authority.state, &audit->folder);
	if (err == OK)
		err = chain_open(keys, audit->folder, &audit->chain, &found);
	if (err == OK) {
		note_committed(audit);
		audit->last_ms = found.last_ms;
		err = enrolled_open(audit);
	}
	if (err == OK) {
		audit->has_writer = pthread_create(&audit->writer, NULL, writer_run, audit) == 0;
		err = audit->has_writer ? put_found(audit, &found) : ERR_NO_MEMORY;
	}
	if (err != OK)
		audit_close(&audit);
	else
		*audit_r = audit;
	return err;
}

static void stop_threads(struct audit *audit)
{
	pthread_mutex_lock(&audit->lock);
	audit->ending = true;
	pthread_cond_broadcast(&audit->work);
	pthread_cond_broadcast(&audit->minute);
	pthread_mutex_unlock(&audit->lock);
	if (audit->has_writer)
		(void)pthread_join(audit->writer, NULL);
	if (audit->has_crier)
		(void)pthread_join(audit->crier, NULL);
}

void audit_close(struct audit **audit_at)
{
	struct audit *audit = *audit_at;
	if (audit == NULL)
		return;
	if (audit->has_writer)
		(void)put_event(audit, AUDIT_STOPPED, NULL); /* a full queue is in the log */
	stop_threads(audit);
	if (audit->has_writer)
		head_give(audit);
	while (audit->first != NULL) {
		struct waiting *waiting = audit->first;
		audit->first = waiting->next;
		audit_log_waiting(waiting);
		free(waiting);
	}
	chain_close(&audit->chain);
	io_close(&audit->enrolled);
	io_close(&audit->folder);
	pthread_mutex_destroy(&audit->lock);
	pthread_cond_destroy(&audit->work);
	pthread_cond_destroy(&audit->minute);
	struct secret own = { (unsigned char *)audit, sizeof *audit };
	secret_free(&own);
	*audit_at = NULL;
}
