/* answer.c - the answer to the pending ask, and what it proves. */
#include <string.h>
#include "authority/directory/directory.h"
#include "authority/login/talk.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "log/log.h"

#define DAY_S 86400

static bool keep_person(struct login *login, const struct person *person)
{
	struct arena *arena = &login->arena;
	struct msg_login_record *record = &login->record;
	return text_copy(arena, person->id, &record->person) &&
	       text_copy(arena, person->user, &record->user) &&
	       text_copy(arena, person->name, &record->name) && text_copy(arena, person->mail, &record->mail);
}

/* A browser in which somebody else is signed in asks before that session ends. */
static enum err note_other_session(struct call *call, struct login *login)
{
	const struct msg_session_record *session;
	struct store_key key = { .kind = STORE_SESSION };
	if (login->record.replaces.len != sizeof key.bytes)
		return OK;
	memcpy(key.bytes, login->record.replaces.at, sizeof key.bytes);
	enum err err = session_peek_key(call->authority, &key, &call->arena, &session);
	if (err == ERR_NOT_FOUND) {
		login->record.replaces = (struct bytes){ NULL, 0 };
		return OK;
	}
	if (err != OK)
		return err;
	if (text_equal(session->person, login->record.person))
		return OK;
	return text_copy(&login->arena, session->name, &login->record.other_name) ? OK : ERR_NO_MEMORY;
}

static void note_password(struct login *login, const struct bind_result *result)
{
	if (result->grace_left >= 0)
		login->record.grace_left = (uint64_t)result->grace_left + 1;
	else if (result->expires_s >= 0)
		login->record.expires_days = (uint64_t)(result->expires_s / DAY_S) + 1;
}

static enum err proved(struct call *call, struct login *login, const struct person *person,
    const struct bind_result *result, struct wire_any *answer_r)
{
	if (!keep_person(login, person))
		return ERR_NO_MEMORY;
	note_password(login, result);
	enum err err = note_other_session(call, login);
	return err == OK ? login_go_on(call, login, answer_r) : err;
}

/* Before a proof there is one sentence for all causes; the log has the exact one. */
static enum err refused(struct call *call, struct login *login, const struct person *person,
    enum bind_outcome outcome, struct wire_any *answer_r)
{
	static const char *const CAUSES[] = {
		[BIND_REFUSED] = "wrong_password",
		[BIND_LOCKED] = "locked",
		[BIND_EXPIRED] = "expired",
	};
	log_line(LOG_LEVEL_INFO, "password_refused", call->frame.trace,
	    LOG_STR("cause", person == NULL ? "unknown_person" : CAUSES[outcome]),
	    LOG_TEXT("person", person != NULL ? person->id : text_of("-")));
	return login_deny(call, login, "sign_in_failed", answer_r);
}

/* The same directory operations whether the person is there or not: one search, one bind. */
static enum err check_password(
    struct call *call, struct login *login, struct secret password, struct wire_any *answer_r)
{
	struct directory *directory = call->authority->directory;
	enum directory_names names = call->role == ROLE_GATE ? DIRECTORY_NAMES_ALIASES : DIRECTORY_NAMES_UID;
	struct person found;
	struct bind_result result = { 0 };
	enum err err = directory_find(directory, login->typed, names, &call->arena, &found);
	if (err != OK && err != ERR_NOT_FOUND && err != ERR_MALFORMED)
		return err;
	const struct person *person = err == OK ? &found : NULL;
	err = directory_bind(directory, person, password, &result);
	if (err != OK)
		return err;
	if (person == NULL || result.outcome < BIND_MUST_CHANGE)
		return refused(call, login, person, person == NULL ? BIND_REFUSED : result.outcome, answer_r);
	if (result.outcome == BIND_MUST_CHANGE)
		return login_deny(call, login, "password_must_change", answer_r);
	return proved(call, login, person, &result, answer_r);
}

/* A notice was read: what it said is said. */
static void forget_notice(struct msg_login_record *record)
{
	if (record->other_name.at != NULL)
		record->other_name = (struct text){ NULL, 0 };
	else if (record->grace_left != 0)
		record->grace_left = 0;
	else
		record->expires_days = 0;
}

enum err login_on_answer(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_login_answer *answer = ask;
	struct login *login = *call->login;
	struct text pending = login_ask_id(&login->form, login->record.step, &call->arena);
	if (pending.at == NULL)
		return ERR_NO_MEMORY;
	if (!text_equal(pending, answer->id))
		return login_deny(call, login, "not_pending", answer_r);
	if (login->record.state == LOGIN_NEW)
		return check_password(call, login, answer->answer, answer_r);
	forget_notice(&login->record);
	return login_go_on(call, login, answer_r);
}
