#include "authority/store/store.h"
#include "authority/store/kinds.h"
#include "authority/store/over.h"
#include "base/clock.h"

void store_listen(struct store *store, store_teller teller, void *context)
{
	store->teller = teller;
	store->listener = context;
}

enum err store_put(struct store *store, const struct store_key *key, struct bytes value, int64_t ttl_ms,
    enum store_when when)
{
	return store->ops->put(store, key, value, ttl_ms, when);
}

enum err store_replace(
    struct store *store, const struct store_key *key, struct bytes former, struct bytes value, int64_t ttl_ms)
{
	return store->ops->replace(store, key, former, value, ttl_ms);
}

enum err store_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	return store->ops->load(store, key, arena, value_r);
}

enum err store_load_many(struct store *store, const struct store_key *keys, unsigned n, struct arena *arena,
    struct bytes *values_r)
{
	return n > 0 ? store->ops->load_many(store, keys, n, arena, values_r) : OK;
}

enum err store_remove(struct store *store, const struct store_key *key)
{
	return store->ops->remove(store, key);
}

enum err store_end(struct store *store, const struct store_key *key)
{
	enum err err = store->ops->remove(store, key);
	if (err != OK)
		return err;
	return over_note(store->over, key) ? OK : ERR_NOT_FOUND; /* else somebody had put it back */
}

enum err store_end_again(struct store *store, const struct store_key *key)
{
	enum err err = store_forget(store, key, 1);
	if (err == OK)
		(void)over_note(store->over, key);
	return err;
}

enum err store_index_add(
    struct store *store, const struct store_key *index, const struct store_key *key, int64_t ttl_ms)
{
	return store->ops->index_add(store, index, key, clock_now_ms(), ttl_ms);
}

enum err store_index_remove(struct store *store, const struct store_key *index, const struct store_key *key)
{
	return store->ops->index_remove(store, index, key);
}

enum err store_index_list(struct store *store, const struct store_key *index, enum store_kind kind,
    unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r)
{
	return store->ops->index_list(store, index, kind, clock_now_ms(), max, arena, keys_r, n_r);
}

enum err store_list_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms)
{
	return store->ops->list_push(store, key, value, keep, ttl_ms);
}

enum err store_list_read(struct store *store, const struct store_key *key, unsigned from, unsigned max,
    struct arena *arena, struct bytes **values_r, unsigned *n_r)
{
	return store->ops->list_read(store, key, from, max, arena, values_r, n_r);
}

enum err store_agenda_put(struct store *store, const struct store_key *agenda, const struct store_key *key,
    int64_t due_ms, bool only_new)
{
	return store->ops->agenda_put(store, agenda, key, due_ms, only_new);
}

enum err store_agenda_take(struct store *store, const struct store_key *agenda, enum store_kind kind,
    int64_t again_ms, unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r)
{
	return store->ops->agenda_take(
	    store, agenda, kind, clock_now_ms(), again_ms, max, arena, keys_r, n_r);
}

enum err store_try(
    struct store *store, const struct store_key *key, const struct store_budget *budget, int64_t *wait_ms_r)
{
	struct store_try try = { .key = *key, .budget = *budget };
	enum err err = store_tries(store, &try, 1);
	if (err == OK)
		*wait_ms_r = try.wait_ms;
	return err;
}

enum err store_tries(struct store *store, struct store_try *tries, unsigned n)
{
	if (n > STORE_TRIES_MAX)
		return ERR_INTERNAL;
	return n > 0 ? store->ops->tries(store, tries, n, clock_now_ms()) : OK;
}

enum err store_untry(struct store *store, const struct store_key *key)
{
	return store->ops->untry(store, key);
}

enum err store_forget(struct store *store, const struct store_key *keys, unsigned n)
{
	if (n > STORE_FORGET_MAX)
		return ERR_INTERNAL;
	return n > 0 ? store->ops->forget(store, keys, n) : OK;
}

enum err store_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r)
{
	return store->ops->count(store, key, member, ttl_ms, n_r);
}

void store_epoch_note(struct store *store, const struct store_epoch *epoch)
{
	(void)pthread_mutex_lock(&store->lock);
	store->known = *epoch;
	(void)pthread_mutex_unlock(&store->lock);
}

static enum err load_epoch(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r)
{
	enum err err = store->ops->epoch(store, fresh_ms, epoch_r);
	if (err == OK)
		store_epoch_note(store, epoch_r);
	if (err == OK && fresh_ms > 0 && epoch_r->began_ms == fresh_ms && store->teller != NULL)
		store->teller(store->listener, STORE_TALE_EPOCH, epoch_r->id, "empty");
	return err;
}

enum err store_step(
    struct store *store, const struct store_key *key, uint64_t step, int64_t before_ms, int64_t ttl_ms)
{
	struct store_epoch begun;
	enum err err = store->ops->step(store, key, step, before_ms, ttl_ms);
	if (err == OK && !over_step(store->over, key, step))
		err = ERR_EXISTS; /* somebody took the ledger's row away */
	if (err != ERR_NOT_FOUND)
		return err;
	/* No epoch: the store was emptied since this code was asked for. It may have been used before. */
	err = load_epoch(store, clock_now_ms(), &begun);
	return err == OK ? ERR_STALE : err;
}

enum err store_step_last(struct store *store, const struct store_key *key, uint64_t *step_r)
{
	return store->ops->step_last(store, key, step_r);
}

enum err store_epoch_load(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r)
{
	return load_epoch(store, fresh_ms, epoch_r);
}

enum err store_epoch_known(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r)
{
	(void)pthread_mutex_lock(&store->lock);
	*epoch_r = store->known;
	(void)pthread_mutex_unlock(&store->lock);
	return *epoch_r->id != '\0' ? OK : load_epoch(store, fresh_ms, epoch_r);
}

enum err store_epoch(struct store *store, int64_t fresh_ms, int64_t *began_ms_r)
{
	struct store_epoch epoch;
	enum err err = load_epoch(store, fresh_ms, &epoch);
	if (err == OK)
		*began_ms_r = epoch.began_ms;
	return err;
}

enum err store_objection(struct store *store, struct arena *arena, struct text *objection_r)
{
	return store->ops->object(store, arena, objection_r);
}

void store_settings(struct store *store, const struct conf *conf)
{
	store->ops->settings(store, conf);
}

enum err store_time(struct store *store, int64_t *now_ms_r)
{
	return store->ops->time(store, now_ms_r);
}

bool store_is_well(struct store *store)
{
	return store->ops->is_well(store);
}

void store_free(struct store **store)
{
	if (*store == NULL)
		return;
	struct over *over = (*store)->over;
	(*store)->ops->free(*store);
	over_free(&over);
	*store = NULL;
}
