/* password.c - the first ask: name and password. Until the password is right nobody learns whether the name was, by an answer or by the
 * work behind it: one search, one bind, the same counters. */
#include "authority/login/password.h"
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/login/asks.h"
#include "authority/login/look.h"
#include "authority/login/tell.h"
#include "authority/login/throttle.h"
#include "log/log.h"

#define DAY_S 86400

enum err password_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_password *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	ask->id = login_ask_id(&login->form, login->record.step, &call->arena);
	if (!text_is_empty(login->typed))
		ask->user = login->typed;
	ask->act = login->record.act;
	ask->problem = login->record.problem;
	*answer_r = WIRE(ask_password, ask);
	return OK;
}

/* What the directory says of a password that is right, or was until it expired. A terminal only tells of grace logins: who answers
 * its prompts may be a program. */
static void note_password(struct login *login, const struct bind_result *result)
{
	struct msg_login_record *record = &login->record;
	if (result->outcome == BIND_MUST_CHANGE || result->outcome == BIND_EXPIRED) {
		record->must_change = TEXT_LITERAL("password_must_change");
		return;
	}
	if (result->grace_left >= 0) {
		record->grace_left = (uint64_t)result->grace_left + 1;
		if (login_is_web(login)) {
			record->must_change = TEXT_LITERAL("password_grace");
			record->may_skip = true;
		}
	} else if (result->expires_s >= 0) {
		record->expires_days = (uint64_t)(result->expires_s / DAY_S) + 1;
	}
}

/* Before a proof there is one sentence for all causes; the log and the audit have the exact one. */
static enum err refuse(struct call *call, struct login *login, const struct throttle *throttle,
    const char *cause, struct wire_any *answer_r)
{
	log_line(LOG_LEVEL_INFO, "password_refused", call->frame.trace, LOG_STR("cause", cause),
	    LOG_TEXT("person", login->record.person.at != NULL ? login->record.person : TEXT_LITERAL("-")));
	enum err err = throttle_wrong(call, throttle);
	if (err == OK)
		err =
		    tell_event(call, login, EVENT_PASSWORD_WRONG, (struct tell){ .reason = text_of(cause) });
	if (err != OK)
		return err;
	return login_deny_quietly(
	    call, login, (struct msg_login_denied){ .text = TEXT_LITERAL("sign_in_failed") }, answer_r);
}

static const char *cause_of(const struct person *person, enum bind_outcome outcome)
{
	return person == NULL ? "unknown_person" : outcome == BIND_LOCKED ? "locked" : "wrong_password";
}

static enum err judge(struct call *call, struct login *login, const struct person *person,
    const struct bind_result *result, const struct throttle *throttle, struct wire_any *answer_r)
{
	bool is_right = person != NULL && result->outcome >= BIND_MUST_CHANGE;
	bool is_late = person != NULL && result->outcome == BIND_EXPIRED;
	if (!is_right && !is_late)
		return refuse(call, login, throttle, cause_of(person, result->outcome), answer_r);
	note_password(login, result);
	if (is_late) /* whether it was right shows when it is changed */
		return login_go_on(call, login, answer_r);
	throttle_right(call, throttle);
	enum err err = look_at_groups(call, login, person);
	return err == OK ? login_password_proved(call, login, answer_r) : err;
}

enum err password_deny_throttled(
    struct call *call, struct login *login, uint64_t wait_s, struct wire_any *answer_r)
{
	static const char TEXT[] = "try_later";
	enum err err =
	    tell_event(call, login, EVENT_THROTTLED, (struct tell){ .reason = TEXT_LITERAL(TEXT) });
	if (err != OK)
		return err;
	return login_deny_quietly(call, login,
	    (struct msg_login_denied){ .text = TEXT_LITERAL(TEXT), .retry_s = wait_s }, answer_r);
}

/* The name's person; *found_r false: nobody, or for an act somebody else. */
static enum err find(struct call *call, struct login *login, struct person *person_r, bool *found_r)
{
	struct directory *directory = call->authority->directory;
	enum directory_names names = login_is_web(login) ? DIRECTORY_NAMES_ALIASES : DIRECTORY_NAMES_UID;
	enum err err = directory_find(directory, login->typed, names, &call->arena, person_r);
	if (err != OK && err != ERR_NOT_FOUND && err != ERR_MALFORMED)
		return err;
	bool is_act = login->record.act != ACT_NONE;
	*found_r = err == OK && (!is_act || text_equal(person_r->id, login->record.person));
	return OK;
}

enum err password_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	struct person found;
	struct bind_result result = { 0 };
	struct throttle throttle;
	bool is_found;
	uint64_t wait_s;
	/* a directory that does not answer moves no counter: it is asked first */
	enum err err = find(call, login, &found, &is_found);
	if (err != OK)
		return err;
	const struct person *person = is_found ? &found : NULL;
	if (person != NULL && !login_keep_person(login, person))
		return ERR_NO_MEMORY;
	struct text id = person != NULL ? person->id : (struct text){ NULL, 0 };
	err = throttle_try(call, login, id, &throttle, &wait_s);
	if (err != OK)
		return err;
	if (wait_s > 0)
		return password_deny_throttled(call, login, wait_s, answer_r);
	err = directory_bind(call->authority->directory, person, answer->answer, &result);
	if (err != OK) {
		throttle_give_back(call, &throttle);
		return err;
	}
	return judge(call, login, person, &result, &throttle, answer_r);
}
