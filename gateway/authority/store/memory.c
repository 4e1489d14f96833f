/* memory.c - a store in the authority's own memory: a hash table under one lock. Sessions end with the process; that
 * is what the store behind a network is for. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/store/store.h"
#include "base/clock.h"

#define SLOTS_LEAST 1024u
#define SWEEP_STEP \
	8u /* slots looked through at each put, so that what expired goes without a thread of its own */

struct entry {
	struct entry *next;
	struct store_key key;
	int64_t expires_ms; /* of the steady clock */
	size_t len;
	uint8_t bytes[];
};

struct memory {
	struct store store; /* first */
	pthread_mutex_t lock;
	struct entry **slots;
	size_t n_slots, n_entries, max, swept;
};

static struct memory *memory_of(struct store *store)
{
	return (struct memory *)store;
}

static void entry_free(struct entry *entry)
{
	explicit_bzero(entry->bytes, entry->len);
	free(entry);
}

/* Keys are keyed hashes: any of their bytes spread well and cannot be chosen from outside. */
static size_t slot_of(const struct memory *memory, const struct store_key *key)
{
	size_t hash;
	memcpy(&hash, key->bytes, sizeof hash);
	return (hash ^ (size_t)key->kind) % memory->n_slots;
}

static bool key_equal(const struct store_key *a, const struct store_key *b)
{
	return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Where the entry of the key hangs, or the end of its chain. */
static struct entry **place_of(struct memory *memory, const struct store_key *key)
{
	struct entry **at = &memory->slots[slot_of(memory, key)];
	while (*at != NULL && !key_equal(&(*at)->key, key))
		at = &(*at)->next;
	return at;
}

static void drop(struct memory *memory, struct entry **at)
{
	struct entry *entry = *at;
	*at = entry->next;
	entry_free(entry);
	memory->n_entries--;
}

static void sweep_slot(struct memory *memory, size_t slot, int64_t now_ms)
{
	for (struct entry **at = &memory->slots[slot]; *at != NULL;) {
		if ((*at)->expires_ms <= now_ms)
			drop(memory, at);
		else
			at = &(*at)->next;
	}
}

static void sweep_some(struct memory *memory, size_t n)
{
	int64_t now_ms = clock_steady_ms();
	for (size_t i = 0; i < n && i < memory->n_slots; i++) {
		memory->swept = (memory->swept + 1) % memory->n_slots;
		sweep_slot(memory, memory->swept, now_ms);
	}
}

static void grow(struct memory *memory)
{
	size_t n_old = memory->n_slots;
	struct entry **slots = calloc(n_old * 2, sizeof(struct entry *));
	if (slots == NULL) /* longer chains are slower, not wrong */
		return;
	struct entry **old = memory->slots;
	memory->slots = slots;
	memory->n_slots = n_old * 2;
	for (size_t i = 0; i < n_old; i++)
		for (struct entry *entry = old[i], *next; entry != NULL; entry = next) {
			next = entry->next;
			struct entry **at = &slots[slot_of(memory, &entry->key)];
			entry->next = *at;
			*at = entry;
		}
	free(old);
}

/* Leaves the place of the key empty, or says why nothing may be written there. */
static enum err make_place(struct memory *memory, const struct store_key *key, enum store_when when)
{
	struct entry **at = place_of(memory, key);
	bool live = *at != NULL && (*at)->expires_ms > clock_steady_ms();
	if (when == STORE_IF_THERE && !live)
		return ERR_NOT_FOUND;
	if (when == STORE_IF_NEW && live)
		return ERR_EXISTS;
	if (*at != NULL)
		drop(memory, at);
	return OK;
}

static enum err put_locked(struct memory *memory, struct entry *entry, enum store_when when)
{
	sweep_some(memory, SWEEP_STEP);
	enum err err = make_place(memory, &entry->key, when);
	if (err != OK)
		return err;
	if (memory->n_entries >= memory->max)
		sweep_some(memory, memory->n_slots);
	if (memory->n_entries >= memory->max)
		return ERR_BUSY;
	if (memory->n_entries >= memory->n_slots)
		grow(memory);
	struct entry **at = &memory->slots[slot_of(memory, &entry->key)];
	entry->next = *at;
	*at = entry;
	memory->n_entries++;
	return OK;
}

static enum err memory_put(struct store *store, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when)
{
	struct memory *memory = memory_of(store);
	if (value.len > WIRE_BODY_MAX)
		return ERR_TOO_LARGE;
	struct entry *entry = malloc(sizeof *entry + value.len);
	if (entry == NULL)
		return ERR_NO_MEMORY;
	entry->key = *key;
	entry->expires_ms = clock_steady_ms() + ttl_ms;
	entry->len = value.len;
	if (value.len > 0)
		memcpy(entry->bytes, value.at, value.len);
	pthread_mutex_lock(&memory->lock);
	enum err err = put_locked(memory, entry, when);
	pthread_mutex_unlock(&memory->lock);
	if (err != OK)
		entry_free(entry);
	return err;
}

static enum err load_locked(
    struct memory *memory, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	struct entry **at = place_of(memory, key);
	if (*at == NULL || (*at)->expires_ms <= clock_steady_ms())
		return ERR_NOT_FOUND;
	char *copy = arena_copy(arena, (*at)->bytes, (*at)->len);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	*value_r = (struct bytes){ (uint8_t *)copy, (*at)->len };
	return OK;
}

static enum err memory_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r)
{
	struct memory *memory = memory_of(store);
	pthread_mutex_lock(&memory->lock);
	enum err err = load_locked(memory, key, arena, value_r);
	pthread_mutex_unlock(&memory->lock);
	return err;
}

static enum err memory_remove(struct store *store, const struct store_key *key)
{
	struct memory *memory = memory_of(store);
	pthread_mutex_lock(&memory->lock);
	struct entry **at = place_of(memory, key);
	bool live = *at != NULL && (*at)->expires_ms > clock_steady_ms();
	if (*at != NULL)
		drop(memory, at);
	pthread_mutex_unlock(&memory->lock);
	return live ? OK : ERR_NOT_FOUND;
}

static bool memory_is_well(struct store *store)
{
	(void)store;
	return true;
}

static void memory_free(struct store *store)
{
	struct memory *memory = memory_of(store);
	for (size_t i = 0; i < memory->n_slots; i++)
		while (memory->slots[i] != NULL)
			drop(memory, &memory->slots[i]);
	pthread_mutex_destroy(&memory->lock);
	free(memory->slots);
	free(memory);
}

enum err store_memory_new(size_t max, const struct keys *keys, struct store **store_r)
{
	(void)keys;
	static const struct store_ops OPS = {
		.put = memory_put,
		.load = memory_load,
		.remove = memory_remove,
		.is_well = memory_is_well,
		.free = memory_free,
	};
	struct memory *memory = calloc(1, sizeof *memory);
	if (memory == NULL)
		return ERR_NO_MEMORY;
	memory->slots = calloc(SLOTS_LEAST, sizeof(struct entry *));
	if (memory->slots == NULL) {
		free(memory);
		return ERR_NO_MEMORY;
	}
	memory->store.ops = &OPS;
	memory->n_slots = SLOTS_LEAST;
	memory->max = max;
	pthread_mutex_init(&memory->lock, NULL);
	*store_r = &memory->store;
	return OK;
}
