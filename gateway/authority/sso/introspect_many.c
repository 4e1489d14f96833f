/* introspect_many.c - questions about tokens that came in one moment, answered together on the thread that reads them.
 *
 * Who asks about tokens asks often: two round trips to the store for all of them, three where a consent is behind one, and no change of threads. That thread waits for nothing but the
 * store, and never twice for a slow one, since nobody who comes by the same socket is heard meanwhile: what cannot be said like this goes to
 * oidc_on_introspect, on a thread that may wait. */
#include "authority/authority.h"
#include "authority/call/loop.h"
#include "authority/sso/introspect.h"
#include "authority/sso/oidc.h"
#include "base/clock.h"

#define SLOW_MS 50        /* longer than that no round trip takes that goes well */
#define SPARE_MS 5000     /* for so long the store is not asked from here after it has failed, */
#define SPARE_SLOW_MS 500 /* and after it was slow */

/* One question that is being looked up. */
struct pending {
	struct introspection introspection;
	bool *done;
};

static void conclude(const struct pending *pending, enum err err, struct wire_any answer)
{
	if (err == ERR_BUSY)
		return;
	call_conclude(pending->introspection.call, err, answer);
	*pending->done = true;
}

/* Whether there is something to be read for it. */
static bool begin(struct call *call, bool *done, struct pending *pending)
{
	struct wire_any answer;
	*pending = (struct pending){ .introspection = { .call = call }, .done = done };
	enum err err = introspect_begin(call, true, &pending->introspection, &answer);
	if (err == OK && answer.msg == NULL)
		return true;
	conclude(pending, err, answer);
	return false;
}

/* The same after a step. */
static bool go_on(struct pending *pending, const struct bytes values[GRANT_KEYS_MAX])
{
	struct introspection *introspection = &pending->introspection;
	struct wire_any answer = { NULL, NULL };
	enum err err = grant_opening_go_on(introspection->call, &introspection->opening, values);
	if (err == OK && introspection->opening.n > 0)
		return true;
	if (err != ERR_BUSY)
		err = introspect_end(introspection, err, &answer);
	conclude(pending, err, answer);
	return false;
}

/* What the next step of each has to know, in one round trip. */
static enum err read_all(const struct pending *pending, unsigned n, struct arena *arena, struct bytes *values)
{
	struct store_key keys[LOOP_BATCH_MAX * GRANT_KEYS_MAX];
	unsigned n_keys = 0;
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < pending[i].introspection.opening.n; j++)
			keys[n_keys++] = pending[i].introspection.opening.keys[j];
	return store_load_many(pending[0].introspection.call->authority->store, keys, n_keys, arena, values);
}

/* One step of each; those that are left stand in front. Their number; 0 as well where the store did not answer: *failed_r. */
static unsigned step_all(struct pending *pending, unsigned n, struct arena *arena, bool *failed_r)
{
	struct bytes values[LOOP_BATCH_MAX * GRANT_KEYS_MAX] = { { NULL, 0 } };
	const struct bytes *at = values;
	unsigned left = 0;
	*failed_r = read_all(pending, n, arena, values) != OK;
	for (unsigned i = 0; i < n && !*failed_r; i++) {
		unsigned n_keys = pending[i].introspection.opening.n;
		if (go_on(&pending[i], at))
			pending[left++] = pending[i];
		at += n_keys;
	}
	return left;
}

void oidc_introspect_many(struct call **calls, unsigned n, bool *done)
{
	static _Atomic int64_t spared_until_ms;
	struct pending pending[LOOP_BATCH_MAX];
	struct arena arena = { 0 };
	unsigned left = 0;
	bool failed = false;
	int64_t began_ms = clock_steady_ms();
	if (began_ms < spared_until_ms)
		return;
	for (unsigned i = 0; i < n && i < LOOP_BATCH_MAX; i++)
		left += begin(calls[i], &done[i], &pending[left]);
	while (left > 0 && clock_steady_ms() - began_ms < SLOW_MS)
		left = step_all(pending, left, &arena, &failed);
	if (failed || left > 0) /* who is left is asked anew on another thread: it was waited for in vain */
		spared_until_ms = clock_steady_ms() + (failed ? SPARE_MS : SPARE_SLOW_MS);
	arena_done(&arena);
}
