#include "authority/session/session.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/guard.h"
#include "authority/session/save.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"

#define SEEN_STEP_MS 60000 /* last seen is written at most once a minute */

/* A token of the wrong length is no key of anything; it costs a hash like every other. */
struct store_key session_key(struct authority *authority, struct secret token)
{
	struct store_key key = { .kind = STORE_SESSION };
	keys_hash(authority->keys, KEY_SESSION_STORE, token.at, token.len, key.bytes);
	return key;
}

enum err session_create(struct authority *authority, const struct msg_session_record *record,
    struct arena *arena, struct store_batch *later, struct secret *token_r, struct store_key *key_r)
{
	struct secret token = keys_token(arena);
	if (token.at == NULL)
		return ERR_NO_MEMORY;
	struct msg_session_record fresh = *record;
	struct id trail;
	int64_t now_ms = clock_now_ms();
	fresh.since = fresh.seen = now_ms;
	fresh.expires = now_ms + (int64_t)authority->conf->session.absolute_s * 1000;
	if (fresh.proved == 0)
		fresh.proved = now_ms;
	if (fresh.trail.at == NULL) {
		secret_random(&trail, sizeof trail);
		fresh.trail = (struct bytes){ trail.bytes, sizeof trail.bytes };
	}
	struct store_key key = session_key(authority, token);
	enum err err = session_save_new(authority, &key, &fresh, later);
	if (err != OK)
		return err;
	guard_note(authority, record->person, record->generation, true); /* as this sign-in has found */
	*key_r = key;
	*token_r = token;
	return OK;
}

/* The record of a value, if it is live. */
static enum err open_value(struct authority *authority, const struct store_key *key, struct bytes value,
    struct arena *arena, const struct msg_session_record **record_r)
{
	const void *at;
	enum err err = store_open_record(authority->store, key, value, wire_msg_session_record(), arena, &at);
	if (err != OK)
		return err;
	const struct msg_session_record *record = at;
	if (record->expires <= clock_now_ms())
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}

enum err session_peek_key(struct authority *authority, const struct store_key *key, struct arena *arena,
    const struct msg_session_record **record_r)
{
	struct bytes value;
	const struct msg_session_record *record;
	enum err err = store_load(authority->store, key, arena, &value);
	if (err == OK)
		err = open_value(authority, key, value, arena, &record);
	if (err == OK && guard_is_over(authority, record))
		err = ERR_NOT_FOUND;
	if (err == OK)
		*record_r = record;
	return err;
}

enum err session_peek(struct authority *authority, struct secret token, struct arena *arena,
    const struct msg_session_record **record_r)
{
	if (token.at == NULL)
		return ERR_NOT_FOUND;
	struct store_key key = session_key(authority, token);
	return session_peek_key(authority, &key, arena, record_r);
}

enum err session_peek_value(struct authority *authority, const struct store_key *key, struct bytes value,
    struct arena *arena, const struct msg_session_record **record_r)
{
	const struct msg_session_record *record;
	enum err err = open_value(authority, key, value, arena, &record);
	if (err == OK)
		err = guard_check(authority, record, false);
	if (err == OK)
		*record_r = record;
	return err;
}

enum err session_peek_many(struct authority *authority, const struct store_key *keys, unsigned n,
    struct arena *arena, struct session_peeked *peeked)
{
	struct bytes *values = arena_array(arena, n, sizeof *values);
	if (values == NULL)
		return ERR_NO_MEMORY;
	enum err err = store_load_many(authority->store, keys, n, arena, values);
	for (unsigned i = 0; i < n && err == OK; i++) {
		const struct msg_session_record *record = NULL;
		enum err one = ERR_NOT_FOUND;
		if (values[i].at != NULL)
			one = session_peek_value(authority, &keys[i], values[i], arena, &record);
		peeked[i] = (struct session_peeked){ one, record };
	}
	return err;
}

/* Who is locked does not find the session again when unlocked. (What is over by its generation stays where it is, dead: another request
 * may just be carrying it over, see session_end_all.) */
enum err session_check_value(struct authority *authority, const struct store_key *key, struct bytes value,
    struct arena *arena, const struct msg_session_record **record_r)
{
	const struct msg_session_record *record;
	enum err err = open_value(authority, key, value, arena, &record);
	if (err != OK)
		return err;
	err = guard_check(authority, record, true);
	if (err == ERR_NOT_FOUND && guard_is_shut(authority, record->person))
		session_drop_all(authority, record->person);
	if (err == OK)
		*record_r = record;
	return err;
}

/* Loads what may go on. */
static enum err load(struct authority *authority, const struct store_key *key, struct arena *arena,
    struct bytes *value_r, const struct msg_session_record **record_r)
{
	struct bytes value;
	enum err err = store_load(authority->store, key, arena, &value);
	if (err == OK)
		err = session_check_value(authority, key, value, arena, record_r);
	if (err == OK)
		*value_r = value;
	return err;
}

enum err session_check(struct authority *authority, const struct store_key *key, struct arena *arena,
    const struct msg_session_record **record_r)
{
	struct bytes value;
	return load(authority, key, arena, &value, record_r);
}

/* Writes that it was seen, unless it has ended or changed since it was read. Where the store is full it lives no longer for this click. */
static enum err note_seen(struct authority *authority, const struct store_key *key, struct bytes value,
    const struct msg_session_record *record)
{
	struct msg_session_record seen = *record;
	seen.seen = clock_now_ms();
	if (seen.seen - record->seen < SEEN_STEP_MS)
		return OK;
	enum err err = session_save_over(authority, key, value, &seen);
	return err == ERR_STALE || err == ERR_BUSY ? OK : err;
}

enum err session_load_key(struct authority *authority, const struct store_key *key, struct arena *arena,
    const struct msg_session_record **record_r)
{
	struct bytes value;
	const struct msg_session_record *record;
	enum err err = load(authority, key, arena, &value, &record);
	if (err == OK)
		err = note_seen(authority, key, value, record);
	if (err == OK)
		*record_r = record;
	return err;
}

enum err session_load(struct authority *authority, struct secret token, struct arena *arena,
    const struct msg_session_record **record_r)
{
	if (token.at == NULL)
		return ERR_NOT_FOUND;
	struct store_key key = session_key(authority, token);
	return session_load_key(authority, &key, arena, record_r);
}

enum err session_change(
    struct authority *authority, const struct store_key *key, const struct msg_session_record *record)
{
	return session_save(authority, key, record, STORE_IF_THERE);
}

enum err session_end(struct authority *authority, struct secret token)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const void *at = NULL;
	if (token.at == NULL)
		return ERR_NOT_FOUND;
	struct store_key key = session_key(authority, token);
	enum err err = store_load_record(authority->store, &key, wire_msg_session_record(), &arena, &at);
	const struct msg_session_record *record = at;
	return err == OK ? session_remove(authority, record, &key) : err;
}

struct secret session_csrf(struct authority *authority, struct secret token, struct arena *arena)
{
	uint8_t hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(SESSION_CSRF_SIZE)];
	keys_hash(authority->keys, KEY_SESSION_CSRF, token.at, token.len, hash);
	enc_base64url(hash, SESSION_CSRF_SIZE, text);
	struct secret csrf = secret_copy(arena, text, sizeof text - 1);
	explicit_bzero(text, sizeof text);
	return csrf;
}

bool session_is_fresh(const struct msg_session_record *session, int64_t most_ms)
{
	return clock_now_ms() - session->proved <= most_ms;
}
