#include "authority/sso/grant.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/access_token.h"
#include "authority/sso/consent.h"
#include "authority/store/batch.h"
#include "authority/store/dated.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

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
	struct msg_code_record whole = *record;
	struct store_batch batch;
	struct dated dated;
	struct secret code = keys_token(&call->arena);
	if (code.at == NULL)
		return ERR_NO_MEMORY;
	whole.expires = clock_now_ms() + code_ms(call);
	struct store_key key = key_of(call, STORE_CODE, KEY_CODE_STORE, code);
	store_batch_begin(&batch, call->authority->store, &call->arena);
	enum err err =
	    dated_put(&dated, &batch, &key, WIRE(code_record, &whole), &whole.epoch, code_ms(call));
	if (err != OK)
		return err;
	consent_keep(call, &batch, visit->session, visit->service->name, whole.agreed);
	err = visits_settle(
	    call->authority, &batch, visit->session, visit->service, visit->sid, (struct text){ NULL, 0 });
	if (err == OK)
		err = dated_written(&dated);
	if (err == OK)
		*code_r = code;
	return err;
}

/* Where the connection breaks, another one is asked to do the same: that may be done twice. */
static enum err end_grant(struct call *call, const struct store_key *grant)
{
	struct store *store = call->authority->store;
	enum err err = store_end(store, grant);
	return err == OK || err == ERR_NOT_FOUND ? err : store_end_again(store, grant);
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
	err = end_grant(call, grant);
	*replayed_r = err == OK;
	return err == OK ? ERR_NOT_FOUND : err;
}

enum err grant_code_look(struct call *call, struct secret code, struct text client_id,
    struct store_key *key_r, const struct msg_code_record **record_r, bool *replayed_r)
{
	struct store_key key = key_of(call, STORE_CODE, KEY_CODE_STORE, code), grant = grant_of(key.bytes);
	struct store_epoch present;
	const void *at;
	*replayed_r = false;
	enum err err =
	    dated_load(call->authority->store, &key, wire_msg_code_record(), &call->arena, &at, &present);
	if (err == ERR_NOT_FOUND)
		return end_replayed(call, &grant, client_id, replayed_r);
	if (err != OK)
		return err;
	const struct msg_code_record *record = at;
	if (!dated_is_good(&present, record->epoch, record->expires))
		return ERR_NOT_FOUND;
	*key_r = key;
	*record_r = record;
	return OK;
}

/* --- what counts once, with what is given for it -------------------------------------------------------------------- */

void grant_begin(struct call *call, struct grant_giving *giving)
{
	giving->n = 0;
	giving->once = false;
	giving->live = NULL;
	store_batch_begin(&giving->batch, call->authority->store, &call->arena);
}

static void must(struct grant_giving *giving, const struct store_op *op)
{
	giving->needed[giving->n++] = op;
}

void grant_take_code(struct grant_giving *giving, const struct store_key *key,
    const struct msg_code_record *record, int64_t expires_ms)
{
	const struct msg_grant_record made = { .client_id = record->client_id, .made = clock_now_ms() };
	giving->grant = grant_of(key->bytes);
	giving->once = true;
	must(giving, store_batch_put_record(&giving->batch, &giving->grant, WIRE(grant_record, &made),
			 expires_ms - made.made, STORE_IF_NEW));
	must(giving, store_batch_end(&giving->batch, key));
}

void grant_take_refresh(struct call *call, struct grant_giving *giving, struct secret token,
    const struct msg_refresh_record *record)
{
	struct store_key spent = key_of(call, STORE_SPENT, KEY_REFRESH_STORE, token);
	const struct msg_spent_record now = { .spent = clock_now_ms() };
	giving->grant = grant_of(record->grant.at);
	giving->once = true;
	giving->live = store_batch_load(&giving->batch, &giving->grant);
	must(giving, store_batch_put_record(&giving->batch, &spent, WIRE(spent_record, &now),
			 record->expires - now.spent, STORE_IF_NEW));
}

/* Where a connection breaks, nobody knows what was done. Of three who show a code at once, the first has its grant, the second ends that, and the third may
 * put it there anew, by which the tokens of the first would live again. */
enum err grant_give(struct call *call, struct grant_giving *giving)
{
	enum err err = store_batch_run(&giving->batch);
	for (unsigned i = 0; err == OK && i < giving->n; i++)
		err = giving->needed[i]->err;
	if (err == OK && giving->live != NULL && giving->live->err != OK)
		return giving->live->err;
	if (!giving->once || err == OK)
		return err;
	if (err != ERR_EXISTS && err != ERR_NOT_FOUND) {
		bool is_new = giving->live == NULL; /* that of a refresh token has given before */
		if (is_new && store_end_again(call->authority->store, &giving->grant) != OK)
			log_line(LOG_LEVEL_WARNING, "grant_not_ended", call->frame.trace);
		return err;
	}
	err = end_grant(call, &giving->grant);
	return err == OK || err == ERR_NOT_FOUND ? ERR_EXISTS : err;
}

void grant_code_burn(struct call *call, const struct store_key *key)
{
	(void)store_end(call->authority->store, key);
}

enum err grant_put_token(struct call *call, struct grant_giving *giving, const struct msg_refresh_record *of,
    struct text scope, bool jwt, struct secret *token_r, int64_t *expires_ms_r)
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
		.agreed = of->agreed,
	};
	struct store_key key = key_of(call, STORE_TOKEN, jwt ? KEY_JTI_STORE : KEY_TOKEN_STORE, token);
	must(giving, store_batch_put_record(&giving->batch, &key, WIRE(token_record, &made),
			 made.expires - now_ms, STORE_IF_NEW));
	*token_r = token;
	*expires_ms_r = made.expires;
	return OK;
}

/* What is shown for it was compared with the present epoch a moment ago. */
enum err grant_put_refresh(struct call *call, struct grant_giving *giving,
    const struct msg_refresh_record *of, struct secret *token_r)
{
	struct msg_refresh_record whole = *of;
	struct store_epoch epoch;
	struct secret token = keys_token(&call->arena);
	enum err err = token.at != NULL ? store_epoch_known(call->authority->store, clock_now_ms(), &epoch)
					: ERR_NO_MEMORY;
	if (err != OK)
		return err;
	whole.epoch = text_of(epoch.id);
	struct store_key key = key_of(call, STORE_REFRESH, KEY_REFRESH_STORE, token);
	must(giving, store_batch_put_record(&giving->batch, &key, WIRE(refresh_record, &whole),
			 of->expires - clock_now_ms(), STORE_IF_NEW));
	*token_r = token;
	return OK;
}

enum err grant_put_own(struct call *call, struct grant_giving *giving, struct msg_refresh_record *of)
{
	struct store_key key = { .kind = STORE_GRANT };
	const struct msg_grant_record made = { .client_id = of->client_id, .made = clock_now_ms() };
	secret_random(key.bytes, sizeof key.bytes);
	char *copy = arena_copy(&call->arena, key.bytes, sizeof key.bytes);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	of->grant = (struct bytes){ (uint8_t *)copy, sizeof key.bytes };
	of->expires = made.made + token_ms(call);
	must(giving, store_batch_put_record(
			 &giving->batch, &key, WIRE(grant_record, &made), token_ms(call), STORE_IF_NEW));
	return OK;
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

static enum err check_token(const struct msg_token_record *record, const struct msg_token_record **record_r)
{
	if (!is_whole(record) || record->expires <= clock_now_ms())
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}

static enum err load(struct call *call, struct secret token, const struct msg_token_record **record_r)
{
	struct store_key key;
	const void *at;
	enum err err = key_of_token(call, token, &key);
	if (err == OK)
		err = store_load_record(
		    call->authority->store, &key, wire_msg_token_record(), &call->arena, &at);
	return err == OK ? check_token(at, record_r) : err;
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
	struct store_epoch present;
	const void *at;
	enum err err =
	    dated_load(call->authority->store, &key, wire_msg_refresh_record(), &call->arena, &at, &present);
	if (err != OK)
		return err;
	const struct msg_refresh_record *record = at;
	if (record->session.len != STORE_KEY_SIZE || record->grant.len != STORE_KEY_SIZE ||
	    !dated_is_good(&present, record->epoch, record->expires))
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
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

/* --- opening, in steps ------------------------------------------------------------------------------------------------ */

enum err grant_opening_begin(
    struct call *call, struct secret token, bool at_once, struct grant_opening *opening_r)
{
	struct grant_opening opening = { .n = 1, .at_once = at_once };
	if (token.at == NULL)
		return ERR_NOT_FOUND;
	if (at_once && access_token_is_jwt(token)) /* the keys of signatures may have to be read */
		return ERR_BUSY;
	enum err err = key_of_token(call, token, &opening.keys[0]);
	if (err == OK)
		*opening_r = opening;
	return err;
}

/* The record names its grant, which has to be there still, and its session. */
static enum err open_token(struct call *call, struct grant_opening *opening, const struct bytes *values)
{
	const struct msg_token_record *token = NULL;
	const void *at;
	if (values[0].at == NULL)
		return ERR_NOT_FOUND;
	enum err err = store_open_record(
	    call->authority->store, &opening->keys[0], values[0], wire_msg_token_record(), &call->arena, &at);
	if (err == OK)
		err = check_token(at, &token);
	if (err != OK)
		return err;
	opening->opened.token = token;
	opening->keys[0] = grant_of(token->grant.at);
	opening->n = 1;
	if (token->own)
		return OK;
	opening->keys[1] = (struct store_key){ .kind = STORE_SESSION };
	memcpy(opening->keys[1].bytes, token->session.at, STORE_KEY_SIZE);
	opening->n = 2;
	return OK;
}

static enum err open_session(struct call *call, struct grant_opening *opening, struct bytes value)
{
	const struct msg_session_record **session_r = &opening->opened.session;
	const struct store_key *key = &opening->keys[1];
	if (value.at == NULL)
		return ERR_NOT_FOUND;
	return opening->at_once ? session_peek_value(call->authority, key, value, &call->arena, session_r)
				: session_check_value(call->authority, key, value, &call->arena, session_r);
}

/* What a consent gave ends with it. */
static enum err open_behind(struct call *call, struct grant_opening *opening, const struct bytes *values)
{
	const struct msg_token_record *token = opening->opened.token;
	const void *grant;
	if (values[0].at == NULL)
		return ERR_NOT_FOUND;
	enum err err = store_open_record(call->authority->store, &opening->keys[0], values[0],
	    wire_msg_grant_record(), &call->arena, &grant);
	if (err == OK && !token->own)
		err = open_session(call, opening, values[1]);
	opening->n = 0;
	if (err != OK || token->own || token->agreed == 0)
		return err;
	opening->n = CONSENT_KEYS;
	return consent_keys(
	    call, opening->opened.session->person, token->service, token->agreed, opening->keys);
}

static enum err open_consent(struct call *call, struct grant_opening *opening, const struct bytes *values)
{
	opening->n = 0;
	return consent_check_values(call, opening->keys, values);
}

enum err grant_opening_go_on(
    struct call *call, struct grant_opening *opening, const struct bytes values[GRANT_KEYS_MAX])
{
	static enum err (*const STEPS[])(struct call *, struct grant_opening *,
	    const struct bytes *) = { open_token, open_behind, open_consent };
	return STEPS[opening->step++](call, opening, values);
}

/* What lies under the keys of a step. */
static enum err read_values(
    struct call *call, const struct grant_opening *opening, struct bytes values[GRANT_KEYS_MAX])
{
	const struct store_op *ops[GRANT_KEYS_MAX];
	struct store_batch batch;
	store_batch_begin(&batch, call->authority->store, &call->arena);
	for (unsigned i = 0; i < opening->n; i++)
		ops[i] = store_batch_load(&batch, &opening->keys[i]);
	enum err err = store_batch_run(&batch);
	for (unsigned i = 0; err == OK && i < opening->n; i++) {
		bool found = ops[i]->err != ERR_NOT_FOUND;
		values[i] = found ? ops[i]->value : (struct bytes){ NULL, 0 };
		err = found ? ops[i]->err : OK;
	}
	return err;
}

enum err grant_opening_finish(struct call *call, struct grant_opening *opening)
{
	struct bytes values[GRANT_KEYS_MAX] = { { NULL, 0 } };
	enum err err = OK;
	while (err == OK && opening->n > 0) {
		err = read_values(call, opening, values);
		if (err == OK)
			err = grant_opening_go_on(call, opening, values);
	}
	return err;
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
		return ERR_FORBIDDEN;
	struct store_key grant = grant_of(name.at);
	err = store_end(call->authority->store, &grant);
	return err == ERR_NOT_FOUND ? OK : err;
}
