/* act_perform.c - what the acts do, each as its record says. */
#include <string.h>
#include "authority/authority.h"
#include "authority/login/act.h"
#include "authority/login/undo.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "base/enc.h"

#define REPLACED_MS 10000 /* the old token of a session whose level rose still reads */

static const struct msg_factor_record *find_factor(const struct account *account, struct text id)
{
	struct id wanted;
	if (enc_from_base64url(text_str(id), id.len, wanted.bytes, sizeof wanted.bytes) != OK)
		return NULL;
	for (unsigned i = 0; i < account->n_factors; i++)
		if (login_id_equal(&account->factors[i]->id, &wanted))
			return account->factors[i];
	return NULL;
}

/* The factor that the record names. ERR_STALE: it is gone. */
static enum err load_factor(
    const struct teller *teller, const struct account **account_r, const struct msg_factor_record **factor_r)
{
	struct call *call = teller->call;
	enum err err = account_load(call->authority, teller->record->person, &call->arena, account_r);
	if (err != OK)
		return err;
	*factor_r = find_factor(*account_r, teller->record->object);
	return *factor_r != NULL ? OK : ERR_STALE;
}

static enum err rename_factor(const struct teller *teller)
{
	const struct account *account;
	const struct msg_factor_record *factor;
	enum err err = load_factor(teller, &account, &factor);
	if (err != OK)
		return err;
	struct msg_factor_record renamed = *factor;
	renamed.name = teller->record->argument;
	if (text_is_empty(renamed.name))
		return ERR_STALE;
	err = tell(teller, EVENT_FACTOR_RENAMED,
	    (struct tell){ .object = teller->record->object, .label = renamed.name });
	if (err == OK)
		err = account_factor_change(teller->call->authority, account->person, &renamed);
	return err;
}

/* With the last factor go the recovery codes: they stand beside one, and alone they would be a second password on paper. */
static enum err remove_factor(const struct teller *teller)
{
	const struct account *account;
	const struct msg_factor_record *factor;
	enum err err = load_factor(teller, &account, &factor);
	if (err != OK)
		return err;
	struct authority *authority = teller->call->authority;
	err = tell(teller, EVENT_FACTOR_REMOVED,
	    (struct tell){ .object = teller->record->object, .label = factor->name });
	if (err == OK)
		err = account_factor_remove(authority, account->person, &factor->id);
	bool is_last = account->n_factors == 1 && account->n_broken == 0;
	if (err == OK && is_last && account->recovery_left > 0)
		err = account_recovery_set(authority, account->person, NULL, 0, 0);
	if (err == OK)
		tell_mail(teller, MAIL_FACTOR_REMOVED, factor->name, 0);
	return err == ERR_NOT_FOUND ? ERR_STALE : err;
}

/* Done within the conversation, when the code or the sheet was answered. */
static enum err already_done(const struct teller *teller)
{
	return teller->record->spent ? OK : ERR_STALE;
}

/* A factor that does not count yet lifts nothing (SECURITY 14). */
static bool lifts(const struct msg_login_record *record)
{
	return record->proof != FACTOR_NONE && record->counts;
}

static enum err step_up(const struct teller *teller)
{
	const struct msg_login_record *record = teller->record;
	if (!lifts(record))
		return OK;
	return tell(teller, EVENT_STEPPED_UP,
	    (struct tell){ .object = record->object, .reason = login_amr(record->proof) });
}

static const struct {
	enum err (*perform)(const struct teller *teller);
	struct text done;    /* a text id */
	const char *next;    /* NULL: where the person was on the way to */
	bool is_done_before; /* within the conversation */
	bool mails;          /* when it is done, at the claim */
} ACTS[] = {
	[ACT_FACTOR_ADD] = { already_done, { "factor_added", 12 }, "/security?done=factor_added", true,
	    false },
	[ACT_FACTOR_RENAME] = { rename_factor, { "factor_renamed", 14 }, "/security?done=factor_renamed",
	    false, false },
	[ACT_FACTOR_REMOVE] = { remove_factor, { "factor_removed", 14 }, "/security?done=factor_removed",
	    false, true },
	[ACT_RECOVERY_NEW] = { already_done, { "recovery_made", 13 }, "/security?done=recovery_made", true,
	    false },
	[ACT_UNDO_SINCE] = { undo_since, { "undone", 6 }, "/security?done=undone", false, true },
	[ACT_STEP_UP] = { step_up, { NULL, 0 }, NULL, false, false },
};

bool act_mails(const struct msg_login_record *record)
{
	return record->act < COUNT(ACTS) && ACTS[record->act].mails;
}

/* What the session asked for is not done once the session has ended, be it between the proof and the claim. */
static enum err check_session(struct call *call, const struct msg_login_record *record)
{
	const struct msg_session_record *session;
	struct store_key key = { .kind = STORE_SESSION };
	if (ACTS[record->act].is_done_before)
		return OK;
	memcpy(key.bytes, record->replaces.at, sizeof key.bytes);
	enum err err = session_peek_key(call->authority, &key, &call->arena, &session);
	return err == ERR_NOT_FOUND ? ERR_STALE : err;
}

static enum err take(struct call *call, const struct msg_login_record *record)
{
	struct store_key key = act_key(call->authority, &record->act_id);
	if (ACTS[record->act].is_done_before)
		return OK;
	enum err err = store_end(call->authority->store, &key);
	return err == ERR_NOT_FOUND ? ERR_STALE : err;
}

/* The session of before goes on at a higher level, under a new token; its end stays. */
static enum err rise(struct call *call, const struct msg_login_record *record, const struct store_key *old,
    const struct msg_session_record *session, struct msg_claimed *claimed)
{
	struct store_key key;
	struct msg_session_record risen = *session, replaced = *session;
	int64_t now_ms = clock_now_ms();
	risen.level = SESSION_LEVEL_TWO_FACTORS;
	risen.amr = login_amr(record->proof);
	risen.proved = now_ms;
	enum err err = session_create(call->authority, &risen, &call->arena, NULL, &claimed->session, &key);
	if (err == OK) {
		risen.seen = now_ms;
		err = session_change(call->authority, &key, &risen);
	}
	if (err != OK)
		return err;
	claimed->csrf = session_csrf(call->authority, claimed->session, &call->arena);
	replaced.replaced = true;
	if (now_ms + REPLACED_MS < replaced.expires)
		replaced.expires = now_ms + REPLACED_MS;
	err = session_change(call->authority, old, &replaced);
	if (err == ERR_NOT_FOUND) /* it was ended meanwhile, and so is what came of it */
		(void)session_end(call->authority, claimed->session);
	return err;
}

static enum err rise_if_due(
    struct call *call, const struct msg_login_record *record, struct msg_claimed *claimed)
{
	const struct msg_session_record *session;
	struct store_key old = { .kind = STORE_SESSION };
	if (!act_brings_factor(record->act) || !lifts(record))
		return OK;
	memcpy(old.bytes, record->replaces.at, sizeof old.bytes);
	enum err err = session_peek_key(call->authority, &old, &call->arena, &session);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	if (session->level >= SESSION_LEVEL_TWO_FACTORS || session->replaced)
		return OK;
	return rise(call, record, &old, session, claimed);
}

enum err act_perform(struct call *call, const struct msg_login_record *record, struct msg_claimed *claimed)
{
	const struct teller teller = { .call = call, .record = record, .door = TEXT_LITERAL("web") };
	if (record->act >= COUNT(ACTS) || ACTS[record->act].perform == NULL ||
	    record->replaces.len != STORE_KEY_SIZE)
		return ERR_INTERNAL;
	enum err err = check_session(call, record);
	if (err == OK)
		err = take(call, record);
	if (err == OK)
		err = ACTS[record->act].perform(&teller);
	if (err == OK)
		err = rise_if_due(call, record, claimed);
	if (err != OK)
		return err;
	claimed->done = ACTS[record->act].done;
	claimed->next = ACTS[record->act].next != NULL ? text_of(ACTS[record->act].next) : record->next;
	return OK;
}
