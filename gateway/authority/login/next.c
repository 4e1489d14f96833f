/* next.c - the order of a login: what is asked behind which proof, in one place. */
#include "authority/authority.h"
#include "authority/factor/factor.h"
#include "authority/login/act.h"
#include "authority/login/asks.h"
#include "authority/login/device.h"
#include "authority/login/enrolment.h"
#include "authority/login/look.h"
#include "authority/login/tell.h"
#include "conf/conf.h"

/* Nobody asks a terminal to read a QR code. */
static enum err send_to_portal(struct call *call, struct login *login, struct wire_any *answer_r)
{
	static const char TEXT[] = "enrol_in_portal";
	(void)!tell_event(call, login, EVENT_DENIED, (struct tell){ .reason = TEXT_LITERAL(TEXT) });
	const struct msg_login_denied denied = {
		.text = TEXT_LITERAL(TEXT),
		.name = text_of(((const struct conf *)call->authority->conf)->portal.origin),
	};
	return login_deny_quietly(call, login, denied, answer_r);
}

/* Somebody without a factor: needs one, wants one, or goes on without. *denied_r: *answer_r says why not. */
static enum err settle(struct call *call, struct login *login, struct wire_any *answer_r, bool *denied_r)
{
	struct msg_login_record *record = &login->record;
	bool is_needed, is_open = false;
	const struct account *account;
	enum err err = enrolment_is_needed(call, record, &is_needed);
	if (err != OK)
		return err;
	record->wants_factor = record->act == ACT_NONE ? is_needed : act_brings_factor(record->act);
	record->settled = true;
	if (!record->wants_factor)
		return OK;
	err = account_load(call->authority, record->person, &call->arena, &account);
	if (err == OK)
		err = enrolment_is_open(call, record, account, &is_open);
	if (err != OK)
		return err;
	*denied_r = !is_open || !login_is_web(login);
	if (!is_open)
		return login_deny(call, login, "enrolment_closed", answer_r);
	return login_is_web(login) ? OK : send_to_portal(call, login, answer_r);
}

enum err login_go_on(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_login_record *record = &login->record;
	bool denied = false, owes_code = record->has_factors && record->proof == FACTOR_NONE;
	/* a password that somebody else knows as well is not changed by it alone */
	if (!text_is_empty(record->must_change))
		return login_turn_to(call, login, owes_code ? LOGIN_CODE : LOGIN_NEW_PASSWORD, answer_r);
	if (notice_is_due(login))
		return login_turn_to(call, login, LOGIN_NOTICE, answer_r);
	if (owes_code)
		return login_turn_to(call, login, LOGIN_CODE, answer_r);
	if (!record->settled) {
		enum err err = settle(call, login, answer_r, &denied);
		if (err != OK || denied)
			return err;
	}
	if (record->wants_factor) {
		enum err err = factor_totp_new(&login->arena, &record->secret);
		return err == OK ? login_turn_to(call, login, LOGIN_ENROL_TOTP, answer_r) : err;
	}
	if (record->wants_sheet) {
		enum err err = sheet_make(login);
		return err == OK ? login_turn_to(call, login, LOGIN_RECOVERY_SHEET, answer_r) : err;
	}
	return login_say_yes(call, login, answer_r);
}

enum err login_password_proved(struct call *call, struct login *login, struct wire_any *answer_r)
{
	login->record.checked = true;
	tell_passage(call, login);
	enum err err = look_at_account(call, login);
	if (err == OK)
		err = look_at_session(call, login);
	return err == OK ? login_go_on(call, login, answer_r) : err;
}
