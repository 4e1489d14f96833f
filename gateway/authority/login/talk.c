#include "authority/login/talk.h"
#include <stdlib.h>
#include <string.h>
#include "authority/keys/keys.h"
#include "authority/login/cookie.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"
#include "log/log.h"

bool login_is_asked(const struct login *login)
{
	return login->asked;
}

void login_free(struct login **login)
{
	if (*login == NULL)
		return;
	arena_done(&(*login)->arena);
	free(*login);
	*login = NULL;
}

struct store_key login_key(struct authority *authority, const struct id *form)
{
	struct store_key key = { .kind = STORE_LOGIN };
	keys_hash(authority->keys, KEY_LOGIN_STORE, form->bytes, sizeof form->bytes, key.bytes);
	return key;
}

bool login_may_name(const struct call *call, struct text service)
{
	const struct conf *conf = call->authority->conf;
	if (call->role == ROLE_GATE)
		return text_equal_str(service, conf->authority.pam_service);
	for (unsigned i = 0; i < conf->peers.pam_services.n; i++)
		if (text_equal_str(service, conf->peers.pam_services.at[i]))
			return true;
	return false;
}

struct text login_ask_id(const struct id *form, uint64_t step, struct arena *arena)
{
	uint8_t bytes[ASK_ID_SIZE];
	memcpy(bytes, form->bytes, WIRE_ID_SIZE);
	bytes[WIRE_ID_SIZE] = (uint8_t)step;
	char *text = arena_alloc(arena, ENC_BASE64URL_SIZE(ASK_ID_SIZE));
	if (text == NULL)
		return (struct text){ NULL, 0 };
	enc_base64url(bytes, sizeof bytes, text);
	return text_of(text);
}

bool login_ask_parse(struct text id, struct id *form_r, uint64_t *step_r)
{
	uint8_t bytes[ASK_ID_SIZE];
	if (enc_from_base64url(text_str(id), id.len, bytes, sizeof bytes) != OK)
		return false;
	memcpy(form_r->bytes, bytes, WIRE_ID_SIZE);
	*step_r = bytes[WIRE_ID_SIZE];
	return true;
}

static enum err ask_password(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_password *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	ask->id = login_ask_id(&login->form, login->record.step, &call->arena);
	if (!text_is_empty(login->typed))
		ask->user = login->typed;
	*answer_r = WIRE(ask_password, ask);
	return OK;
}

/* What there is to know, one thing at a time, the gravest first. */
static bool next_notice(const struct msg_login_record *record, struct msg_ask_notice *ask)
{
	if (record->other_name.at != NULL) {
		ask->text = TEXT_LITERAL("other_session");
		ask->name = record->other_name;
	} else if (record->grace_left != 0) {
		ask->text = TEXT_LITERAL("password_grace");
		ask->count = record->grace_left - 1;
	} else if (record->expires_days != 0) {
		ask->text = TEXT_LITERAL("password_expires");
		ask->count = record->expires_days - 1;
	} else {
		return false;
	}
	return true;
}

static enum err ask_notice(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_notice *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	if (!next_notice(&login->record, ask))
		return ERR_INTERNAL;
	ask->id = login_ask_id(&login->form, login->record.step, &call->arena);
	ask->person = login->record.name;
	ask->cookie = login->renewed;
	if (login->role == ROLE_GATE)
		ask->csrf = login_cookie_csrf(call->authority, &login->record.nonce, &call->arena);
	*answer_r = WIRE(ask_notice, ask);
	return OK;
}

enum err login_ask_pending(struct call *call, struct login *login, struct wire_any *answer_r)
{
	login->asked = true;
	if (login->record.state == LOGIN_NOTICE)
		return ask_notice(call, login, answer_r);
	return ask_password(call, login, answer_r);
}

enum err login_deny(struct call *call, struct login *login, const char *text, struct wire_any *answer_r)
{
	struct msg_login_denied *denied = arena_alloc(&call->arena, sizeof *denied);
	if (denied == NULL)
		return ERR_NO_MEMORY;
	login->asked = false;
	login->proved = false;
	denied->text = text_of(text);
	log_line(LOG_LEVEL_INFO, "login_denied", call->frame.trace,
	    LOG_STR("door", WIRE_ENUM_TEXT(role, login->role)), LOG_TEXT("service", login->service),
	    LOG_STR("reason", text), LOG_TEXT("address", login->record.address));
	*answer_r = WIRE(login_denied, denied);
	return OK;
}

static enum err save(
    struct call *call, const struct id *id, const struct msg_login_record *record, int64_t ttl_ms)
{
	int64_t left_ms = record->expires - clock_now_ms();
	if (left_ms <= 0)
		return ERR_STALE;
	struct store_key key = login_key(call->authority, id);
	return store_put_record(call->authority->store, &key, WIRE(login_record, record),
	    left_ms < ttl_ms ? left_ms : ttl_ms, STORE_ALWAYS);
}

static struct store_key pending_key(struct authority *authority, const struct id *nonce)
{
	struct store_key key = { .kind = STORE_LOGIN };
	keys_hash(authority->keys, KEY_LOGIN_PENDING, nonce->bytes, sizeof nonce->bytes, key.bytes);
	return key;
}

enum err login_pending_note(struct call *call, const struct login *login)
{
	if (login->role != ROLE_GATE)
		return OK;
	struct text id = login_ask_id(&login->form, login->record.step, &call->arena);
	if (id.at == NULL)
		return ERR_NO_MEMORY;
	struct store_key key = pending_key(call->authority, &login->record.nonce);
	return store_put(call->authority->store, &key, (struct bytes){ (const uint8_t *)id.at, id.len },
	    login->record.expires - clock_now_ms(), STORE_ALWAYS);
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
	(void)store_remove(call->authority->store, &key);
}

/* The proof gets a name that only gate and front learn, so that what the rest of the stack says is said of this proof and of no
 * other turn of the same form. */
static enum err keep_proof(struct call *call, const struct login *login, struct id *proof_r)
{
	struct msg_login_record proof = login->record;
	secret_random(proof_r->bytes, sizeof proof_r->bytes);
	if (login->role != ROLE_GATE)
		return OK;
	proof.state = LOGIN_PROVED;
	proof.form = login->form;
	return save(call, proof_r, &proof, PROVED_TTL_MS);
}

/* The form has done its work; it stays for a double click. */
static enum err let_go(struct call *call, const struct login *login)
{
	if (login->role != ROLE_GATE)
		return OK;
	if (login->record.state == LOGIN_PROVED) /* it is a double click already */
		return OK;
	struct msg_login_record spent = login->record;
	spent.state = LOGIN_PROVED;
	pending_forget(call, login);
	return save(call, &login->form, &spent, DOUBLE_CLICK_MS);
}

static enum err say_yes(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_login_done *done = arena_alloc(&call->arena, sizeof *done);
	if (done == NULL)
		return ERR_NO_MEMORY;
	enum err err = keep_proof(call, login, &done->transaction);
	if (err != OK)
		return err;
	if (login->record.step > 0)
		err = let_go(call, login);
	if (err != OK)
		return err;
	login->asked = false;
	login->proved = true;
	done->user = login->record.user;
	log_line(LOG_LEVEL_INFO, "login_proved", call->frame.trace,
	    LOG_STR("door", WIRE_ENUM_TEXT(role, login->role)), LOG_TEXT("service", login->service),
	    LOG_TEXT("user", login->record.user), LOG_TEXT("person", login->record.person),
	    LOG_TEXT("address", login->record.address));
	*answer_r = WIRE(login_done, done);
	return OK;
}

/* With the first proof the browser gets another cookie: who knew the one from before is left behind. */
static enum err renew(struct call *call, struct login *login)
{
	struct msg_login_cookie content = { .expires = login->record.expires };
	secret_random(content.nonce.bytes, sizeof content.nonce.bytes);
	login->record.former = login->record.nonce;
	login->record.nonce = content.nonce;
	return login_cookie_seal(call->authority, &content, &call->arena, &login->renewed);
}

/* Something is to be said first; a browser's answer may come to another process. */
static enum err say_first(struct call *call, struct login *login, struct wire_any *answer_r)
{
	enum err err = OK;
	bool is_first = login->record.state == LOGIN_NEW;
	login->record.state = LOGIN_NOTICE;
	login->record.step++;
	if (login->role == ROLE_GATE && is_first)
		err = renew(call, login);
	if (login->role == ROLE_GATE && err == OK)
		err = save(call, &login->form, &login->record, INT64_MAX);
	if (err == OK)
		err = login_pending_note(call, login);
	return err == OK ? login_ask_pending(call, login, answer_r) : err;
}

enum err login_go_on(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_notice unused;
	return next_notice(&login->record, &unused) ? say_first(call, login, answer_r)
						    : say_yes(call, login, answer_r);
}
