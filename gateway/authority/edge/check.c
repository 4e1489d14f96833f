/* check.c - forward-auth: may this browser's request go on?
 *
 * Where many are asked for at once they are answered together, on a thread that waits for nothing but the store and for that only
 * as long as the settings say (edge_check_many). What only the directory can tell, what is to be written, and tickets take the other
 * way, one by one (edge_on_check). */
#include "authority/authority.h"
#include "authority/call/loop.h"
#include "authority/call/rates.h"
#include "authority/edge/edge.h"
#include "authority/edge/look.h"
#include "authority/report/metrics.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"

static enum err answer_one(struct call *call, struct look *look, struct wire_any *answer_r)
{
	const struct msg_session_record *session = NULL;
	enum err err = ERR_NOT_FOUND;
	if (look->named) /* and notes that it was seen: one that is used by applications alone stays awake as well */
		err = session_load_key(call->authority, &look->key, &call->arena, &session);
	return look_end(call, look, err, session, answer_r);
}

enum err edge_on_check(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct look look;
	enum err err = look_begin(call, ask, &look);
	if (err == ERR_FORBIDDEN)
		return look_end(call, &look, err, NULL, answer_r);
	if (err != OK)
		return err;
	if (look.check->ticket.at != NULL && look.application != NULL)
		return look_redeem(call, &look, answer_r);
	return answer_one(call, &look, answer_r);
}

/* One call of a batch that is looked up in the store. */
struct pending {
	struct call *call;
	bool *done;
	struct look look;
};

/* Begins a call; true: it is to be looked up. What the store is not needed for is answered here, what is none for the batch
 * stays as it was. */
static bool begin(struct call *call, bool *done, struct pending *pending, int64_t now_ms)
{
	const struct conf *conf = call->authority->conf;
	const struct msg_check *check = call->ask.at;
	struct wire_any answer = { NULL, NULL };
	if (check->ticket.at != NULL)
		return false;
	*pending = (struct pending){ .call = call, .done = done };
	enum err err = look_begin(call, check, &pending->look);
	if (err == OK && pending->look.named &&
	    !rates_take(call->authority->rates, pending->look.key.bytes, RATES_CHECKS,
		(unsigned)conf->limits.checks_second, now_ms)) {
		metric_add(METRIC_TOO_FAST);
		err = ERR_RATE;
	}
	if (err == OK && pending->look.named)
		return true;
	if (err != ERR_NO_MEMORY)
		err = look_end(call, &pending->look, err == OK ? ERR_NOT_FOUND : err, NULL, &answer);
	call_conclude(call, err, answer);
	*done = true;
	return false;
}

/* Answers one that was looked up; not where it takes a thread that may wait. */
static void end(struct pending *pending, const struct session_peeked *found)
{
	struct call *call = pending->call;
	struct wire_any answer = { NULL, NULL };
	if (found->err == ERR_BUSY || (found->err == OK && look_is_due(found->record)))
		return;
	if (found->err == OK && look_wants_signature(call, &pending->look, found->record))
		return;
	enum err err = look_end(call, &pending->look, found->err, found->record, &answer);
	call_conclude(call, err, answer);
	*pending->done = true;
}

/* One round trip for all. A store that does not answer is the answer to all. */
static void look_up(struct authority *authority, struct pending *pending, unsigned n, struct arena *arena)
{
	struct store_key keys[LOOP_BATCH_MAX];
	struct session_peeked found[LOOP_BATCH_MAX];
	for (unsigned i = 0; i < n; i++)
		keys[i] = pending[i].look.key;
	enum err err = session_peek_many(authority, keys, n, arena, found);
	for (unsigned i = 0; i < n; i++) {
		if (err != OK)
			found[i] = (struct session_peeked){ err, NULL };
		end(&pending[i], &found[i]);
	}
}

void edge_check_many(struct call **calls, unsigned n, bool *done)
{
	struct pending pending[LOOP_BATCH_MAX];
	struct arena arena = { 0 };
	unsigned looked = 0;
	int64_t now_ms = clock_steady_ms();
	for (unsigned i = 0; i < n && i < LOOP_BATCH_MAX; i++)
		if (begin(calls[i], &done[i], &pending[looked], now_ms))
			looked++;
	if (looked > 0)
		look_up(pending[0].call->authority, pending, looked, &arena);
	arena_done(&arena);
}
