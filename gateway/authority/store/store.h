/* store.h - what outlives a request: logins under way and sessions, each with a time to live.
 *
 * One interface; the memory of the authority is the first store behind it. Keys are hashes (keys_hash), so that a copy
 * of the store names nobody; values are bytes that the store does not look into. All functions are thread-safe. */
#ifndef SPOM_AUTHORITY_STORE_STORE_H
#define SPOM_AUTHORITY_STORE_STORE_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

#define STORE_KEY_SIZE 32

enum store_kind { STORE_LOGIN, STORE_SESSION, STORE_KIND_COUNT_ };

struct store_key {
	enum store_kind kind;
	uint8_t bytes[STORE_KEY_SIZE];
};

/* On which condition a value is written. */
enum store_when {
	STORE_ALWAYS,
	STORE_IF_THERE, /* only over a live value: so that a late writer revives nothing that was removed */
	STORE_IF_NEW,   /* only where none is: so that one of several is the first */
};

struct store;

/* What a store must be able to do; see the functions below for the contracts. */
struct store_ops {
	enum err (*put)(struct store *store, const struct store_key *key, struct bytes value, int64_t ttl_ms,
	    enum store_when when);
	enum err (*load)(
	    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r);
	enum err (*remove)(struct store *store, const struct store_key *key);
	bool (*is_well)(struct store *store);
	void (*free)(struct store *store);
};
struct store {
	const struct store_ops *ops;
};

/* Writes a value (copied) that is gone after ttl_ms. ERR_NOT_FOUND, ERR_EXISTS: the condition does not hold; ERR_BUSY: the
 * store is full; ERR_UNREACHABLE. */
NODISCARD enum err store_put(struct store *store, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when);

/* Reads a value to the arena. ERR_NOT_FOUND: never there, expired or removed. */
NODISCARD enum err store_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r);

/* Removes a value. ERR_NOT_FOUND: somebody else was first; so exactly one of several callers gets OK. Who only
 * wants it gone may ignore the answer. */
enum err store_remove(struct store *store, const struct store_key *key);

/* Whether it answers now. */
bool store_is_well(struct store *store);

void store_free(struct store **store);

/* The same for records of the wire tables. */
NODISCARD enum err store_put_record(struct store *store, const struct store_key *key, struct wire_any record,
    int64_t ttl_ms, enum store_when when);
NODISCARD enum err store_load_record(struct store *store, const struct store_key *key,
    const struct wire_msg *msg, struct arena *arena, const void **record_r);

/* A store in this process's memory, for at most max values; values and expired ones are erased. */
NODISCARD enum err store_memory_new(size_t max, struct store **store_r);

#endif
