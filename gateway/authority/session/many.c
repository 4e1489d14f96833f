/* many.c - a person's sessions: which there are, and the end of one or all. */
#include <stdlib.h>
#include <string.h>
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/session/guard.h"
#include "authority/session/save.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "base/enc.h"
#include "log/log.h"

#define ALL_MAX 1000u /* of one round of session_end_all */

struct text session_id(const struct store_key *key, struct arena *arena)
{
	char text[ENC_BASE64URL_SIZE(STORE_KEY_SIZE)];
	enc_base64url(key->bytes, sizeof key->bytes, text);
	struct text id = { NULL, 0 };
	return text_copy(arena, text_of(text), &id) ? id : (struct text){ NULL, 0 };
}

enum err session_id_parse(struct text id, struct store_key *key_r)
{
	struct store_key key = { .kind = STORE_SESSION };
	enum err err = enc_from_base64url(text_str(id), id.len, key.bytes, sizeof key.bytes);
	if (err == OK)
		*key_r = key;
	return err;
}

/* Whether the value is a live session of that person. */
static bool is_live(struct authority *authority, struct text person, const struct store_key *key,
    struct bytes value, struct arena *arena, const struct msg_session_record **record_r)
{
	const void *at;
	if (value.at == NULL ||
	    store_open_record(authority->store, key, value, wire_msg_session_record(), arena, &at) != OK)
		return false;
	*record_r = at;
	return text_equal((*record_r)->person, person) && (*record_r)->expires > clock_now_ms() &&
	       !guard_is_over(authority, *record_r);
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct session_found *)a)->record->since;
	int64_t y = ((const struct session_found *)b)->record->since;
	return (x < y) - (x > y);
}

enum err session_list(struct authority *authority, struct text person, unsigned max, struct arena *arena,
    struct session_found **found_r, unsigned *n_r)
{
	struct store_key index = person_key(authority, STORE_INDEX, person), *keys;
	unsigned n = 0, n_found = 0;
	enum err err = store_index_list(authority->store, &index, STORE_SESSION, max, arena, &keys, &n);
	if (err != OK)
		return err;
	struct bytes *values = arena_array(arena, n, sizeof *values);
	struct session_found *found = arena_array(arena, n, sizeof *found);
	if (values == NULL || found == NULL)
		return ERR_NO_MEMORY;
	err = store_load_many(authority->store, keys, n, arena, values);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < n; i++)
		if (is_live(authority, person, &keys[i], values[i], arena, &found[n_found].record))
			found[n_found++].key = keys[i];
	qsort(found, n_found, sizeof *found, newest_first);
	*found_r = found;
	*n_r = n_found;
	return OK;
}

enum err session_end_key(
    struct authority *authority, struct text person, const struct store_key *key, struct arena *arena)
{
	const struct msg_session_record *record;
	enum err err = session_peek_key(authority, key, arena, &record);
	if (err != OK)
		return err;
	return text_equal(record->person, person) ? session_remove(authority, record, key) : ERR_NOT_FOUND;
}

/* The one that stays goes on under the new generation. */
static enum err carry_over(struct authority *authority, struct text person, const struct store_key *keep,
    uint64_t generation, struct arena *arena)
{
	const void *at;
	enum err err = store_load_record(authority->store, keep, wire_msg_session_record(), arena, &at);
	if (err != OK)
		return err;
	struct msg_session_record record = *(const struct msg_session_record *)at;
	if (!text_equal(record.person, person))
		return ERR_NOT_FOUND;
	record.generation = generation;
	return session_change(authority, keep, &record);
}

static bool is_same(const struct store_key *a, const struct store_key *b)
{
	return b != NULL && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Whatever lies there is taken away, also what cannot be opened. */
static enum err remove_one(
    struct authority *authority, struct text person, const struct store_key *key, struct arena *arena)
{
	const void *at = NULL;
	enum err err = store_load_record(authority->store, key, wire_msg_session_record(), arena, &at);
	if (err == OK)
		return session_remove(authority, at, key);
	const struct msg_session_record unknown = { .person = person };
	return err == ERR_NOT_FOUND ? session_remove(authority, &unknown, key) : err;
}

enum err session_remove_all(struct authority *authority, struct text person, const struct store_key *keep,
    struct arena *arena, unsigned *n_r)
{
	struct store_key index = person_key(authority, STORE_INDEX, person), *keys;
	unsigned n = 0, n_removed = 0;
	enum err err = store_index_list(authority->store, &index, STORE_SESSION, ALL_MAX, arena, &keys, &n);
	for (unsigned i = 0; i < n && err == OK; i++) {
		if (is_same(&keys[i], keep))
			continue;
		err = remove_one(authority, person, &keys[i], arena);
		n_removed += err == OK;
		if (err == ERR_NOT_FOUND)
			err = OK;
	}
	*n_r = n_removed;
	return err;
}

void session_drop_all(struct authority *authority, struct text person)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	unsigned n;
	enum err err = session_remove_all(authority, person, NULL, &arena, &n);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "sessions_not_removed", 0, LOG_TEXT("person", person),
		    LOG_STR("reason", err_text(err)));
}

/* The generation rises first: whatever fails behind it, and whoever writes to the store, nothing of before goes on. Then the one
 * that stays, before another request of its browser is told that it has ended. */
enum err session_end_all(struct authority *authority, struct text person, const struct store_key *keep,
    struct arena *arena, unsigned *n_r)
{
	uint64_t generation;
	unsigned n = 0;
	enum err err = account_generation_raise(authority, person, &generation);
	if (err != OK)
		return err;
	enum err kept = keep != NULL ? carry_over(authority, person, keep, generation, arena) : OK;
	guard_note(authority, person, generation, true);
	err = session_remove_all(authority, person, keep, arena, &n);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "ended_sessions_left", 0, LOG_TEXT("person", person),
		    LOG_STR("reason", err_text(err)));
	if (kept == ERR_STORE || kept == ERR_NO_MEMORY)
		return kept;
	*n_r = n;
	return OK;
}
