/* sessions.c - where the person is signed in, and the end of it. */
#include <string.h>
#include "authority/authority.h"
#include "authority/self/self.h"
#include "authority/session/session.h"
#include "conf/conf.h"
#include "log/log.h"

#define SHOWN 50u

static struct msg_session_row row_of(
    struct call *call, const struct session_found *found, const struct store_key *current)
{
	const struct msg_session_record *record = found->record;
	return (struct msg_session_row){
		.id = session_id(&found->key, &call->arena),
		.browser = record->browser,
		.address = record->address,
		.place = self_place(call->authority->conf, record->address),
		.since = record->since,
		.seen = record->seen,
		.expires = record->expires,
		.level = record->level,
		.door = record->door,
		.current = memcmp(found->key.bytes, current->bytes, sizeof current->bytes) == 0,
	};
}

/* What a new token took the place of is the same session. */
static enum err fill(struct call *call, struct secret token, const struct msg_session_record *session,
    struct msg_sessions *page)
{
	struct store_key current = session_key(call->authority, token);
	struct session_found *found;
	unsigned n;
	struct msg_session_row *rows = arena_array(&call->arena, SHOWN, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	enum err err = session_list(call->authority, session->person, SHOWN + 1, &call->arena, &found, &n);
	page->sessions.at = rows;
	for (unsigned i = 0; err == OK && i < n; i++) {
		struct msg_session_row row = row_of(call, &found[i], &current);
		if (found[i].record->replaced && !row.current)
			continue;
		page->others = page->others || !row.current;
		page->more = page->sessions.n == SHOWN;
		if (!page->more)
			rows[page->sessions.n++] = row;
	}
	return err;
}

enum err self_on_session_list(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_session_list *list = ask;
	const struct msg_session_record *session;
	struct msg_sessions *page = arena_alloc(&call->arena, sizeof *page);
	enum err err = page != NULL ? self_session(call, list->session, &session) : ERR_NO_MEMORY;
	if (err == OK)
		err = fill(call, list->session, session, page);
	if (err != OK)
		return err;
	page->frame = self_frame(call, list->session, session);
	*answer_r = WIRE(sessions, page);
	return page->frame != NULL ? OK : ERR_NO_MEMORY;
}

/* Whether the person has that session; of others' and of none it is the same answer. */
static enum err has(
    struct call *call, const struct msg_session_record *session, const struct store_key *key, bool *has_r)
{
	const struct msg_session_record *record;
	enum err err = session_peek_key(call->authority, key, &call->arena, &record);
	*has_r = err == OK && text_equal(record->person, session->person);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err end(
    struct call *call, const struct msg_session_record *session, struct text id, const char **done_r)
{
	struct store_key key;
	const struct self_event event = {
		.audit = AUDIT_SESSION_ENDED, .activity = "activity_session_ended", .object = id
	};
	bool there = false;
	enum err err = session_id_parse(id, &key) == OK ? has(call, session, &key, &there) : OK;
	*done_r = "session_was_over";
	if (err != OK || !there)
		return err;
	err = self_record(call, session, &event);
	if (err == OK)
		err = session_end_key(call->authority, session->person, &key, &call->arena);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	self_show(call, session, &event);
	*done_r = "session_ended";
	return OK;
}

enum err self_on_session_end(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_session_end *wanted = ask;
	const struct msg_session_record *session;
	const char *done;
	enum err err = self_session_of_form(call, wanted->session, wanted->csrf, &session);
	if (err == OK)
		err = end(call, session, wanted->id, &done);
	if (err != OK)
		return err;
	*answer_r = self_done(call, done);
	return answer_r->at != NULL ? OK : ERR_NO_MEMORY;
}

enum err self_on_session_end_others(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_session_end_others *wanted = ask;
	const struct msg_session_record *session;
	const struct self_event event = { .audit = AUDIT_SESSIONS_ENDED,
		.activity = "activity_sessions_ended",
		.object = TEXT_LITERAL("others") };
	struct store_key keep = session_key(call->authority, wanted->session);
	unsigned n;
	enum err err = self_session_of_form(call, wanted->session, wanted->csrf, &session);
	if (err == OK)
		err = self_record(call, session, &event);
	if (err == OK)
		err = session_end_all(call->authority, session->person, &keep, &call->arena, &n);
	if (err != OK)
		return err;
	self_show(call, session, &event);
	*answer_r = self_done(call, "sessions_ended");
	return answer_r->at != NULL ? OK : ERR_NO_MEMORY;
}
