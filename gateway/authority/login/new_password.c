/* new_password.c - a password that has to be changed before anything else, or may be while grace logins are left. The old one is asked
 * again, and neither is ever kept. */
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/login/asks.h"
#include "authority/login/password.h"
#include "authority/login/tell.h"
#include "authority/login/throttle.h"
#include "authority/session/session.h"
#include "log/log.h"

#define WORDS_MAX 400u

enum err new_password_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	const struct msg_login_record *record = &login->record;
	struct msg_ask_new_password *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	ask->reason = record->must_change;
	ask->count = record->grace_left > 0 ? record->grace_left - 1 : 0;
	ask->may_skip = record->may_skip;
	ask->words = record->words;
	ASK_FILL(call, login, ask);
	*answer_r = WIRE(ask_new_password, ask);
	return OK;
}

static void forget_reason(struct msg_login_record *record)
{
	record->must_change = record->words = (struct text){ NULL, 0 };
	record->may_skip = false;
	record->grace_left = record->expires_days = 0;
}

/* The password is another one: what it proved before is over, everywhere. */
static enum err end_what_was(struct call *call, struct login *login)
{
	struct msg_login_record *record = &login->record;
	unsigned n;
	enum err err = session_end_all(call->authority, record->person, NULL, &call->arena, &n);
	if (err == OK)
		err = account_distrust(call->authority, record->person, false);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "sessions_not_ended", call->frame.trace,
		    LOG_TEXT("person", record->person), LOG_STR("error", err_text(err)));
	return err;
}

static enum err changed(
    struct call *call, struct login *login, const struct throttle *throttle, struct wire_any *answer_r)
{
	enum err err = tell_event(
	    call, login, EVENT_PASSWORD_CHANGED, (struct tell){ .reason = login->record.must_change });
	if (err == OK)
		err = end_what_was(call, login);
	if (err != OK)
		return err;
	throttle_right(call, throttle);
	tell_mail_of(call, login, MAIL_PASSWORD_CHANGED, (struct text){ NULL, 0 }, 0);
	forget_reason(&login->record);
	return login_password_proved(call, login, answer_r);
}

static enum err old_wrong(
    struct call *call, struct login *login, const struct throttle *throttle, struct wire_any *answer_r)
{
	enum err err = throttle_wrong(call, throttle);
	if (err == OK)
		err = tell_event(call, login, EVENT_PASSWORD_WRONG,
		    (struct tell){ .reason = TEXT_LITERAL("password_old_wrong") });
	return err == OK ? login_ask_again(call, login, "password_old_wrong", 0, answer_r) : err;
}

/* The old one was right, and the directory's policy does not take the new one. */
static enum err refused(
    struct call *call, struct login *login, const char *problem, struct text words, struct wire_any *answer_r)
{
	if (words.len > WORDS_MAX || !text_is_utf8(text_str(words), words.len) ||
	    text_has_control(text_str(words), words.len, false))
		words = (struct text){ NULL, 0 };
	if (!text_is_empty(words) && !text_copy(&login->arena, words, &login->record.words))
		return ERR_NO_MEMORY;
	return login_ask_again(call, login, problem, 0, answer_r);
}

static enum err change(struct call *call, struct login *login, const struct msg_login_answer *answer,
    const struct throttle *throttle, struct wire_any *answer_r)
{
	struct directory *directory = call->authority->directory;
	enum password_outcome outcome;
	struct person person;
	struct text words = { NULL, 0 };
	const char *problem = "password_refused";
	enum err err = directory_find_id(directory, login->record.person, &call->arena, &person);
	if (err == OK)
		err = directory_change_password(directory, &person, answer->old, answer->answer, &call->arena,
		    &outcome, &problem, &words);
	if (err != OK || outcome == PASSWORD_REFUSED)
		throttle_give_back(call, throttle);
	if (err != OK)
		return err;
	switch (outcome) {
	case PASSWORD_CHANGED:
		return changed(call, login, throttle, answer_r);
	case PASSWORD_OLD_WRONG:
		return old_wrong(call, login, throttle, answer_r);
	default:
		return refused(call, login, problem, words, answer_r);
	}
}

enum err new_password_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	struct throttle throttle;
	uint64_t wait_s;
	login->record.words = (struct text){ NULL, 0 }; /* of the answer before */
	if (answer->answer.len == 0 && login->record.may_skip) {
		forget_reason(&login->record);
		return login_go_on(call, login, answer_r);
	}
	if (answer->answer.len == 0)
		return login_ask_again(call, login, "password_too_short", 0, answer_r);
	if (answer->old.len == 0)
		return login_ask_again(call, login, "password_old_wrong", 0, answer_r);
	enum err err = throttle_try(call, login, login->record.person, &throttle, &wait_s);
	if (err != OK)
		return err;
	if (wait_s > 0)
		return password_deny_throttled(call, login, wait_s, answer_r);
	return change(call, login, answer, &throttle, answer_r);
}
