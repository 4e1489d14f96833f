/* notices.c - ended sessions on their way to the services. A service that answers slowly holds up nobody else: so many of its notices are under
 * way at once, and not more. Which service a notice is for stands in its file; of it the queue knows a number, the lane. */
#include <string.h>
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/outbox/queue.h"
#include "authority/report/metrics.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/fnv.h"
#include "log/log.h"

#define NOTICES_MAX 50000u
#define NOTICE_LEASE_MS 30000 /* more than courier takes */
#define NOTICE_KEEP_MS 3600000
#define LANE_MAX \
	4u /* of one service at once; services share a lane by chance, which makes them slower and no more */

static unsigned lane_of(struct text service)
{
	return 1 + fnv_32(FNV_32, service.at, service.len) % (QUEUE_LANES - 1);
}

enum err outbox_tell(struct authority *authority, const struct msg_notice_record *notice)
{
	struct msg_notice_record record = *notice;
	if (authority->outbox == NULL)
		return ERR_CONFIG;
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	enum err err = queue_open(outbox, authority->conf);
	if (err == OK && outbox->n_of[SPOOL_NOTICE] >= NOTICES_MAX)
		err = ERR_BUSY;
	secret_random(&record.id, sizeof record.id);
	record.at = clock_now_ms();
	const struct spool_name name = { SPOOL_NOTICE, record.at, record.id };
	if (err == OK)
		err = queue_append(outbox, NULL, &name, &record);
	if (err != OK)
		return err;
	outbox->at[outbox->n - 1].lane = lane_of(record.visit->service);
	metric_add(METRIC_NOTICES_QUEUED);
	return OK;
}

/* It is with courier no more. */
static void take_back(struct outbox *outbox, struct waiting *one)
{
	if (one->given)
		outbox->lanes[one->lane]--;
	one->given = false;
	one->lease_ms = 0;
}

static void leave_out(struct outbox *outbox, struct waiting *one)
{
	take_back(outbox, one);
	queue_take_out(outbox, one);
}

/* What cannot be recorded is not done: it stays for another while. */
static enum err give_up(struct authority *authority, struct outbox *outbox, struct waiting *one,
    const struct msg_notice_record *notice, struct text reason)
{
	const struct text none = { NULL, 0 };
	const struct audit_entry entry = {
		.event = AUDIT_NOTICE_DROPPED,
		.person = notice != NULL ? notice->visit->person : none,
		.object = notice != NULL ? notice->visit->service : none,
		.reason = reason,
	};
	enum err err = audit_record(authority, &entry);
	if (err == OK && notice != NULL)
		err = spool_remove(outbox->folder, &one->name);
	if (err != OK) {
		queue_postpone(one);
		return err;
	}
	log_line(LOG_LEVEL_WARNING, "notice_given_up", 0, LOG_TEXT("service", entry.object),
	    LOG_TEXT("person", entry.person), LOG_TEXT("reason", reason));
	metric_add(METRIC_NOTICES_DROPPED);
	leave_out(outbox, one);
	return OK;
}

static enum err read(struct outbox *outbox, struct waiting *one, struct arena *arena,
    const struct msg_notice_record **notice_r)
{
	const void *at = NULL;
	enum err err = spool_read(outbox->folder, outbox->keys, &one->name, arena, &at);
	if (err != OK)
		return err;
	*notice_r = at;
	one->lane = lane_of((*notice_r)->visit->service);
	return OK;
}

/* Whether the notice at hand is one for courier; what is not worth waiting for leaves the queue. */
static bool open_notice(struct authority *authority, struct outbox *outbox, struct waiting *one,
    int64_t now_ms, struct arena *arena, const struct msg_notice_record **notice_r)
{
	const struct msg_notice_record *notice = NULL;
	enum err err = read(outbox, one, arena, &notice);
	if (err == ERR_NOT_FOUND) {
		leave_out(outbox, one);
	} else if (err == ERR_MALFORMED) {
		(void)give_up(authority, outbox, one, NULL, TEXT_LITERAL("notice_unreadable"));
	} else if (err == OK && now_ms - notice->at > NOTICE_KEEP_MS) {
		(void)give_up(authority, outbox, one, notice, TEXT_LITERAL("notice_too_old"));
	} else if (err != OK) {
		queue_postpone(one);
	} else if (outbox->lanes[one->lane] < LANE_MAX) {
		one->lease_ms = now_ms + NOTICE_LEASE_MS;
		one->given = true;
		outbox->lanes[one->lane]++;
		*notice_r = notice;
		return true;
	}
	return false;
}

static void take_all_back(struct outbox *outbox)
{
	for (size_t i = 0; i < outbox->n; i++)
		if (outbox->at[i].name.kind == SPOOL_NOTICE)
			take_back(outbox, &outbox->at[i]);
}

/* A notice whose turn it may be, as far as the queue knows. */
static bool is_candidate(struct outbox *outbox, struct waiting *one, int64_t now_ms)
{
	if (one->name.kind != SPOOL_NOTICE || !queue_is_due(one->due_ms, now_ms) ||
	    !queue_is_due(one->lease_ms, now_ms))
		return false;
	take_back(outbox, one); /* courier has let its time go by */
	return one->lane == 0 || outbox->lanes[one->lane] < LANE_MAX;
}

enum err outbox_next_notice(
    struct authority *authority, bool fresh, struct arena *arena, const struct msg_notice_record **notice_r)
{
	int64_t now_ms = clock_now_ms();
	if (authority->outbox == NULL)
		return ERR_NOT_FOUND;
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	enum err err = queue_open(outbox, authority->conf);
	if (err != OK)
		return err;
	if (fresh)
		take_all_back(outbox);
	for (size_t i = 0; i < outbox->n && outbox->n_of[SPOOL_NOTICE] > 0;) {
		size_t before = outbox->n;
		struct waiting *one = &outbox->at[i];
		if (is_candidate(outbox, one, now_ms) &&
		    open_notice(authority, outbox, one, now_ms, arena, notice_r))
			return OK;
		i += outbox->n == before; /* else the next one stands here now */
	}
	return ERR_NOT_FOUND;
}

static enum err heard(struct outbox *outbox, struct waiting *one, enum notice_outcome outcome)
{
	enum err err = spool_remove(outbox->folder, &one->name);
	if (err != OK)
		return err;
	leave_out(outbox, one);
	metric_add(outcome == NOTICE_CONFIRMED ? METRIC_NOTICES_CONFIRMED : METRIC_NOTICES_TOLD);
	return OK;
}

static void postpone(struct waiting *one, const struct msg_notice_record *notice, struct text reason)
{
	queue_postpone(one);
	metric_add(METRIC_NOTICES_POSTPONED);
	log_line(LOG_LEVEL_WARNING, "notice_postponed", 0, LOG_TEXT("service", notice->visit->service),
	    LOG_TEXT("reason", reason), LOG_NUMBER("again_in_s", one->pause_ms / 1000));
}

enum err outbox_notice(struct authority *authority, const struct id *id, struct arena *arena,
    const struct msg_notice_record **notice_r)
{
	if (authority->outbox == NULL)
		return ERR_NOT_FOUND;
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	struct waiting *one = queue_find(outbox, SPOOL_NOTICE, id);
	return one != NULL ? read(outbox, one, arena, notice_r) : ERR_NOT_FOUND;
}

enum err outbox_told(struct authority *authority, const struct id *id, enum notice_outcome outcome,
    struct text reason, struct arena *arena, const struct msg_notice_record **notice_r)
{
	const struct msg_notice_record *notice = NULL;
	*notice_r = NULL;
	if (authority->outbox == NULL)
		return OK;
	CLEANUP(queue_leave) struct outbox *outbox = queue_enter(authority);
	struct waiting *one = queue_find(outbox, SPOOL_NOTICE, id);
	if (one == NULL)
		return OK;
	take_back(outbox, one);
	enum err err = read(outbox, one, arena, &notice);
	if (err == ERR_MALFORMED)
		return give_up(authority, outbox, one, NULL, TEXT_LITERAL("notice_unreadable"));
	if (err == OK && (outcome == NOTICE_CONFIRMED || outcome == NOTICE_TOLD))
		err = heard(outbox, one, outcome);
	else if (err == OK && outcome == NOTICE_NEVER)
		err = give_up(authority, outbox, one, notice, reason);
	else if (err == OK)
		postpone(one, notice, reason);
	if (err == OK)
		*notice_r = notice;
	return err;
}

size_t outbox_notices_waiting(struct authority *authority)
{
	return authority->outbox != NULL ? atomic_load(&authority->outbox->seen_n[SPOOL_NOTICE]) : 0;
}
