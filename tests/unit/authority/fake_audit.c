#include "fake_audit.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEPT 4096u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct audit_entry entries[KEPT];
static unsigned n;
static struct arena arena;
static _Atomic enum err failing;

void fake_audit_reset(void)
{
	pthread_mutex_lock(&lock);
	n = 0;
	arena_done(&arena);
	pthread_mutex_unlock(&lock);
	failing = OK;
}

void fake_audit_fails(enum err err)
{
	failing = err;
}

static void keep(struct text *text)
{
	if (text->at != NULL && !text_copy(&arena, *text, text))
		abort();
}

enum err audit_record(struct authority *authority, const struct audit_entry *entry)
{
	(void)authority;
	if (failing != OK)
		return failing;
	pthread_mutex_lock(&lock);
	struct audit_entry *to = &entries[n++ % KEPT];
	*to = *entry;
	struct text *texts[] = { &to->person, &to->user, &to->actor, &to->door, &to->address, &to->object,
		&to->reason };
	for (size_t i = 0; i < COUNT(texts); i++)
		keep(texts[i]);
	pthread_mutex_unlock(&lock);
	return OK;
}

void audit_note(struct authority *authority, const struct audit_entry *entry)
{
	(void)!audit_record(authority, entry);
}

unsigned fake_audit_count(enum audit_event event)
{
	unsigned count = 0;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < n && i < KEPT; i++)
		count += entries[i].event == event;
	pthread_mutex_unlock(&lock);
	return count;
}

const struct audit_entry *fake_audit_find(enum audit_event event)
{
	const struct audit_entry *found = NULL;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < n && i < KEPT; i++)
		if (entries[i].event == event)
			found = &entries[i];
	pthread_mutex_unlock(&lock);
	return found;
}

enum err audit_has_enrolled(struct audit *audit, struct text person, struct text user, bool *has_r)
{
	(void)audit;
	*has_r = false;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < n && i < KEPT; i++)
		*has_r |= entries[i].event == AUDIT_FACTOR_ADDED &&
			  (text_equal(entries[i].person, person) || text_equal(entries[i].user, user));
	pthread_mutex_unlock(&lock);
	return failing;
}

enum err audit_open(const struct conf *conf, const struct keys *keys, struct audit **audit_r)
{
	(void)conf;
	(void)keys;
	*audit_r = NULL;
	return OK;
}

void audit_close(struct audit **audit)
{
	*audit = NULL;
}

bool audit_takes(struct audit *audit)
{
	(void)audit;
	return failing == OK;
}

bool audit_is_well(struct audit *audit)
{
	(void)audit;
	return failing == OK;
}

enum err audit_watch(struct audit *audit, struct store *store)
{
	(void)audit;
	(void)store;
	return OK;
}

const char *audit_event_text(enum audit_event event)
{
	static const char *const TEXTS[] = {
#define EVENT(constant, text) [constant] = #text,
#include "authority/audit/events.def"
#undef EVENT
	};
	return (unsigned)event < COUNT(TEXTS) ? TEXTS[event] : "unknown";
}

enum err audit_last(struct audit *audit, unsigned last, struct arena *memory, struct text *after_r)
{
	(void)audit;
	(void)last;
	(void)memory;
	*after_r = (struct text){ NULL, 0 };
	return OK;
}

enum err audit_since(struct audit *audit, int64_t since_ms, struct arena *memory, struct text *after_r)
{
	(void)since_ms;
	return audit_last(audit, 0, memory, after_r);
}

/* All records, at once. */
enum err audit_read(struct audit *audit, struct text after, unsigned max, struct arena *memory,
    struct msg_audit_row **rows_r, unsigned *n_r, struct text *next_r, unsigned *part_r)
{
	(void)audit;
	(void)after;
	struct msg_audit_row *rows = arena_array(memory, max, sizeof *rows);
	unsigned count = 0;
	if (rows == NULL)
		return ERR_NO_MEMORY;
	pthread_mutex_lock(&lock);
	for (; count < n && count < max; count++)
		rows[count] = (struct msg_audit_row){
			.n = count + 1,
			.time = 1000,
			.event = text_of(audit_event_text(entries[count].event)),
			.person = entries[count].person,
			.user = entries[count].user,
			.object = entries[count].object,
		};
	pthread_mutex_unlock(&lock);
	*rows_r = rows;
	*n_r = count;
	*next_r = (struct text){ NULL, 0 };
	*part_r = 100;
	return OK;
}

enum err audit_verify(struct audit *audit, uint64_t file, struct text head, struct arena *memory,
    struct msg_audit_verdict *verdict_r)
{
	(void)audit;
	(void)file;
	(void)head;
	(void)memory;
	*verdict_r = (struct msg_audit_verdict){ .file = 1, .records = n, .last = n, .well = true };
	return OK;
}
