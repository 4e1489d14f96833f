/* table.h - private to store: the hash table of the store in memory. No locks: its owner has one. */
#ifndef SPOM_AUTHORITY_STORE_TABLE_H
#define SPOM_AUTHORITY_STORE_TABLE_H
#include "authority/store/store.h"

struct table_entry {
	struct table_entry *next;
	struct store_key key;
	int64_t expires_ms; /* of the steady clock */
	size_t len;
	_Alignas(max_align_t) uint8_t bytes[];
};

struct table {
	struct table_entry **slots;
	size_t n_slots, n_entries, max, swept;
};

/* A table for at most max entries. */
NODISCARD enum err table_init(struct table *table, size_t max);
void table_done(struct table *table);

/* The live entry of a key, or NULL. Good until the next table_set or table_drop. */
struct table_entry *table_find(struct table *table, const struct store_key *key);

/* Puts a value of len bytes in the place of the key's; *bytes_r are to be filled. ERR_BUSY: the table is full; then the key's former value
 * is still there. */
NODISCARD enum err table_set(
    struct table *table, const struct store_key *key, size_t len, int64_t expires_ms, uint8_t **bytes_r);

/* Removes and erases the key's entry, also an ended one. Whether there was a live one. */
bool table_drop(struct table *table, const struct store_key *key);

#endif
