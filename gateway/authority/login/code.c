/* code.c - the code of an authenticator, or one from the sheet of recovery codes; asked at a sign-in or for an act. */
#include <stdio.h>
#include <time.h>
#include "authority/factor/factor.h"
#include "authority/login/act.h"
#include "authority/login/asks.h"
#include "authority/login/choose.h"
#include "authority/login/enrolment.h"
#include "authority/login/tell.h"
#include "conf/conf.h"

#define MAIL_AFTER 3u /* wrong codes since the last right one */

enum err code_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_code *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	ask->devices.at = login->record.devices.at;
	ask->devices.n = login->record.devices.n;
	ask->others = login_is_web(login) && login->record.recovery_left > 0;
	ask->act = login->record.act;
	ask->wait_s = asks_wait_s(login);
	ASK_FILL(call, login, ask);
	*answer_r = WIRE(ask_code, ask);
	return OK;
}

enum err recovery_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_recovery *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	ask->act = login->record.act;
	ask->wait_s = asks_wait_s(login);
	ASK_FILL(call, login, ask);
	*answer_r = WIRE(ask_recovery, ask);
	return OK;
}

/* Behind a right password there is no reason to be vague, and somebody else may be guessing: the person hears of it. */
static enum err refuse_wrong(
    struct call *call, struct login *login, const struct factor_result *result, struct wire_any *answer_r)
{
	enum err err = tell_event(call, login, EVENT_CODE_WRONG, (struct tell){ .reason = { NULL, 0 } });
	if (err == OK && result->wrong_today == MAIL_AFTER)
		tell_mail_of(call, login, MAIL_CODE_WRONG, (struct text){ NULL, 0 }, MAIL_AFTER);
	if (err != OK)
		return err;
	bool is_sheet = login->record.state == LOGIN_RECOVERY;
	return login_ask_again(call, login, is_sheet ? "recovery_wrong" : "code_wrong", 0, answer_r);
}

static enum err say_rest(struct call *call, struct login *login)
{
	uint64_t most = call->authority->conf->limits.codes_day;
	enum err err = tell_event(call, login, EVENT_FACTOR_RESTS, (struct tell){ .reason = { NULL, 0 } });
	if (err == OK)
		tell_mail_of(call, login, MAIL_FACTOR_RESTS, (struct text){ NULL, 0 }, most);
	return err;
}

static enum err refuse(
    struct call *call, struct login *login, const struct factor_result *result, struct wire_any *answer_r)
{
	enum err err = result->begins_rest ? say_rest(call, login) : OK;
	if (err != OK)
		return err;
	switch (result->outcome) {
	case FACTOR_USED:
		err = tell_event(call, login, EVENT_CODE_REPLAYED, (struct tell){ .reason = { NULL, 0 } });
		return err == OK ? login_ask_again(call, login, "code_used", result->wait_s, answer_r) : err;
	case FACTOR_WAIT:
		err = tell_event(
		    call, login, EVENT_THROTTLED, (struct tell){ .reason = TEXT_LITERAL("code_wait") });
		return err == OK ? login_ask_again(call, login, "code_wait", result->wait_s, answer_r) : err;
	case FACTOR_RESTS:
		err = tell_event(
		    call, login, EVENT_THROTTLED, (struct tell){ .reason = TEXT_LITERAL("code_rests") });
		return err == OK ? login_ask_again(call, login, "code_rests", 0, answer_r) : err;
	default:
		return refuse_wrong(call, login, result, answer_r);
	}
}

/* A terminal opens a door that a session of the password alone would not: a factor that does not count yet is none there. */
static enum err deny_early(
    struct call *call, struct login *login, const struct account *account, struct wire_any *answer_r)
{
	int64_t from_ms = INT64_MAX;
	char *when = arena_alloc(&call->arena, 32);
	for (unsigned i = 0; i < account->n_factors; i++)
		if (account->factors[i]->counts_from < from_ms)
			from_ms = account->factors[i]->counts_from;
	struct tm tm;
	time_t from = (time_t)(from_ms / 1000);
	if (when == NULL || gmtime_r(&from, &tm) == NULL ||
	    strftime(when, 32, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		return ERR_NO_MEMORY;
	static const char TEXT[] = "factor_counts_later";
	(void)!tell_event(call, login, EVENT_DENIED, (struct tell){ .reason = TEXT_LITERAL(TEXT) });
	return login_deny_quietly(call, login,
	    (struct msg_login_denied){ .text = TEXT_LITERAL(TEXT), .name = text_of(when) }, answer_r);
}

static void note_proof(struct login *login, const struct account *account, const struct factor_result *result)
{
	struct msg_login_record *record = &login->record;
	record->recovery_left = account->recovery_left;
	record->proof = result->kind;
	record->factor = result->factor;
	record->counts = result->counts;
	record->settled = true;
	if (result->kind == FACTOR_RECOVERY && record->recovery_left > 0)
		record->recovery_left--;
	/* the sheet is used up: the next loss of the telephone would shut the person out */
	bool is_last = result->kind == FACTOR_RECOVERY && record->recovery_left == 0;
	record->wants_sheet = login_is_web(login) && (record->wants_sheet || is_last);
}

static enum err accept(struct call *call, struct login *login, const struct account *account,
    const struct factor_result *result, struct wire_any *answer_r)
{
	note_proof(login, account, result);
	if (result->kind == FACTOR_RECOVERY) {
		enum err err =
		    tell_event(call, login, EVENT_RECOVERY_USED, (struct tell){ .reason = { NULL, 0 } });
		if (err != OK)
			return err;
		tell_mail_of(
		    call, login, MAIL_RECOVERY_USED, (struct text){ NULL, 0 }, login->record.recovery_left);
	}
	bool needed = false;
	enum err err = OK;
	if (!login_is_web(login) && !result->counts)
		err = enrolment_is_needed(call, &login->record, &needed);
	if (err != OK)
		return err;
	if (needed)
		return deny_early(call, login, account, answer_r);
	if (!act_may_be_proved_so(&login->record, account))
		return login_deny(call, login, "undo_other_proof", answer_r);
	return login_go_on(call, login, answer_r);
}

enum err code_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	enum err err;
	const struct account *account;
	struct factor_result result;
	if (choose_is_answer(call, login, answer, answer_r, &err))
		return err;
	err = account_load(call->authority, login->record.person, &call->arena, &account);
	if (err == OK)
		err = factor_check(call->authority, account, answer->answer, true, call->later, &result);
	if (err != OK)
		return err;
	if (result.outcome == FACTOR_ACCEPTED)
		return accept(call, login, account, &result, answer_r);
	return refuse(call, login, &result, answer_r);
}

enum err recovery_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	return code_answer(call, login, answer, answer_r);
}
