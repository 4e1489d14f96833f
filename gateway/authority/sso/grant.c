#include "authority/sso/grant.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/access_token.h"
#include "authority/store/batch.h"
#include "base/clock.h"
#include "conf/conf.h"

static struct store_key key_of(
    struct call *call, enum store_kind kind, enum key_purpose purpose, struct secret value)
{
	struct store_key key = { .kind = kind };
	keys_hash(call->authority->keys, purpose, value.at, value.len, key.bytes);
	return key;
}

/* A grant has its code's name. */
static struct store_key grant_of(const uint8_t bytes[STORE_KEY_SIZE])
{
	struct store_key key = { .kind = STORE_GRANT };
	memcpy(key.bytes, bytes, sizeof key.bytes);
	return key;
}

static int64_t code_ms(const struct call *call)
{
	const struct conf *conf = call->authority->conf;
	return (int64_t)conf->sso.code_s * 1000;
}

static int64_t token_ms(const struct call *call)
{
	const struct conf *conf = call->authority->conf;
	return (int64_t)conf->sso.token_s * 1000;
}

enum err grant_code_new(struct call *call, const struct grant_visit *visit,
    const struct msg_code_record *record, struct secret *code_r)
{
	struct store *store = call->authority->store;
	struct msg_code_record whole = *record;
	struct store_epoch epoch;
	struct store_batch batch;
	struct secret code = keys_token(&call->arena);
	enum err err = code.at != NULL ? store_epoch_load(store, clock_now_ms(), &epoch) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	whole.expires = clock_now_ms() + code_ms(call);
	whole.epoch = text_of(epoch.id);
	struct store_key key = key_of(call, STORE_CODE, KEY_CODE_STORE, code);
	store_batch_begin(&batch, store, &call->arena);
	(void)store_batch_put_record(&batch, &key, WIRE(code_record, &whole), code_ms(call), STORE_IF_NEW);
	err = visits_settle(
	    call->authority, &batch, visit->session, visit->service, visit->sid, (struct text){ NULL, 0 });
	if (err == OK)
		*code_r = code;
	return err;
}

/* One that was made before the store began anew may have been taken there already (SECURITY 30). */
enum err grant_check_age(struct call *call, struct text of_epoch, int64_t expires_ms)
{
	struct store_epoch epoch;
	enum err err = store_epoch_load(call->authority->store, clock_now_ms(), &epoch);
	if (err == OK && (!text_equal_str(of_epoch, epoch.id) || expires_ms <= clock_now_ms()))
		err = ERR_NOT_FOUND;
	return err;
}

/* A code that is not there was used when its grant is. Who shows it ends that, if it is its own: used codes stand in histories. */
static enum err end_replayed(
    struct call *call, const struct store_key *grant, struct text client_id, bool *replayed_r)
{
	struct store *store = call->authority->store;
	const void *at;
	enum err err = store_load_record(store, grant, wire_msg_grant_record(), &call->arena, &at);
	if (err != OK)
		return err;
	const struct msg_grant_record *record = at;
	if (!text_equal(record->client_id, client_id))
		return ERR_NOT_FOUND;
	err = store_end(store, grant);
	*replayed_r = err == OK;
	return err == OK ? ERR_NOT_FOUND : err;
}

enum err grant_code_look(struct call *call, struct secret code, struct text client_id,
    struct store_key *key_r, const struct msg_code_record **record_r, bool *replayed_r)
{
	struct store *store = call->authority->store;
	struct store_key key = key_of(call, STORE_CODE, KEY_CODE_STORE, code), grant = grant_of(key.bytes);
	const void *at;
	*replayed_r = false;
	enum err err = store_load_record(store, &key, wire_msg_code_record(), &call->arena, &at);
	if (err == ERR_NOT_FOUND)
		return end_replayed(call, &grant, client_id, replayed_r);
	const struct msg_code_record *record = err == OK ? at : NULL;
	if (err == OK)
		err = grant_check_age(call, record->epoch, record->expires);
	if (err != OK)
		return err;
	*key_r = key;
	*record_r = record;
	return OK;
}

enum err grant_code_take(
    struct call *call, const struct store_key *key, const struct msg_code_record *record, int64_t expires_ms)
{
	struct store *store = call->authority->store;
	struct store_key grant = grant_of(key->bytes);
	const struct msg_grant_record made = { .client_id = record->client_id, .made = clock_now_ms() };
	int64_t ttl_ms = expires_ms - made.made;
	enum err err = store_put_record(store, &grant, WIRE(grant_record, &made), ttl_ms, STORE_IF_NEW);
	if (err == OK) {
		err = store_end(store, key);
		if (err == OK)
			return OK;
	}
	if (err != ERR_EXISTS && err != ERR_NOT_FOUND)
		return err;
	(void)store_end(store, &grant);
	return ERR_EXISTS;
}

void grant_code_burn(struct call *call, const struct store_key *key)
{
	(void)store_end(call->authority->store, key);
}

enum err grant_token_new(struct call *call, const struct msg_refresh_record *of, struct text scope, bool jwt,
    struct secret *token_r, int64_t *expires_ms_r)
{
	struct secret token = keys_token(&call->arena);
	if (token.at == NULL)
		return ERR_NO_MEMORY;
	int64_t now_ms = clock_now_ms(), end_ms = now_ms + token_ms(call);
	const struct msg_token_record made = {
		.session = of->session,
		.grant = of->grant,
		.service = of->service,
		.client_id = of->client_id,
		.registered = of->registered,
		.scope = scope,
		.made = now_ms,
		.expires = end_ms < of->expires ? end_ms : of->expires,
		.userinfo = of->userinfo,
		.audience = of->audience,
		.own = of->session.at == NULL,
	};
	struct store_key key = key_of(call, STORE_TOKEN, jwt ? KEY_JTI_STORE : KEY_TOKEN_STORE, token);
	enum err err = store_put_record(
	    call->authority->store, &key, WIRE(token_record, &made), made.expires - now_ms, STORE_IF_NEW);
	*token_r = token;
	*expires_ms_r = made.expires;
	return err;
}

enum err grant_refresh_new(struct call *call, const struct msg_refresh_record *of, struct secret *token_r)
{
	struct store *store = call->authority->store;
	struct msg_refresh_record whole = *of;
	struct store_epoch epoch;
	struct secret token = keys_token(&call->arena);
	enum err err = token.at != NULL ? store_epoch_load(store, clock_now_ms(), &epoch) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	whole.epoch = text_of(epoch.id);
	struct store_key key = key_of(call, STORE_REFRESH, KEY_REFRESH_STORE, token);
	*token_r = token;
	return store_put_record(
	    store, &key, WIRE(refresh_record, &whole), of->expires - clock_now_ms(), STORE_IF_NEW);
}

enum err grant_own_new(struct call *call, struct msg_refresh_record *of)
{
	struct store_key key = { .kind = STORE_GRANT };
	const struct msg_grant_record made = { .client_id = of->client_id, .made = clock_now_ms() };
	secret_random(key.bytes, sizeof key.bytes);
	char *copy = arena_copy(&call->arena, key.bytes, sizeof key.bytes);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	of->grant = (struct bytes){ (uint8_t *)copy, sizeof key.bytes };
	of->expires = made.made + token_ms(call);
	return store_put_record(
	    call->authority->store, &key, WIRE(grant_record, &made), token_ms(call), STORE_IF_NEW);
}

/* A jti is no token: it stands in logs of who reads the JWT. */
static enum err key_of_token(struct call *call, struct secret token, struct store_key *key_r)
{
	struct secret id;
	enum err err = OK;
	if (!access_token_is_jwt(token)) {
		*key_r = key_of(call, STORE_TOKEN, KEY_TOKEN_STORE, token);
		return OK;
	}
	err = access_token_read(call, token, &id);
	if (err == OK)
		*key_r = key_of(call, STORE_TOKEN, KEY_JTI_STORE, id);
	return err;
}

static bool is_whole(const struct msg_token_record *record)
{
	return record->grant.len == STORE_KEY_SIZE &&
	       record->session.len == (record->own ? 0 : STORE_KEY_SIZE);
}

static enum err load(struct call *call, struct secret token, const struct msg_token_record **record_r)
{
	struct store_key key;
	const void *at;
	enum err err = key_of_token(call, token, &key);
	if (err == OK)
		err = store_load_record(
		    call->authority->store, &key, wire_msg_token_record(), &call->arena, &at);
	if (err != OK)
		return err;
	const struct msg_token_record *record = at;
	if (!is_whole(record) || record->expires <= clock_now_ms())
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}

/* Whether the grant of a token is there still. */
static enum err check_grant(struct call *call, struct bytes name)
{
	struct store_key key = grant_of(name.at);
	const void *grant;
	return store_load_record(call->authority->store, &key, wire_msg_grant_record(), &call->arena, &grant);
}

static enum err load_refresh(
    struct call *call, struct secret token, const struct msg_refresh_record **record_r)
{
	struct store_key key = key_of(call, STORE_REFRESH, KEY_REFRESH_STORE, token);
	const void *at;
	enum err err =
	    store_load_record(call->authority->store, &key, wire_msg_refresh_record(), &call->arena, &at);
	if (err != OK)
		return err;
	const struct msg_refresh_record *record = at;
	if (record->session.len != STORE_KEY_SIZE || record->grant.len != STORE_KEY_SIZE)
		return ERR_NOT_FOUND;
	*record_r = record;
	return grant_check_age(call, record->epoch, record->expires);
}

enum err grant_refresh_look(struct call *call, struct secret token, const struct msg_service_record *service,
    const struct msg_refresh_record **record_r)
{
	const struct msg_refresh_record *record;
	enum err err = load_refresh(call, token, &record);
	if (err == OK &&
	    (!text_equal(record->client_id, service->client_id) || record->registered != service->added))
		err = ERR_NOT_FOUND;
	if (err == OK)
		err = check_grant(call, record->grant);
	if (err == OK)
		*record_r = record;
	return err;
}

enum err grant_refresh_take(struct call *call, struct secret token, const struct msg_refresh_record *record)
{
	struct store *store = call->authority->store;
	struct store_key spent = key_of(call, STORE_SPENT, KEY_REFRESH_STORE, token);
	struct store_key grant = grant_of(record->grant.at);
	const struct msg_spent_record now = { .spent = clock_now_ms() };
	enum err err = store_put_record(
	    store, &spent, WIRE(spent_record, &now), record->expires - now.spent, STORE_IF_NEW);
	if (err != ERR_EXISTS)
		return err;
	err = store_end(store, &grant);
	return err == OK || err == ERR_NOT_FOUND ? ERR_EXISTS : err;
}

enum err grant_token_open(struct call *call, struct secret token, struct grant_opened *opened_r)
{
	struct store_key session = { .kind = STORE_SESSION };
	enum err err = token.at != NULL ? load(call, token, &opened_r->token) : ERR_NOT_FOUND;
	opened_r->session = NULL;
	if (err == OK)
		err = check_grant(call, opened_r->token->grant);
	if (err != OK || opened_r->token->own)
		return err;
	memcpy(session.bytes, opened_r->token->session.at, STORE_KEY_SIZE);
	return session_check(call->authority, &session, &call->arena, &opened_r->session);
}

bool grant_token_is_of(const struct msg_token_record *token, const struct msg_service_record *service)
{
	return text_equal(token->client_id, service->client_id) && token->registered == service->added;
}

/* Of which grant a token of either kind is, and whose. */
static enum err grant_behind(
    struct call *call, struct secret token, struct bytes *grant_r, struct text *client_id_r)
{
	const struct msg_token_record *access;
	const struct msg_refresh_record *refresh;
	enum err err = load(call, token, &access);
	if (err == OK) {
		*grant_r = access->grant;
		*client_id_r = access->client_id;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	err = load_refresh(call, token, &refresh);
	if (err == OK) {
		*grant_r = refresh->grant;
		*client_id_r = refresh->client_id;
	}
	return err;
}

enum err grant_token_revoke(struct call *call, struct secret token, struct text client_id)
{
	struct bytes name;
	struct text owner;
	enum err err = token.at != NULL ? grant_behind(call, token, &name, &owner) : ERR_NOT_FOUND;
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	if (!text_equal(owner, client_id))
		return OK;
	struct store_key grant = grant_of(name.at);
	err = store_end(call->authority->store, &grant);
	return err == ERR_NOT_FOUND ? OK : err;
}
