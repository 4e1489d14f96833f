#include "authority/session/session.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"

#define SEEN_STEP_MS 60000 /* last seen is written at most once a minute */
#define TOKEN_TEXT_LEN (ENC_BASE64URL_SIZE(SESSION_TOKEN_SIZE) - 1)

/* A token of the wrong length is no key of anything; it costs a hash like every other. */
struct store_key session_key(struct authority *authority, struct secret token)
{
	struct store_key key = { .kind = STORE_SESSION };
	keys_hash(authority->keys, KEY_SESSION_STORE, token.at, token.len, key.bytes);
	return key;
}

/* Until the earlier of idle and absolute end. */
static int64_t ttl_ms(struct authority *authority, const struct msg_session_record *record, int64_t now_ms)
{
	int64_t idle_ms = (int64_t)authority->conf->session.idle_s * 1000;
	int64_t left_ms = record->expires - now_ms;
	return left_ms < idle_ms ? left_ms : idle_ms;
}

static enum err save(struct authority *authority, const struct store_key *key,
    const struct msg_session_record *record, int64_t now_ms, enum store_when when)
{
	int64_t ttl = ttl_ms(authority, record, now_ms);
	if (ttl <= 0)
		return ERR_NOT_FOUND;
	return store_put_record(authority->store, key, WIRE(session_record, record), ttl, when);
}

enum err session_create(struct authority *authority, const struct msg_session_record *record,
    struct arena *arena, struct secret *token_r, struct store_key *key_r)
{
	uint8_t random[SESSION_TOKEN_SIZE];
	char text[ENC_BASE64URL_SIZE(SESSION_TOKEN_SIZE)];
	secret_random(random, sizeof random);
	enc_base64url(random, sizeof random, text);
	struct secret token = secret_copy(arena, text, TOKEN_TEXT_LEN);
	explicit_bzero(random, sizeof random);
	explicit_bzero(text, sizeof text);
	if (token.at == NULL)
		return ERR_NO_MEMORY;
	struct msg_session_record fresh = *record;
	int64_t now_ms = clock_now_ms();
	fresh.since = fresh.seen = now_ms;
	fresh.expires = now_ms + (int64_t)authority->conf->session.absolute_s * 1000;
	struct store_key key = session_key(authority, token);
	enum err err = save(authority, &key, &fresh, now_ms, STORE_IF_NEW);
	if (err != OK)
		return err;
	*key_r = key;
	*token_r = token;
	return OK;
}

enum err session_peek_key(struct authority *authority, const struct store_key *key, struct arena *arena,
    const struct msg_session_record **record_r)
{
	const void *at;
	enum err err = store_load_record(authority->store, key, wire_msg_session_record(), arena, &at);
	if (err != OK)
		return err;
	const struct msg_session_record *record = at;
	if (record->expires <= clock_now_ms())
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}

enum err session_peek(struct authority *authority, struct secret token, struct arena *arena,
    const struct msg_session_record **record_r)
{
	if (token.at == NULL)
		return ERR_NOT_FOUND;
	struct store_key key = session_key(authority, token);
	return session_peek_key(authority, &key, arena, record_r);
}

enum err session_load(struct authority *authority, struct secret token, struct arena *arena,
    const struct msg_session_record **record_r)
{
	const struct msg_session_record *record;
	enum err err = session_peek(authority, token, arena, &record);
	if (err != OK)
		return err;
	int64_t now_ms = clock_now_ms();
	if (now_ms - record->seen >= SEEN_STEP_MS) {
		struct msg_session_record seen = *record;
		seen.seen = now_ms;
		struct store_key key = session_key(authority, token);
		err = save(authority, &key, &seen, now_ms, STORE_IF_THERE);
	}
	if (err == OK)
		*record_r = record;
	return err;
}

enum err session_end(struct authority *authority, struct secret token)
{
	if (token.at == NULL)
		return ERR_NOT_FOUND;
	struct store_key key = session_key(authority, token);
	return store_remove(authority->store, &key);
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
