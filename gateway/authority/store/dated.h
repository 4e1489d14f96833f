/* dated.h - records that count once, and so only in the epoch of the store in which they were made (SECURITY 30): one of before may have been taken
 * there already. Each has a member for the epoch's id. */
#ifndef SPOM_AUTHORITY_STORE_DATED_H
#define SPOM_AUTHORITY_STORE_DATED_H
#include "authority/store/batch.h"

/* Such a record while a batch writes it. */
struct dated {
	struct store *store;
	struct store_key key;
	struct wire_any record;
	struct text *epoch; /* of the record */
	int64_t ttl_ms;
	struct store_epoch made; /* by which it was sealed */
	const struct store_op *present;
};

/* Adds a new record to a batch, and asks there for the present epoch; *epoch is the record's member, which is filled in. The record stays until
 * dated_written. */
NODISCARD enum err dated_put(struct dated *dated, struct store_batch *batch, const struct store_key *key,
    struct wire_any record, struct text *epoch, int64_t ttl_ms);

/* Once the batch is settled, and before anything is added to it: where the store has begun another epoch since this process looked last, the
 * record is written again, with that one. */
NODISCARD enum err dated_written(struct dated *dated);

/* All of this for a record that is written alone. */
NODISCARD enum err dated_put_alone(struct store *store, struct arena *arena, const struct store_key *key,
    struct wire_any record, struct text *epoch, int64_t ttl_ms);

/* store_load_record, with the present epoch in the same round trip. */
NODISCARD enum err dated_load(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    struct arena *arena, const void **record_r, struct store_epoch *present_r);

/* The same, and the record is ended: whatever it is worth, nobody else gets it. */
NODISCARD enum err dated_take(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    struct arena *arena, const void **record_r, struct store_epoch *present_r);

/* Whether a record counts: it was made in the present epoch, and is not over. */
bool dated_is_good(const struct store_epoch *present, struct text made_in, int64_t expires_ms);

#endif
