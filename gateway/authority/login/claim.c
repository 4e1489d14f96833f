/* claim.c - the last two steps of a browser's login: the gate says that the whole stack agreed, front fetches the session. The
 * session begins only when both happened, and only for the browser whose cookie began the login. */
#include <string.h>
#include "authority/directory/directory.h"
#include "authority/login/cookie.h"
#include "authority/login/talk.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "log/log.h"

static enum err load(
    struct call *call, const struct id *transaction, const struct msg_login_record **record_r)
{
	const void *at;
	struct store_key key = login_key(call->authority, transaction);
	enum err err =
	    store_load_record(call->authority->store, &key, wire_msg_login_record(), &call->arena, &at);
	if (err != OK)
		return err;
	*record_r = at;
	return (*record_r)->state == LOGIN_PROVED ? OK : ERR_FORBIDDEN;
}

static enum err save(
    struct call *call, const struct id *transaction, const struct msg_login_record *record, int64_t ttl_ms)
{
	struct store_key key = login_key(call->authority, transaction);
	return store_put_record(
	    call->authority->store, &key, WIRE(login_record, record), ttl_ms, STORE_IF_THERE);
}

enum err login_on_passed(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_passed *passed = ask;
	const struct msg_login_record *record;
	enum err err = load(call, &passed->transaction, &record);
	if (err != OK)
		return err;
	struct msg_login_record changed = *record;
	changed.passed = true;
	err = save(call, &passed->transaction, &changed, PROVED_TTL_MS);
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

static enum err create(struct call *call, const struct msg_login_record *record, struct msg_claimed *claimed,
    struct store_key *key_r)
{
	struct msg_session_record session = {
		.person = record->person,
		.user = record->user,
		.name = record->name,
		.mail = record->mail,
		.level = SESSION_LEVEL_PASSWORD,
		.origin = record->origin,
		.address = record->address,
		.browser = record->browser,
		.front = record->front,
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

/* What this browser had before is over: its old session, and the one that the first half of a double click made. */
static void end_former(struct call *call, const struct msg_login_record *record)
{
	if (record->replaces.at != NULL)
		(void)session_end(call->authority, record->replaces);
	if (record->session.len != STORE_KEY_SIZE)
		return;
	struct store_key former = { .kind = STORE_SESSION };
	memcpy(former.bytes, record->session.at, STORE_KEY_SIZE);
	(void)store_remove(call->authority->store, &former);
}

static enum err may_claim(
    struct call *call, const struct msg_claim *claim, const struct msg_login_record **record_r)
{
	const struct msg_login_cookie *cookie;
	enum err err = login_cookie_open(call->authority, claim->cookie, &call->arena, &cookie);
	if (err == OK)
		err = load(call, &claim->transaction, record_r);
	if (err != OK)
		return err;
	if (!(*record_r)->passed || memcmp(&(*record_r)->nonce, &cookie->nonce, sizeof cookie->nonce) != 0)
		return ERR_FORBIDDEN;
	bool late = (*record_r)->claimed != 0 && clock_now_ms() - (*record_r)->claimed > CLAIM_AGAIN_MS;
	return late ? ERR_FORBIDDEN : OK;
}

enum err login_on_claim(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_claim *claim = ask;
	const struct msg_login_record *record;
	struct store_key key;
	struct msg_claimed *claimed = arena_alloc(&call->arena, sizeof *claimed);
	if (claimed == NULL)
		return ERR_NO_MEMORY;
	enum err err = may_claim(call, claim, &record);
	if (err == OK)
		err = create(call, record, claimed, &key);
	if (err != OK)
		return err;
	struct msg_login_record changed = *record;
	changed.claimed = record->claimed != 0 ? record->claimed : clock_now_ms();
	changed.session = (struct bytes){ key.bytes, sizeof key.bytes };
	err = save(call, &claim->transaction, &changed, CLAIM_AGAIN_MS);
	if (err != OK)
		return err;
	end_former(call, record);
	log_line(LOG_LEVEL_INFO, "signed_in", call->frame.trace, LOG_TEXT("user", record->user),
	    LOG_TEXT("person", record->person), LOG_TEXT("address", record->address),
	    LOG_TEXT("front", record->front));
	*answer_r = WIRE(claimed, claimed);
	return OK;
}
