/* record.c - records on their way into the store: sealed, and bound to where and until when they may lie there (SECURITY 29).
 *
 * A value is {expiry (8 bytes, ms), generation (8 bytes), sealed}. Kind, key, expiry and generation are associated data: who writes to the store
 * can take a value away, but not move it, give it a longer life, or make one. */
#include <string.h>
#include "authority/keys/keys.h"
#include "authority/report/metrics.h"
#include "authority/store/kinds.h"
#include "authority/store/over.h"
#include "base/clock.h"
#include "log/log.h"

#define HEAD_SIZE 16u
#define ASSOCIATED_SIZE (STORE_KIND_NAME_MAX + STORE_KEY_SIZE + HEAD_SIZE)
#define LATE_MS \
	10000 /* longer behind its end than the store's clock can be off: somebody lengthened its life */

const char *store_kind_name(enum store_kind kind)
{
	static const char *const NAMES[STORE_KIND_COUNT_] = {
		[STORE_LOGIN] = "login",
		[STORE_SESSION] = "session",
		[STORE_ACT] = "act",
		[STORE_TICKET] = "ticket",
		[STORE_INDEX] = "index",
		[STORE_ACTIVITY] = "activity",
		[STORE_STEP] = "step",
		[STORE_COUNT] = "count",
		[STORE_HEAD] = "head",
		[STORE_CODE] = "code",
		[STORE_PUSHED] = "pushed",
		[STORE_GRANT] = "grant",
		[STORE_TOKEN] = "token",
		[STORE_REFRESH] = "refresh",
		[STORE_SPENT] = "spent",
		[STORE_CAS] = "cas",
		[STORE_PGT] = "pgt",
		[STORE_ANSWERED] = "answered",
		[STORE_VISITS] = "visits",
		[STORE_TOLD] = "told",
		[STORE_AGENDA] = "agenda",
		[STORE_DEVICE] = "device",
		[STORE_USER_CODE] = "user-code",
		[STORE_INDEXED] = "indexed",
		[STORE_CONSENT] = "consent",
	};
	return NAMES[kind];
}

static void number_write(uint64_t number, uint8_t bytes[8])
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t number_read(const uint8_t bytes[8])
{
	uint64_t number = 0;
	for (unsigned i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void associate(
    const struct store_key *key, const uint8_t head[HEAD_SIZE], uint8_t associated[ASSOCIATED_SIZE])
{
	const char *kind = store_kind_name(key->kind);
	memset(associated, 0, STORE_KIND_NAME_MAX);
	memcpy(associated, kind, strlen(kind));
	memcpy(associated + STORE_KIND_NAME_MAX, key->bytes, STORE_KEY_SIZE);
	memcpy(associated + STORE_KIND_NAME_MAX + STORE_KEY_SIZE, head, HEAD_SIZE);
}

/* The person's generation, where the record has one. */
static uint64_t generation_of(struct wire_any record)
{
	const struct wire_field *field = wire_field(record.msg, TEXT_LITERAL("generation"));
	uint64_t generation = 0;
	if (field != NULL && field->kind == WIRE_NUMBER)
		memcpy(&generation, (const char *)record.at + field->offset, sizeof generation);
	return generation;
}

enum err store_seal_record(struct store *store, const struct store_key *key, struct wire_any record,
    int64_t ttl_ms, struct arena *arena, struct bytes *value_r)
{
	uint8_t body[WIRE_BODY_MAX], head[HEAD_SIZE], associated[ASSOCIATED_SIZE];
	struct secret sealed;
	size_t len = 0;
	number_write((uint64_t)(clock_now_ms() + ttl_ms), head);
	number_write(generation_of(record), head + 8);
	associate(key, head, associated);
	enum err err = wire_encode(record, body, sizeof body, &len);
	if (err == OK)
		err = keys_seal_for(store->keys, KEY_STORE_VALUE, (struct bytes){ body, len },
		    (struct bytes){ associated, sizeof associated }, arena, &sealed);
	explicit_bzero(body, len);
	if (err != OK)
		return err;
	uint8_t *value = arena_alloc(arena, HEAD_SIZE + sealed.len);
	if (value == NULL)
		return ERR_NO_MEMORY;
	memcpy(value, head, HEAD_SIZE);
	memcpy(value + HEAD_SIZE, sealed.at, sealed.len);
	*value_r = (struct bytes){ value, HEAD_SIZE + sealed.len };
	return OK;
}

static enum err refuse(struct store *store, const struct store_key *key, const char *cause)
{
	metric_add(METRIC_STORE_REFUSED);
	log_line(LOG_LEVEL_WARNING, "store_value_refused", 0, LOG_STR("kind", store_kind_name(key->kind)),
	    LOG_STR("cause", cause));
	if (store->teller != NULL)
		store->teller(store->listener, STORE_TALE_REFUSED, store_kind_name(key->kind), cause);
	return ERR_NOT_FOUND;
}

static enum err unseal(struct store *store, const struct store_key *key, struct bytes value,
    struct arena *arena, struct bytes *plain_r)
{
	uint8_t associated[ASSOCIATED_SIZE];
	if (value.len <= HEAD_SIZE)
		return refuse(store, key, "truncated");
	struct secret sealed = { (unsigned char *)value.at + HEAD_SIZE, value.len - HEAD_SIZE };
	associate(key, value.at, associated);
	enum err err = keys_unseal_for(store->keys, KEY_STORE_VALUE, sealed,
	    (struct bytes){ associated, sizeof associated }, arena, plain_r);
	if (err == ERR_MALFORMED)
		return refuse(store, key, "not_sealed_for_here");
	if (err != OK)
		return err;
	int64_t late_ms = clock_now_ms() - (int64_t)number_read(value.at);
	if (late_ms < 0)
		return OK;
	return late_ms > LATE_MS ? refuse(store, key, "outlived") : ERR_NOT_FOUND;
}

enum err store_put_record(struct store *store, const struct store_key *key, struct wire_any record,
    int64_t ttl_ms, enum store_when when)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes value;
	enum err err = store_seal_record(store, key, record, ttl_ms, &arena, &value);
	return err == OK ? store_put(store, key, value, ttl_ms, when) : err;
}

enum err store_replace_record(struct store *store, const struct store_key *key, struct bytes former,
    struct wire_any record, int64_t ttl_ms)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes value;
	enum err err = store_seal_record(store, key, record, ttl_ms, &arena, &value);
	return err == OK ? store_replace(store, key, former, value, ttl_ms) : err;
}

enum err store_open_record(struct store *store, const struct store_key *key, struct bytes sealed,
    const struct wire_msg *msg, struct arena *arena, const void **record_r)
{
	struct bytes plain;
	if (over_is(store->over, key))
		return refuse(store, key, "put_back");
	enum err err = unseal(store, key, sealed, arena, &plain);
	if (err != OK)
		return err;
	err = wire_decode(msg, (uint8_t *)plain.at, plain.len, arena, record_r); /* plain is the arena's */
	return err == ERR_MALFORMED || err == ERR_TOO_LARGE ? refuse(store, key, "other_release") : err;
}

enum err store_load_record(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    struct arena *arena, const void **record_r)
{
	struct bytes value;
	enum err err = store_load(store, key, arena, &value);
	return err == OK ? store_open_record(store, key, value, msg, arena, record_r) : err;
}

enum err store_list_push_record(
    struct store *store, const struct store_key *key, struct wire_any record, unsigned keep, int64_t ttl_ms)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct bytes value;
	enum err err = store_seal_record(store, key, record, ttl_ms, &arena, &value);
	return err == OK ? store_list_push(store, key, value, keep, ttl_ms) : err;
}

enum err store_list_read_records(struct store *store, const struct store_key *key, const struct wire_msg *msg,
    unsigned from, unsigned max, struct arena *arena, const void ***records_r, unsigned *n_r)
{
	struct bytes *values;
	unsigned n = 0, n_opened = 0;
	enum err err = store_list_read(store, key, from, max, arena, &values, &n);
	if (err != OK)
		return err;
	const void **records = arena_array(arena, n, sizeof *records);
	if (records == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++) {
		err = store_open_record(store, key, values[i], msg, arena, &records[n_opened]);
		if (err == OK)
			n_opened++;
		else if (err != ERR_NOT_FOUND)
			return err;
	}
	*records_r = records;
	*n_r = n_opened;
	return OK;
}
