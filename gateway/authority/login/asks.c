#include "authority/login/asks.h"
#include "authority/login/cookie.h"
#include "base/clock.h"

/* Which ask is pending in which state, and who carries out its answer. */
static const struct ask_kind KINDS[] = {
	[LOGIN_NEW] = { password_show, password_answer, false },
	[LOGIN_NOTICE] = { notice_show, notice_answer, false },
	[LOGIN_NEW_PASSWORD] = { new_password_show, new_password_answer, true },
	[LOGIN_CODE] = { code_show, code_answer, true },
	[LOGIN_CHOOSE] = { choose_show, choose_answer, false },
	[LOGIN_RECOVERY] = { recovery_show, recovery_answer, true },
	[LOGIN_ENROL_TOTP] = { enrol_show, enrol_answer, true },
	[LOGIN_RECOVERY_SHEET] = { sheet_show, sheet_answer, true },
};

const struct ask_kind *ask_kind_find(enum login_state state)
{
	return (unsigned)state < COUNT(KINDS) && KINDS[state].show != NULL ? &KINDS[state] : NULL;
}

struct text asks_person(const struct login *login)
{
	const struct msg_login_record *record = &login->record;
	bool is_known = record->checked || record->proof != FACTOR_NONE || record->act != ACT_NONE;
	return is_known ? record->name : (struct text){ NULL, 0 };
}

struct secret asks_csrf(struct call *call, const struct login *login)
{
	if (!login_is_web(login))
		return (struct secret){ NULL, 0 };
	return login_cookie_csrf(call->authority, &login->record.nonce, &call->arena);
}

uint64_t asks_wait_s(const struct login *login)
{
	int64_t left_ms = login->record.wait_until - clock_now_ms();
	return left_ms > 0 ? (uint64_t)((left_ms + 999) / 1000) : 0;
}
