/* answer.c - an answer arrives: it must be for the ask that is pending, and is carried out by that ask's kind, once. */
#include "authority/audit/audit.h"
#include "authority/login/asks.h"
#include "authority/login/tell.h"

/* A second click, whose first one is carried out: it gets what that led to. Anything else was for another ask. */
static enum err answer_repeated(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	bool is_same = repeat_is(call, login, answer);
	if (login->record.state == LOGIN_PROVED)
		return is_same
			   ? login_say_yes(call, login, answer_r)
			   : login_deny_quietly(call, login,
				 (struct msg_login_denied){ .text = TEXT_LITERAL("not_pending") }, answer_r);
	if (!is_same)
		login->record.problem = TEXT_LITERAL("not_pending");
	login->repeats = false;
	return login_ask_pending(call, login, answer_r);
}

/* The other half of a double click is being carried out by another thread. */
static enum err wait_for_twin(struct call *call, struct login *login, struct wire_any *answer_r)
{
	enum err err = repeat_wait(call, login);
	if (err != OK)
		return err;
	return login->record.state == LOGIN_PROVED ? login_say_yes(call, login, answer_r)
						   : login_ask_pending(call, login, answer_r);
}

static enum err carry_out(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	const struct ask_kind *kind = ask_kind_find(login->record.state);
	if (kind == NULL)
		return ERR_INTERNAL;
	/* what comes of it is recorded, and written to the person, behind the check: where it could not be, nothing is checked, and
	 * nobody guesses unseen */
	if (!audit_takes(call->authority->audit))
		return ERR_AUDIT;
	if (kind->may_mail && !outbox_takes(call->authority))
		return ERR_MAIL;
	enum err err = repeat_begin(call, login, answer);
	if (err == ERR_EXISTS)
		return wait_for_twin(call, login, answer_r);
	if (err != OK)
		return err;
	err = kind->answer(call, login, answer, answer_r);
	if (err == OK)
		err = store_batch_settle(call->later);
	if (err != OK)
		repeat_undo(call, login);
	return err;
}

static bool is_unavailable(enum err err)
{
	return err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_STORE || err == ERR_BUSY ||
	       err == ERR_AUDIT || err == ERR_MAIL;
}

static enum err judge(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	if (login->repeats)
		return answer_repeated(call, login, answer, answer_r);
	struct text pending = login_ask_id(&login->form, login->record.step, &call->arena);
	if (pending.at == NULL)
		return ERR_NO_MEMORY;
	if (!text_equal(pending, answer->id))
		return login_deny_quietly(
		    call, login, (struct msg_login_denied){ .text = TEXT_LITERAL("not_pending") }, answer_r);
	return carry_out(call, login, answer, answer_r);
}

enum err login_on_answer(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct login *login = *call->login;
	struct store_batch later;
	login_later(call, &later);
	enum err err = login_settle(call, judge(call, login, ask, answer_r));
	if (err != OK)
		login->proved = false; /* what is not written was not proved */
	if (is_unavailable(err))
		(void)!tell_event(call, login, EVENT_UNAVAILABLE, (struct tell){ .reason = { NULL, 0 } });
	return err;
}
