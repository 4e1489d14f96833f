#include "authority/store/dated.h"
#include <string.h>
#include "base/clock.h"

enum err dated_put(struct dated *dated, struct store_batch *batch, const struct store_key *key,
    struct wire_any record, struct text *epoch, int64_t ttl_ms)
{
	*dated = (struct dated){
		.store = batch->store, .key = *key, .record = record, .epoch = epoch, .ttl_ms = ttl_ms
	};
	enum err err = store_epoch_known(batch->store, clock_now_ms(), &dated->made);
	if (err != OK)
		return err;
	*epoch = text_of(dated->made.id);
	(void)store_batch_put_record(batch, key, record, ttl_ms, STORE_IF_NEW);
	dated->present = store_batch_epoch(batch);
	return OK;
}

enum err dated_written(struct dated *dated)
{
	const struct store_epoch *present = &dated->present->epoch;
	if (strcmp(present->id, dated->made.id) == 0)
		return OK;
	*dated->epoch = text_of(present->id);
	return store_put_record(dated->store, &dated->key, dated->record, dated->ttl_ms, STORE_ALWAYS);
}

enum err dated_put_alone(struct store *store, struct arena *arena, const struct store_key *key,
    struct wire_any record, struct text *epoch, int64_t ttl_ms)
{
	struct store_batch batch;
	struct dated dated;
	store_batch_begin(&batch, store, arena);
	enum err err = dated_put(&dated, &batch, key, record, epoch, ttl_ms);
	if (err == OK)
		err = store_batch_settle(&batch);
	return err == OK ? dated_written(&dated) : err;
}

enum err dated_load(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    struct arena *arena, const void **record_r, struct store_epoch *present_r)
{
	struct store_batch batch;
	store_batch_begin(&batch, store, arena);
	const struct store_op *load = store_batch_load(&batch, key), *present = store_batch_epoch(&batch);
	enum err err = store_batch_settle(&batch);
	if (err == OK)
		err = store_open_record(store, key, load->value, msg, arena, record_r);
	if (err == OK)
		*present_r = present->epoch;
	return err;
}

/* Not in the round trip that reads it: a store that hangs would take it away later, and nobody would have it. */
enum err dated_take(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    struct arena *arena, const void **record_r, struct store_epoch *present_r)
{
	struct store_batch batch;
	const void *record;
	enum err err = store_load_record(store, key, msg, arena, &record);
	if (err != OK)
		return err;
	store_batch_begin(&batch, store, arena);
	(void)store_batch_end(&batch, key);
	const struct store_op *present = store_batch_epoch(&batch);
	err = store_batch_settle(&batch);
	if (err != OK)
		return err;
	*record_r = record;
	*present_r = present->epoch;
	return OK;
}

bool dated_is_good(const struct store_epoch *present, struct text made_in, int64_t expires_ms)
{
	return text_equal_str(made_in, present->id) && expires_ms > clock_now_ms();
}
