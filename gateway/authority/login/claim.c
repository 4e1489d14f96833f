/* claim.c - the last two steps of a browser's login: the gate says that the whole stack agreed, front fetches the session. The
 * session begins only when both happened, and only for the browser whose cookie began the login. */
#include <string.h>
#include "authority/keys/keys.h"
#include "authority/login/act.h"
#include "authority/login/cookie.h"
#include "authority/login/device.h"
#include "authority/login/look.h"
#include "authority/login/tell.h"
#include "authority/session/activity.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "log/log.h"

static struct store_key passed_key(struct authority *authority, const struct id *proof)
{
	struct store_key key = { .kind = STORE_LOGIN };
	keys_hash(authority->keys, KEY_LOGIN_PASSED, proof->bytes, sizeof proof->bytes, key.bytes);
	return key;
}

/* The record of a proof, as it was found. */
static enum err open_proof(
    struct call *call, const struct store_op *found, const struct msg_login_record **record_r)
{
	const void *at;
	if (found->err != OK)
		return found->err;
	enum err err = store_open_record(
	    call->authority->store, &found->key, found->value, wire_msg_login_record(), &call->arena, &at);
	if (err != OK)
		return err;
	const struct msg_login_record *record = at;
	*record_r = record;
	return record->state == LOGIN_PROVED && !wire_id_is_zero(&record->form) ? OK : ERR_FORBIDDEN;
}

/* Written together with the look at the proof, and taken back where there is none. */
enum err login_on_passed(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_passed *passed = ask;
	const struct msg_passed_record mark = { .proof = passed->transaction };
	const struct msg_login_record *record;
	struct authority *authority = call->authority;
	struct store_batch batch;
	struct store_key proof = login_key(authority, &passed->transaction);
	struct store_key key = passed_key(authority, &passed->transaction);
	store_batch_begin(&batch, authority->store, &call->arena);
	const struct store_op *found = store_batch_load(&batch, &proof);
	const struct store_op *noted =
	    store_batch_put_record(&batch, &key, WIRE(passed_record, &mark), PROVED_TTL_MS, STORE_ALWAYS);
	enum err err = store_batch_run(&batch);
	if (err == OK)
		err = open_proof(call, found, &record);
	if (err != OK) {
		(void)store_remove(authority->store, &key);
		return err;
	}
	static const struct msg_done DONE = { .text = { NULL, 0 } };
	*answer_r = WIRE(done, &DONE);
	return noted->err;
}

static enum session_level level_of(const struct msg_login_record *record)
{
	bool two = record->proof != FACTOR_NONE && record->counts;
	return two ? SESSION_LEVEL_TWO_FACTORS : SESSION_LEVEL_PASSWORD;
}

/* A proof that was claimed, and what was read together with it. */
struct taken {
	const struct msg_login_record *record;
	bool
	    is_first; /* nothing is known of an earlier sign-in: then there is no browser that could be new */
	struct bytes former; /* the session that the first half of a double click made */
	const struct msg_session_record *replaces; /* NULL, or the session that this browser had before */
};

/* Somebody who signs in again goes on with what they have visited. */
static bool goes_on(const struct taken *taken)
{
	return taken->replaces != NULL && text_equal(taken->replaces->person, taken->record->person);
}

static enum err create(
    struct call *call, const struct taken *taken, struct msg_claimed *claimed, struct store_key *key_r)
{
	const struct msg_login_record *record = taken->record;
	struct msg_session_record session = {
		.person = record->person,
		.user = record->user,
		.name = record->name,
		.mail = record->mail,
		.groups = record->groups,
		.level = level_of(record),
		.origin = record->origin,
		.address = record->address,
		.browser = record->browser,
		.front = record->front,
		.generation = record->generation,
		.amr = login_amr(record->proof),
		.door = TEXT_LITERAL("web"),
		.language = record->language,
	};
	if (goes_on(taken))
		session.trail = taken->replaces->trail;
	enum err err = record->grouped ? OK : look_up_groups(call, record->person, &session.groups);
	if (err == OK)
		err = session_create(
		    call->authority, &session, &call->arena, call->later, &claimed->session, key_r);
	if (err != OK)
		return err;
	claimed->csrf = session_csrf(call->authority, claimed->session, &call->arena);
	claimed->next = record->next;
	return claimed->csrf.at != NULL ? OK : ERR_NO_MEMORY;
}

static void end_session_at(struct call *call, struct bytes at)
{
	struct store_key key = { .kind = STORE_SESSION };
	if (at.len != sizeof key.bytes)
		return;
	memcpy(key.bytes, at.at, sizeof key.bytes);
	store_op_waive(store_batch_end(call->later, &key), "session_end");
}

static struct store_key claimed_key(struct authority *authority, const struct msg_login_record *record)
{
	struct store_key key = { .kind = STORE_LOGIN };
	keys_hash(authority->keys, KEY_LOGIN_CLAIMED, &record->form, sizeof record->form, key.bytes);
	return key;
}

/* What this browser had before is over: its old session, and the one that the first half of a double click made. */
static void end_former(struct call *call, const struct taken *taken, const struct store_key *session)
{
	struct store_key key = claimed_key(call->authority, taken->record);
	end_session_at(call, taken->former);
	end_session_at(call, taken->record->replaces);
	store_op_waive(
	    store_batch_put(call->later, &key, (struct bytes){ session->bytes, sizeof session->bytes },
		DOUBLE_CLICK_MS, STORE_ALWAYS),
	    "double_click");
}

/* Of somebody else who was signed in here the services hear that this is over. */
static void leave_former(struct call *call, const struct taken *taken)
{
	struct store_key trail;
	if (taken->replaces != NULL && !goes_on(taken) &&
	    visits_key(call->authority, taken->replaces, &trail))
		visits_end(call->authority, &trail);
}

/* Nothing is known of an earlier sign-in: then there is no browser that could be new. */
static bool is_first(struct call *call, const struct msg_login_record *record)
{
	struct msg_activity_row *rows;
	unsigned n;
	return activity_read(call->authority, record->person, 0, 1, &call->arena, &rows, &n) == OK && n == 0;
}

/* A sign-in of a browser that was not known, and most acts. */
static bool owes_mail(struct call *call, const struct msg_login_record *record)
{
	if (record->act != ACT_NONE)
		return act_mails(record);
	return !record->known_device && !is_first(call, record);
}

/* The record that a claim names, if the gate has passed it and the browser is the one that began it. */
static enum err find(
    struct call *call, const struct msg_claim *claim, const struct msg_login_record **record_r)
{
	const struct msg_login_cookie *cookie;
	const void *mark;
	struct store_batch batch;
	struct authority *authority = call->authority;
	struct store_key proof = login_key(authority, &claim->transaction);
	struct store_key passed = passed_key(authority, &claim->transaction);
	enum err err = login_cookie_open(authority, claim->cookie, &call->arena, &cookie);
	if (err != OK)
		return err;
	store_batch_begin(&batch, authority->store, &call->arena);
	const struct store_op *found = store_batch_load(&batch, &proof);
	const struct store_op *is_passed = store_batch_load(&batch, &passed);
	err = store_batch_run(&batch);
	if (err == OK)
		err = open_proof(call, found, record_r);
	if (err != OK)
		return err;
	if (is_passed->err != OK)
		return is_passed->err == ERR_NOT_FOUND ? ERR_FORBIDDEN : is_passed->err;
	err = store_open_record(
	    authority->store, &passed, is_passed->value, wire_msg_passed_record(), &call->arena, &mark);
	bool is_good = err == OK && login_id_equal(&(*record_r)->nonce, &cookie->nonce);
	return is_good ? OK : err == OK || err == ERR_NOT_FOUND ? ERR_FORBIDDEN : err;
}

/* NULL: this browser had no session before. */
static const struct store_op *load_replaced(struct store_batch *batch, const struct msg_login_record *record)
{
	struct store_key key = { .kind = STORE_SESSION };
	if (record->act != ACT_NONE || record->replaces.len != sizeof key.bytes)
		return NULL;
	memcpy(key.bytes, record->replaces.at, sizeof key.bytes);
	return store_batch_load(batch, &key);
}

static const struct msg_session_record *open_replaced(struct call *call, const struct store_op *found)
{
	const void *at;
	if (found == NULL || found->err != OK ||
	    store_open_record(call->authority->store, &found->key, found->value, wire_msg_session_record(),
		&call->arena, &at) != OK)
		return NULL;
	return at;
}

/* Of several who claim one proof, the one who removes it gets the session. */
static enum err take(struct call *call, const struct msg_claim *claim, struct taken *taken_r)
{
	struct authority *authority = call->authority;
	struct store_batch batch;
	const struct msg_login_record *record;
	struct store_key proof = login_key(authority, &claim->transaction);
	struct store_key passed = passed_key(authority, &claim->transaction);
	enum err err = find(call, claim, &record);
	if (err != OK)
		return err;
	/* what the person could not be told of is not done; the proof stays, for another try */
	if (!outbox_takes(authority) && owes_mail(call, record))
		return ERR_MAIL;
	struct store_key activity = activity_key(authority, record->person);
	struct store_key claimed = claimed_key(authority, record);
	store_batch_begin(&batch, authority->store, &call->arena);
	const struct store_op *removed = store_batch_end(&batch, &proof);
	(void)store_batch_remove(&batch, &passed);
	const struct store_op *rows = store_batch_list_read(&batch, &activity, 1);
	const struct store_op *former = store_batch_load(&batch, &claimed);
	const struct store_op *replaces = load_replaced(&batch, record);
	err = store_batch_run(&batch);
	if (err == OK)
		err = removed->err;
	if (err != OK)
		return err;
	*taken_r = (struct taken){
		.record = record,
		.is_first = rows->err == OK && rows->n_values == 0,
		.former = former->err == OK ? former->value : (struct bytes){ NULL, 0 },
		.replaces = open_replaced(call, replaces),
	};
	return OK;
}

/* A sign-in by a browser that was not known is written to the person. */
static void welcome(
    struct call *call, const struct taken *taken, const struct teller *teller, struct msg_claimed *claimed)
{
	enum err err = device_renew(call, taken->record, &claimed->device);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "browser_not_noted", call->frame.trace,
		    LOG_STR("error", err_text(err)));
	if (!taken->record->known_device && !taken->is_first)
		tell_mail(teller, MAIL_NEW_DEVICE, (struct text){ NULL, 0 }, 0);
}

static enum err sign_in(struct call *call, const struct taken *taken, struct msg_claimed *claimed)
{
	const struct msg_login_record *record = taken->record;
	const struct teller teller = { .call = call, .record = record, .door = TEXT_LITERAL("web") };
	struct store_key key;
	enum err err = tell(&teller, EVENT_SIGNED_IN, (struct tell){ .reason = login_amr(record->proof) });
	if (err == OK)
		err = create(call, taken, claimed, &key);
	if (err != OK)
		return err;
	end_former(call, taken, &key);
	err = store_batch_settle(call->later);
	if (err != OK)
		return err;
	leave_former(call, taken);
	welcome(call, taken, &teller, claimed);
	log_line(LOG_LEVEL_INFO, "signed_in", call->frame.trace, LOG_TEXT("user", record->user),
	    LOG_TEXT("person", record->person), LOG_TEXT("address", record->address),
	    LOG_TEXT("front", record->front));
	return OK;
}

enum err login_on_claim(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct taken taken;
	struct store_batch later;
	struct msg_claimed *claimed = arena_alloc(&call->arena, sizeof *claimed);
	if (claimed == NULL)
		return ERR_NO_MEMORY;
	enum err err = take(call, ask, &taken);
	if (err != OK)
		return err;
	login_later(call, &later);
	err = taken.record->act == ACT_NONE ? sign_in(call, &taken, claimed)
					    : act_perform(call, taken.record, claimed);
	err = login_settle(call, err);
	if (err == OK)
		*answer_r = WIRE(claimed, claimed);
	return err;
}
