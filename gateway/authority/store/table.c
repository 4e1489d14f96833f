#include "authority/store/table.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#define SLOTS_LEAST 1024u
#define SWEEP_STEP \
	8u /* slots looked through at each set, so that what expired goes without a thread of its own */

static void entry_free(struct table_entry *entry)
{
	explicit_bzero(entry->bytes, entry->len);
	free(entry);
}

/* Keys are keyed hashes: any of their bytes spread well and cannot be chosen from outside. */
static size_t slot_of(const struct table *table, const struct store_key *key)
{
	size_t hash;
	memcpy(&hash, key->bytes, sizeof hash);
	return (hash ^ (size_t)key->kind) % table->n_slots;
}

static bool key_equal(const struct store_key *a, const struct store_key *b)
{
	return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Where the entry of the key hangs, or the end of its chain. */
static struct table_entry **place_of(struct table *table, const struct store_key *key)
{
	struct table_entry **at = &table->slots[slot_of(table, key)];
	while (*at != NULL && !key_equal(&(*at)->key, key))
		at = &(*at)->next;
	return at;
}

static void drop(struct table *table, struct table_entry **at)
{
	struct table_entry *entry = *at;
	*at = entry->next;
	entry_free(entry);
	table->n_entries--;
}

static void sweep_slot(struct table *table, size_t slot, int64_t now_ms)
{
	for (struct table_entry **at = &table->slots[slot]; *at != NULL;) {
		if ((*at)->expires_ms <= now_ms)
			drop(table, at);
		else
			at = &(*at)->next;
	}
}

static void sweep_some(struct table *table, size_t n)
{
	int64_t now_ms = clock_steady_ms();
	for (size_t i = 0; i < n && i < table->n_slots; i++) {
		table->swept = (table->swept + 1) % table->n_slots;
		sweep_slot(table, table->swept, now_ms);
	}
}

static void grow(struct table *table)
{
	size_t n_old = table->n_slots;
	struct table_entry **slots = calloc(n_old * 2, sizeof(struct table_entry *));
	if (slots == NULL) /* longer chains are slower, not wrong */
		return;
	struct table_entry **old = table->slots;
	table->slots = slots;
	table->n_slots = n_old * 2;
	for (size_t i = 0; i < n_old; i++)
		for (struct table_entry *entry = old[i], *next; entry != NULL; entry = next) {
			next = entry->next;
			struct table_entry **at = &slots[slot_of(table, &entry->key)];
			entry->next = *at;
			*at = entry;
		}
	free(old);
}

enum err table_init(struct table *table, size_t max)
{
	*table = (struct table){ .n_slots = SLOTS_LEAST, .max = max };
	table->slots = calloc(SLOTS_LEAST, sizeof(struct table_entry *));
	return table->slots != NULL ? OK : ERR_NO_MEMORY;
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->n_slots; i++)
		while (table->slots[i] != NULL)
			drop(table, &table->slots[i]);
	free(table->slots);
}

struct table_entry *table_find(struct table *table, const struct store_key *key)
{
	struct table_entry *entry = *place_of(table, key);
	return entry != NULL && entry->expires_ms > clock_steady_ms() ? entry : NULL;
}

bool table_drop(struct table *table, const struct store_key *key)
{
	struct table_entry **at = place_of(table, key);
	bool live = *at != NULL && (*at)->expires_ms > clock_steady_ms();
	if (*at != NULL)
		drop(table, at);
	return live;
}

static bool has_room(struct table *table)
{
	if (table->n_entries >= table->max)
		sweep_some(table, table->n_slots);
	return table->n_entries < table->max;
}

enum err table_set(
    struct table *table, const struct store_key *key, size_t len, int64_t expires_ms, uint8_t **bytes_r)
{
	sweep_some(table, SWEEP_STEP);
	struct table_entry *entry = malloc(sizeof *entry + len);
	if (entry == NULL)
		return ERR_NO_MEMORY;
	if (*place_of(table, key) == NULL && !has_room(table)) {
		free(entry);
		return ERR_BUSY;
	}
	(void)table_drop(table, key);
	if (table->n_entries >= table->n_slots)
		grow(table);
	struct table_entry **at = &table->slots[slot_of(table, key)];
	entry->key = *key;
	entry->expires_ms = expires_ms;
	entry->len = len;
	entry->next = *at;
	*at = entry;
	table->n_entries++;
	*bytes_r = entry->bytes;
	return OK;
}
