/* memory_more.c - indexes, lists, counters, the ledger: each is one value of the table, an array. */
#include <stdlib.h>
#include <string.h>
#include "authority/store/memory.h"
#include "base/clock.h"
#include "base/fnv.h"

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* --- index: an array of names with their ends ------------------------------------------------------------------- */

struct name {
	uint8_t bytes[STORE_KEY_SIZE];
	int64_t ends_ms;
};

static size_t names_of(struct table *table, const struct store_key *index, const struct name **names_r)
{
	const struct table_entry *entry = table_find(table, index);
	*names_r = entry != NULL ? (const struct name *)(const void *)entry->bytes : NULL;
	return entry != NULL ? entry->len / sizeof(struct name) : 0;
}

/* The names that have not ended, but that one, in fresh; how many. */
static size_t names_left(
    const struct name *names, size_t n, const struct store_key *but, int64_t now_ms, struct name *fresh)
{
	size_t left = 0;
	for (size_t i = 0; i < n; i++)
		if (names[i].ends_ms > now_ms && memcmp(names[i].bytes, but->bytes, STORE_KEY_SIZE) != 0)
			fresh[left++] = names[i];
	return left;
}

static enum err index_write(struct table *table, const struct store_key *index, const struct name *names,
    size_t n, int64_t expires_ms)
{
	uint8_t *bytes;
	enum err err = table_set(table, index, n * sizeof *names, expires_ms, &bytes);
	if (err == OK)
		memcpy(bytes, names, n * sizeof *names);
	return err;
}

enum err memory_index_add(struct store *store, const struct store_key *index, const struct store_key *key,
    int64_t now_ms, int64_t ttl_ms)
{
	struct memory *memory = memory_enter(store);
	const struct name *names;
	size_t n = names_of(&memory->table, index, &names);
	struct name *fresh = calloc(n + 1, sizeof *fresh);
	if (fresh == NULL)
		return memory_leave(memory, ERR_NO_MEMORY);
	const struct table_entry *entry = table_find(&memory->table, index);
	int64_t expires_ms = later(clock_steady_ms() + ttl_ms, entry != NULL ? entry->expires_ms : 0);
	n = names_left(names, n, key, now_ms, fresh);
	memcpy(fresh[n].bytes, key->bytes, STORE_KEY_SIZE);
	fresh[n].ends_ms = now_ms + ttl_ms;
	enum err err = index_write(&memory->table, index, fresh, n + 1, expires_ms);
	free(fresh);
	return memory_leave(memory, err);
}

enum err memory_index_remove(struct store *store, const struct store_key *index, const struct store_key *key)
{
	struct memory *memory = memory_enter(store);
	struct table_entry *entry = table_find(&memory->table, index);
	if (entry != NULL) { /* in place */
		struct name *names = (struct name *)(void *)entry->bytes;
		size_t n = entry->len / sizeof *names;
		entry->len = names_left(names, n, key, INT64_MIN, names) * sizeof *names;
	}
	return memory_leave(memory, OK);
}

static int newest_end_first(const void *a, const void *b)
{
	int64_t x = ((const struct name *)a)->ends_ms, y = ((const struct name *)b)->ends_ms;
	return (x < y) - (x > y);
}

enum err memory_index_list(struct store *store, const struct store_key *index, enum store_kind kind,
    int64_t now_ms, unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r)
{
	struct memory *memory = memory_enter(store);
	const struct name *names;
	size_t n = names_of(&memory->table, index, &names);
	struct name *live = arena_array(arena, n, sizeof *live);
	struct store_key *keys = arena_array(arena, n, sizeof *keys);
	if (live == NULL || keys == NULL)
		return memory_leave(memory, ERR_NO_MEMORY);
	static const struct store_key NONE = { .kind = STORE_KIND_COUNT_ };
	n = names_left(names, n, &NONE, now_ms, live);
	(void)memory_leave(memory, OK);
	qsort(live, n, sizeof *live, newest_end_first);
	*n_r = n < max ? (unsigned)n : max;
	for (unsigned i = 0; i < *n_r; i++) {
		keys[i].kind = kind;
		memcpy(keys[i].bytes, live[i].bytes, STORE_KEY_SIZE);
	}
	*keys_r = keys;
	return OK;
}

/* --- agenda: an index that has no end, with the time when each is due ------------------------------------------------ */

#define NO_END (INT64_MAX / 2)

enum err memory_agenda_put(struct store *store, const struct store_key *agenda, const struct store_key *key,
    int64_t due_ms, bool only_new)
{
	struct memory *memory = memory_enter(store);
	const struct name *names;
	size_t n = names_of(&memory->table, agenda, &names);
	struct name *fresh = calloc(n + 1, sizeof *fresh);
	if (fresh == NULL)
		return memory_leave(memory, ERR_NO_MEMORY);
	size_t left = names_left(names, n, key, INT64_MIN, fresh);
	enum err err = OK;
	if (left == n || !only_new) {
		memcpy(fresh[left].bytes, key->bytes, STORE_KEY_SIZE);
		fresh[left].ends_ms = due_ms;
		err = index_write(&memory->table, agenda, fresh, left + 1, NO_END);
	}
	free(fresh);
	return memory_leave(memory, err);
}

enum err memory_agenda_take(struct store *store, const struct store_key *agenda, enum store_kind kind,
    int64_t now_ms, int64_t again_ms, unsigned max, struct arena *arena, struct store_key **keys_r,
    unsigned *n_r)
{
	struct memory *memory = memory_enter(store);
	struct table_entry *entry = table_find(&memory->table, agenda);
	struct name *names = entry != NULL ? (struct name *)(void *)entry->bytes : NULL;
	size_t n = entry != NULL ? entry->len / sizeof *names : 0;
	struct store_key *keys = arena_array(arena, max, sizeof *keys);
	unsigned taken = 0;
	if (keys == NULL)
		return memory_leave(memory, ERR_NO_MEMORY);
	for (size_t i = 0; i < n && taken < max; i++) {
		if (names[i].ends_ms > now_ms)
			continue;
		names[i].ends_ms = again_ms;
		keys[taken].kind = kind;
		memcpy(keys[taken++].bytes, names[i].bytes, STORE_KEY_SIZE);
	}
	*keys_r = keys;
	*n_r = taken;
	return memory_leave(memory, OK);
}

/* --- list: {u32 length, bytes} of each value, newest first ------------------------------------------------------ */

/* The end of the n-th value, or of the last one. */
static size_t list_end(const uint8_t *bytes, size_t len, unsigned n)
{
	size_t at = 0;
	for (uint32_t size; n > 0 && at < len; n--) {
		memcpy(&size, bytes + at, sizeof size);
		at += sizeof size + size;
	}
	return at;
}

enum err memory_list_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms)
{
	struct memory *memory = memory_enter(store);
	const struct table_entry *entry = table_find(&memory->table, key);
	size_t old = entry != NULL ? list_end(entry->bytes, entry->len, keep - 1) : 0;
	uint32_t size = (uint32_t)value.len;
	size_t len = sizeof size + size + old;
	uint8_t *list = malloc(len), *bytes;
	if (list == NULL)
		return memory_leave(memory, ERR_NO_MEMORY);
	memcpy(list, &size, sizeof size);
	memcpy(list + sizeof size, value.at, size);
	if (old > 0)
		memcpy(list + sizeof size + size, entry->bytes, old);
	enum err err = table_set(&memory->table, key, len, clock_steady_ms() + ttl_ms, &bytes);
	if (err == OK)
		memcpy(bytes, list, len);
	free(list);
	return memory_leave(memory, err);
}

enum err memory_list_read(struct store *store, const struct store_key *key, unsigned from, unsigned max,
    struct arena *arena, struct bytes **values_r, unsigned *n_r)
{
	struct memory *memory = memory_enter(store);
	const struct table_entry *entry = table_find(&memory->table, key);
	struct bytes *values = arena_array(arena, max, sizeof *values);
	unsigned n = 0;
	size_t at = entry != NULL ? list_end(entry->bytes, entry->len, from) : 0;
	for (uint32_t size; values != NULL && entry != NULL && n < max && at < entry->len; n++) {
		memcpy(&size, entry->bytes + at, sizeof size);
		at += sizeof size;
		values[n] = (struct bytes){ (uint8_t *)arena_copy(arena, entry->bytes + at, size), size };
		at += size;
		if (values[n].at == NULL)
			values = NULL;
	}
	*values_r = values;
	*n_r = n;
	return memory_leave(memory, values != NULL ? OK : ERR_NO_MEMORY);
}

/* --- counters ---------------------------------------------------------------------------------------------------- */

struct tries {
	unsigned n;
	int64_t first_ms, next_ms;
};

static int64_t wait_after(const struct store_budget *budget, unsigned n)
{
	int64_t wait_ms = budget->wait_ms;
	for (unsigned i = budget->free; i < n && wait_ms < budget->wait_most_ms; i++)
		wait_ms *= 2;
	return wait_ms < budget->wait_most_ms ? wait_ms : budget->wait_most_ms;
}

/* How long the next try has to wait. */
static int64_t wait_of(const struct tries *tries, const struct store_budget *budget, int64_t now_ms)
{
	if (budget->max > 0 && tries->n >= budget->max)
		return later(tries->first_ms + budget->window_ms - now_ms, 1);
	if (tries->n >= budget->free)
		return later(tries->next_ms - now_ms, 0);
	return 0;
}

static enum err try_locked(struct memory *memory, const struct store_key *key,
    const struct store_budget *budget, int64_t now_ms, int64_t *wait_ms_r)
{
	const struct table_entry *entry = table_find(&memory->table, key);
	struct tries tries = { 0, now_ms, 0 };
	uint8_t *bytes;
	if (entry != NULL)
		memcpy(&tries, entry->bytes, sizeof tries);
	if (now_ms - tries.first_ms >= budget->window_ms)
		tries = (struct tries){ 0, now_ms, 0 };
	*wait_ms_r = wait_of(&tries, budget, now_ms);
	if (*wait_ms_r > 0)
		return OK;
	tries.n++;
	tries.next_ms = tries.n >= budget->free ? now_ms + wait_after(budget, tries.n) : 0;
	enum err err =
	    table_set(&memory->table, key, sizeof tries, clock_steady_ms() + budget->window_ms, &bytes);
	if (err == OK)
		memcpy(bytes, &tries, sizeof tries);
	return err;
}

enum err memory_tries(struct store *store, struct store_try *tries, unsigned n, int64_t now_ms)
{
	struct memory *memory = memory_enter(store);
	enum err err = OK;
	bool stopped = false;
	for (unsigned i = 0; i < n && err == OK; i++) {
		struct store_try *try = &tries[i];
		if (stopped)
			try->wait_ms = STORE_TRY_NOT_ASKED;
		else if (try->mark != NULL && table_find(&memory->table, try->mark) != NULL)
			try->wait_ms = STORE_TRY_MARKED;
		else
			err = try_locked(memory, &try->key, &try->budget, now_ms, &try->wait_ms);
		stopped = stopped || (try->stops && try->wait_ms != STORE_TRY_COUNTED);
	}
	return memory_leave(memory, err);
}

enum err memory_untry(struct store *store, const struct store_key *key)
{
	struct memory *memory = memory_enter(store);
	struct table_entry *entry = table_find(&memory->table, key);
	struct tries tries;
	if (entry != NULL) {
		memcpy(&tries, entry->bytes, sizeof tries);
		tries.n -= tries.n > 0;
		tries.next_ms = 0;
		memcpy(entry->bytes, &tries, sizeof tries);
	}
	return memory_leave(memory, OK);
}

/* Good enough to tell the members of a test apart. */
static uint64_t hash_of(struct bytes member)
{
	return fnv_64(FNV_64, member.at, member.len);
}

static enum err count_locked(
    struct table *table, const struct store_key *key, uint64_t hash, int64_t ttl_ms, uint64_t *n_r)
{
	const struct table_entry *entry = table_find(table, key);
	size_t len = entry != NULL ? entry->len : 0;
	int64_t expires_ms = entry != NULL ? entry->expires_ms : clock_steady_ms() + ttl_ms;
	for (size_t at = 0; at < len; at += sizeof hash)
		if (memcmp(entry->bytes + at, &hash, sizeof hash) == 0) {
			*n_r = len / sizeof hash;
			return OK;
		}
	uint8_t *bytes, *old = malloc(len + 1);
	if (old == NULL)
		return ERR_NO_MEMORY;
	if (len > 0)
		memcpy(old, entry->bytes, len);
	enum err err = table_set(table, key, len + sizeof hash, expires_ms, &bytes);
	if (err == OK) {
		memcpy(bytes, old, len);
		memcpy(bytes + len, &hash, sizeof hash);
		*n_r = len / sizeof hash + 1;
	}
	free(old);
	return err;
}

enum err memory_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r)
{
	struct memory *memory = memory_enter(store);
	return memory_leave(memory, count_locked(&memory->table, key, hash_of(member), ttl_ms, n_r));
}

/* --- the ledger -------------------------------------------------------------------------------------------------- */

static enum err last_locked(struct memory *memory, const struct store_key *key, uint64_t *step_r)
{
	const struct table_entry *entry = table_find(&memory->table, key);
	if (entry == NULL)
		return ERR_NOT_FOUND;
	memcpy(step_r, entry->bytes, sizeof *step_r);
	return OK;
}

static enum err step_locked(
    struct memory *memory, const struct store_key *key, uint64_t step, int64_t before_ms, int64_t ttl_ms)
{
	uint64_t last;
	uint8_t *bytes;
	if (*memory->epoch.id == '\0')
		return ERR_NOT_FOUND;
	if (memory->epoch.began_ms > 0 && memory->epoch.began_ms >= before_ms)
		return ERR_STALE;
	if (last_locked(memory, key, &last) == OK && step <= last)
		return ERR_EXISTS;
	enum err err = table_set(&memory->table, key, sizeof step, clock_steady_ms() + ttl_ms, &bytes);
	if (err == OK)
		memcpy(bytes, &step, sizeof step);
	return err;
}

enum err memory_step(
    struct store *store, const struct store_key *key, uint64_t step, int64_t before_ms, int64_t ttl_ms)
{
	struct memory *memory = memory_enter(store);
	return memory_leave(memory, step_locked(memory, key, step, before_ms, ttl_ms));
}

enum err memory_step_last(struct store *store, const struct store_key *key, uint64_t *step_r)
{
	struct memory *memory = memory_enter(store);
	return memory_leave(memory, last_locked(memory, key, step_r));
}

enum err memory_epoch(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r)
{
	struct memory *memory = memory_enter(store);
	if (*memory->epoch.id == '\0') {
		struct id id;
		secret_random(&id, sizeof id);
		wire_id_text(&id, memory->epoch.id);
		memory->epoch.began_ms = fresh_ms;
	}
	*epoch_r = memory->epoch;
	return memory_leave(memory, OK);
}

enum err memory_time(struct store *store, int64_t *now_ms_r)
{
	(void)store;
	*now_ms_r = clock_now_ms();
	return OK;
}
