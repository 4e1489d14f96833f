/* act.c - an act from the form to the proof: whose it is, and that it is done once. What it does: act_perform.c. */
#include "authority/login/act.h"
#include <string.h>
#include "authority/directory/directory.h"
#include "authority/factor/factor.h"
#include "authority/keys/keys.h"
#include "authority/login/look.h"
#include "authority/login/undo.h"
#include "authority/session/session.h"
#include "base/clock.h"

#define ACT_TTL_MS 600000

struct store_key act_key(struct authority *authority, const struct id *id)
{
	struct store_key key = { .kind = STORE_ACT };
	keys_hash(authority->keys, KEY_ACT_STORE, id->bytes, sizeof id->bytes, key.bytes);
	return key;
}

enum err act_new(struct call *call, const struct msg_session_record *session, const struct act_wanted *wanted,
    struct id *id_r)
{
	secret_random(id_r->bytes, sizeof id_r->bytes);
	struct store_key key = act_key(call->authority, id_r);
	struct store_key of = session_key(call->authority, wanted->session);
	const struct msg_act_record record = {
		.act = wanted->act,
		.session = { of.bytes, sizeof of.bytes },
		.person = session->person,
		.user = session->user,
		.name = session->name,
		.object = wanted->object,
		.argument = wanted->argument,
		.expires = clock_now_ms() + ACT_TTL_MS,
	};
	return store_put_record(
	    call->authority->store, &key, WIRE(act_record, &record), ACT_TTL_MS, STORE_IF_NEW);
}

/* Whether that token is of the session whose key it is. */
static bool is_of(struct call *call, struct secret session, struct bytes key)
{
	if (session.at == NULL || key.len != STORE_KEY_SIZE)
		return false;
	struct store_key of = session_key(call->authority, session);
	return memcmp(of.bytes, key.at, STORE_KEY_SIZE) == 0;
}

static enum err check_session(struct call *call, struct secret session, struct text person)
{
	const struct msg_session_record *record;
	enum err err = session_load(call->authority, session, &call->arena, &record);
	if (err == ERR_NOT_FOUND)
		return ERR_STALE;
	if (err == OK && (record->replaced || !text_equal(record->person, person)))
		return ERR_STALE;
	return err;
}

enum err act_load(
    struct call *call, const struct id *id, struct secret session, const struct msg_act_record **act_r)
{
	const void *at;
	struct store_key key = act_key(call->authority, id);
	enum err err =
	    store_load_record(call->authority->store, &key, wire_msg_act_record(), &call->arena, &at);
	if (err != OK)
		return err == ERR_NOT_FOUND ? ERR_STALE : err;
	const struct msg_act_record *act = at;
	bool is_good =
	    act->act != ACT_NONE && act->expires > clock_now_ms() && is_of(call, session, act->session);
	if (is_good)
		*act_r = act;
	return is_good ? OK : ERR_STALE;
}

static bool keep(struct login *login, const struct id *id, const struct msg_act_record *act)
{
	struct msg_login_record *record = &login->record;
	struct arena *arena = &login->arena;
	record->act = act->act;
	record->act_id = *id;
	record->wants_factor = act->act == ACT_FACTOR_ADD;
	record->wants_sheet = act->act == ACT_RECOVERY_NEW;
	if (act->expires < record->expires)
		record->expires = act->expires;
	return text_copy(arena, act->user, &login->typed) &&
	       (act->object.at == NULL || text_copy(arena, act->object, &record->object)) &&
	       (act->argument.at == NULL || text_copy(arena, act->argument, &record->argument));
}

/* The code that opened the session is used up: the ask says when there is another. */
static enum err ask_for_code(struct call *call, struct login *login)
{
	const struct account *account;
	uint64_t wait_s = 0;
	enum err err = account_load(call->authority, login->record.person, &call->arena, &account);
	if (err == OK)
		err = factor_next_code(call->authority, account, &wait_s);
	if (err != OK)
		return err;
	login->record.state = LOGIN_CODE;
	login->record.wait_until = wait_s > 0 ? clock_now_ms() + (int64_t)wait_s * 1000 : 0;
	return OK;
}

enum err act_begin(struct call *call, struct login *login, const struct id *id, struct secret session)
{
	const struct msg_act_record *act;
	struct person person;
	enum err err = act_load(call, id, session, &act);
	if (err == OK)
		err = check_session(call, session, act->person);
	if (err != OK)
		return err;
	err = directory_find_id(call->authority->directory, act->person, &call->arena, &person);
	if (err != OK)
		return err == ERR_NOT_FOUND ? ERR_STALE : err;
	if (!login_keep_person(login, &person) || !keep(login, id, act))
		return ERR_NO_MEMORY;
	err = look_at_account(call, login);
	return err == OK && login->record.has_factors ? ask_for_code(call, login) : err;
}

enum err act_go_on(struct call *call, const struct login *login, struct secret session)
{
	if (login->record.act == ACT_NONE || login->record.state == LOGIN_PROVED)
		return OK;
	if (!is_of(call, session, login->record.replaces))
		return ERR_STALE;
	return check_session(call, session, login->record.person);
}

bool act_brings_factor(enum act act)
{
	return act == ACT_FACTOR_ADD || act == ACT_STEP_UP;
}

bool act_may_be_proved_so(const struct msg_login_record *record, const struct account *account)
{
	int64_t since_ms;
	if (record->act != ACT_UNDO_SINCE)
		return true;
	if (!undo_day_ms(record->object, &since_ms))
		return false;
	if (record->proof == FACTOR_RECOVERY)
		return account->recovery_made < since_ms;
	for (unsigned i = 0; i < account->n_factors; i++)
		if (login_id_equal(&account->factors[i]->id, &record->factor))
			return account->factors[i]->added < since_ms;
	return false;
}

enum err act_spend(struct call *call, struct login *login)
{
	struct msg_login_record *record = &login->record;
	bool is_done_here = record->act == ACT_FACTOR_ADD || record->act == ACT_RECOVERY_NEW;
	if (!is_done_here || record->spent)
		return OK;
	struct store_key key = act_key(call->authority, &record->act_id);
	enum err err = store_end(call->authority->store, &key);
	record->spent = err == OK;
	return err;
}
