/* sheet.c - ten recovery codes, shown to be kept. They lie in the sealed record until the person has said so, and are valid from then on. */
#include "authority/authority.h"
#include "authority/factor/factor.h"
#include "authority/login/act.h"
#include "authority/login/asks.h"
#include "authority/login/tell.h"
#include "base/clock.h"

enum err sheet_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_recovery_sheet *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	ask->codes.at = login->record.codes.at;
	ask->codes.n = login->record.codes.n;
	ask->made = login->record.codes_made;
	ask->user = login->record.user;
	ask->act = login->record.act;
	ASK_FILL(call, login, ask);
	*answer_r = WIRE(ask_recovery_sheet, ask);
	return OK;
}

enum err sheet_make(struct login *login)
{
	struct secret codes[ACCOUNT_RECOVERY_CODES];
	struct msg_code_row *rows = arena_array(&login->arena, ACCOUNT_RECOVERY_CODES, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	enum err err = factor_recovery_new(&login->arena, codes, ACCOUNT_RECOVERY_CODES);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < ACCOUNT_RECOVERY_CODES; i++)
		rows[i].code = codes[i];
	login->record.codes.at = rows;
	login->record.codes.n = ACCOUNT_RECOVERY_CODES;
	login->record.codes_made = clock_now_ms();
	return OK;
}

static enum err keep(struct call *call, struct login *login)
{
	struct secret codes[ACCOUNT_RECOVERY_CODES];
	struct msg_login_record *record = &login->record;
	for (uint32_t i = 0; i < record->codes.n; i++)
		codes[i] = record->codes.at[i].code;
	enum err err = tell_event(call, login, EVENT_RECOVERY_MADE, (struct tell){ .reason = { NULL, 0 } });
	if (err == OK)
		err = account_recovery_set(
		    call->authority, record->person, codes, record->codes.n, record->codes_made);
	if (err != OK)
		return err;
	tell_mail_of(call, login, MAIL_RECOVERY_MADE, (struct text){ NULL, 0 }, record->codes.n);
	for (uint32_t i = 0; i < record->codes.n; i++)
		secret_erase(&codes[i]);
	record->recovery_left = record->codes.n;
	record->codes.at = NULL;
	record->codes.n = 0;
	record->wants_sheet = false;
	return OK;
}

enum err sheet_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	(void)answer;
	enum err err = act_spend(call, login);
	if (err == ERR_NOT_FOUND)
		return login_deny(call, login, "form_expired", answer_r);
	if (err == OK)
		err = keep(call, login);
	return err == OK ? login_go_on(call, login, answer_r) : err;
}
