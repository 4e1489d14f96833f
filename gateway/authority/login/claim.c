/* claim.c - the last two steps of a browser's login: the gate says that the whole stack agreed, front fetches the session. The
 * session begins only when both happened, and only for the browser whose cookie began the login. */
#include <string.h>
#include "authority/directory/directory.h"
#include "authority/keys/keys.h"
#include "authority/login/act.h"
#include "authority/login/cookie.h"
#include "authority/login/device.h"
#include "authority/login/tell.h"
#include "authority/session/activity.h"
#include "authority/session/session.h"
#include "log/log.h"

static enum err load(struct call *call, const struct id *proof, struct store_key *key_r,
    const struct msg_login_record **record_r)
{
	const void *at;
	*key_r = login_key(call->authority, proof);
	enum err err =
	    store_load_record(call->authority->store, key_r, wire_msg_login_record(), &call->arena, &at);
	if (err != OK)
		return err;
	*record_r = at;
	bool is_proof = (*record_r)->state == LOGIN_PROVED && !wire_id_is_zero(&(*record_r)->form);
	return is_proof ? OK : ERR_FORBIDDEN;
}

enum err login_on_passed(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_passed *passed = ask;
	const struct msg_login_record *record;
	struct store_key key;
	enum err err = load(call, &passed->transaction, &key, &record);
	if (err != OK)
		return err;
	struct msg_login_record changed = *record;
	changed.passed = true;
	err = store_put_record(
	    call->authority->store, &key, WIRE(login_record, &changed), PROVED_TTL_MS, STORE_IF_THERE);
	if (err != OK)
		return err;
	static const struct msg_done DONE = { .text = { NULL, 0 } };
	*answer_r = WIRE(done, &DONE);
	return OK;
}

/* Groups as forward-auth hands them on: by comma, a comma within as %2C. What does not fit is left out, whole. */
static struct text join_groups(const struct group *groups, unsigned n, size_t max, struct arena *arena)
{
	char *text = arena_alloc(arena, max + 1);
	size_t len = 0;
	if (text == NULL)
		return (struct text){ NULL, 0 };
	for (unsigned i = 0; i < n; i++) {
		struct text name = groups[i].name;
		size_t start = len;
		if (len + name.len * 3 + 1 > max)
			break;
		if (start > 0)
			text[len++] = ',';
		for (size_t j = 0; j < name.len; j++) {
			bool comma = name.at[j] == ',';
			memcpy(text + len, comma ? "%2C" : name.at + j, comma ? 3 : 1);
			len += comma ? 3 : 1;
		}
	}
	return (struct text){ len > 0 ? text : NULL, len };
}

/* What the session keeps of the groups. */
static enum err groups_of(struct call *call, const struct msg_login_record *record, struct text *groups_r)
{
	struct directory *directory = call->authority->directory;
	struct person person;
	struct group *groups;
	unsigned n;
	bool more;
	enum err err = directory_find_id(directory, record->person, &call->arena, &person);
	if (err == OK)
		err = directory_groups(directory, &person, 200, &call->arena, &groups, &n, &more);
	if (err == OK)
		*groups_r = join_groups(groups, n, 8192, &call->arena);
	return err;
}

static enum session_level level_of(const struct msg_login_record *record)
{
	bool two = record->proof != FACTOR_NONE && record->counts;
	return two ? SESSION_LEVEL_TWO_FACTORS : SESSION_LEVEL_PASSWORD;
}

static enum err create(struct call *call, const struct msg_login_record *record, struct msg_claimed *claimed,
    struct store_key *key_r)
{
	struct msg_session_record session = {
		.person = record->person,
		.user = record->user,
		.name = record->name,
		.mail = record->mail,
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
	enum err err = groups_of(call, record, &session.groups);
	if (err == OK)
		err = session_create(call->authority, &session, &call->arena, &claimed->session, key_r);
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
	(void)store_remove(call->authority->store, &key);
}

/* What this browser had before is over: its old session, and the one that the first half of a double click made. */
static void end_former(
    struct call *call, const struct msg_login_record *record, const struct store_key *session)
{
	struct store_key claimed = { .kind = STORE_LOGIN };
	struct bytes former;
	keys_hash(
	    call->authority->keys, KEY_LOGIN_CLAIMED, &record->form, sizeof record->form, claimed.bytes);
	if (store_load(call->authority->store, &claimed, &call->arena, &former) == OK)
		end_session_at(call, former);
	end_session_at(call, record->replaces);
	if (store_put(call->authority->store, &claimed,
		(struct bytes){ session->bytes, sizeof session->bytes }, DOUBLE_CLICK_MS, STORE_ALWAYS) != OK)
		log_line(LOG_LEVEL_WARNING, "double_click_not_noted", call->frame.trace);
}

/* Of several who claim one proof, the one who removes it gets the session. */
static enum err take(
    struct call *call, const struct msg_claim *claim, const struct msg_login_record **record_r)
{
	const struct msg_login_cookie *cookie;
	const struct msg_login_record *record;
	struct store_key key;
	enum err err = login_cookie_open(call->authority, claim->cookie, &call->arena, &cookie);
	if (err == OK)
		err = load(call, &claim->transaction, &key, &record);
	if (err != OK)
		return err;
	if (!record->passed || memcmp(&record->nonce, &cookie->nonce, sizeof cookie->nonce) != 0)
		return ERR_FORBIDDEN;
	err = store_remove(call->authority->store, &key);
	if (err == OK)
		*record_r = record;
	return err;
}

/* Nothing is known of an earlier sign-in: then there is no browser that could be new. */
static bool is_first(struct call *call, const struct msg_login_record *record)
{
	struct msg_activity_row *rows;
	unsigned n;
	return activity_read(call->authority, record->person, 0, 1, &call->arena, &rows, &n) == OK && n == 0;
}

/* A sign-in by a browser that was not known is written to the person. */
static void welcome(struct call *call, const struct msg_login_record *record, bool first,
    const struct teller *teller, struct msg_claimed *claimed)
{
	enum err err = device_renew(call, record, &claimed->device);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "browser_not_noted", call->frame.trace,
		    LOG_STR("error", err_text(err)));
	if (!record->known_device && !first)
		tell_mail(teller, MAIL_NEW_DEVICE, (struct text){ NULL, 0 }, 0);
}

static enum err sign_in(struct call *call, const struct msg_login_record *record, struct msg_claimed *claimed)
{
	const struct teller teller = { .call = call, .record = record, .door = TEXT_LITERAL("web") };
	bool first = is_first(call, record);
	struct store_key key;
	enum err err = tell(&teller, EVENT_SIGNED_IN, (struct tell){ .reason = login_amr(record->proof) });
	if (err == OK)
		err = create(call, record, claimed, &key);
	if (err != OK)
		return err;
	end_former(call, record, &key);
	welcome(call, record, first, &teller, claimed);
	log_line(LOG_LEVEL_INFO, "signed_in", call->frame.trace, LOG_TEXT("user", record->user),
	    LOG_TEXT("person", record->person), LOG_TEXT("address", record->address),
	    LOG_TEXT("front", record->front));
	return OK;
}

enum err login_on_claim(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_login_record *record;
	struct msg_claimed *claimed = arena_alloc(&call->arena, sizeof *claimed);
	if (claimed == NULL)
		return ERR_NO_MEMORY;
	enum err err = take(call, ask, &record);
	if (err == OK)
		err = record->act == ACT_NONE ? sign_in(call, record, claimed)
					      : act_perform(call, record, claimed);
	if (err == OK)
		*answer_r = WIRE(claimed, claimed);
	return err;
}
