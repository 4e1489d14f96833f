/* keep.c - what a browser's login leaves in the store between two turns: its record, which ask waits, and the proof. All of it is written in
 * one round trip, before the answer goes out. */
#include "authority/keys/keys.h"
#include "authority/login/cookie.h"
#include "authority/login/talk.h"
#include "authority/store/batch.h"
#include "base/clock.h"

struct store_key login_key(struct authority *authority, const struct id *id)
{
	struct store_key key = { .kind = STORE_LOGIN };
	keys_hash(authority->keys, KEY_LOGIN_STORE, id->bytes, sizeof id->bytes, key.bytes);
	return key;
}

void login_later(struct call *call, struct store_batch *later)
{
	store_batch_begin(later, call->authority->store, &call->arena);
	later->spills = true; /* an act may end a score of things, each with a row of activity */
	call->later = later;
}

enum err login_settle(struct call *call, enum err err)
{
	if (err == OK)
		err = store_batch_settle(call->later);
	call->later = NULL;
	return err;
}

static enum err save(
    struct call *call, const struct id *id, const struct msg_login_record *record, int64_t ttl_ms)
{
	int64_t left_ms = record->expires - clock_now_ms();
	if (left_ms <= 0)
		return ERR_STALE;
	struct store_key key = login_key(call->authority, id);
	(void)store_batch_put_record(
	    call->later, &key, WIRE(login_record, record), left_ms < ttl_ms ? left_ms : ttl_ms, STORE_ALWAYS);
	return OK;
}

enum err login_save(struct call *call, const struct login *login)
{
	return login_is_web(login) ? save(call, &login->form, &login->record, INT64_MAX) : OK;
}

static struct store_key pending_key(struct authority *authority, const struct id *nonce)
{
	struct store_key key = { .kind = STORE_LOGIN };
	keys_hash(authority->keys, KEY_LOGIN_PENDING, nonce->bytes, sizeof nonce->bytes, key.bytes);
	return key;
}

enum err login_pending_note(struct call *call, const struct login *login)
{
	if (!login_is_web(login))
		return OK;
	struct text id = login_ask_id(&login->form, login->record.step, &call->arena);
	if (id.at == NULL)
		return ERR_NO_MEMORY;
	struct store_key key = pending_key(call->authority, &login->record.nonce);
	(void)store_batch_put(call->later, &key, (struct bytes){ (const uint8_t *)id.at, id.len },
	    login->record.expires - clock_now_ms(), STORE_ALWAYS);
	return OK;
}

bool login_pending_find(struct call *call, const struct id *nonce, struct text *ask_r)
{
	struct bytes value;
	struct store_key key = pending_key(call->authority, nonce);
	if (store_load(call->authority->store, &key, &call->arena, &value) != OK)
		return false;
	*ask_r = (struct text){ (const char *)value.at, value.len };
	return true;
}

static void pending_forget(struct call *call, const struct login *login)
{
	struct store_key key = pending_key(call->authority, &login->record.nonce);
	(void)store_batch_remove(call->later, &key);
}

enum err login_renew(struct call *call, struct login *login)
{
	struct msg_login_record *record = &login->record;
	bool is_new = wire_id_is_zero(&record->former);
	bool has_proof = record->checked || record->proof != FACTOR_NONE;
	if (!login_is_web(login) || !is_new || !has_proof)
		return OK;
	if (record->step > 0)
		pending_forget(call, login);
	struct msg_login_cookie content = { .expires = record->expires, .act = record->act_id };
	secret_random(content.nonce.bytes, sizeof content.nonce.bytes);
	record->former = record->nonce;
	record->nonce = content.nonce;
	return login_cookie_seal(
	    call->authority, &content, &login->arena, &login->renewed); /* a gate may answer on */
}

/* Where only the first form was answered nothing is in the store: sent again, it is proved again. */
static enum err let_go(struct call *call, const struct login *login)
{
	if (login->record.step == 0 && login->record.state == LOGIN_NEW)
		return OK;
	if (login->record.state == LOGIN_PROVED) /* it is a second click already */
		return OK;
	struct msg_login_record spent = login->record;
	spent.state = LOGIN_PROVED;
	pending_forget(call, login);
	return save(call, &login->form, &spent, DOUBLE_CLICK_MS);
}

enum err login_keep_proof(struct call *call, const struct login *login, struct id *proof_r)
{
	struct msg_login_record proof = login->record;
	secret_random(proof_r->bytes, sizeof proof_r->bytes);
	if (!login_is_web(login))
		return OK;
	proof.state = LOGIN_PROVED;
	proof.form = login->form;
	enum err err = save(call, proof_r, &proof, PROVED_TTL_MS);
	return err == OK ? let_go(call, login) : err;
}
