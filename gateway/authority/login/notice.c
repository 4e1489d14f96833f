/* notice.c - what there is to know before going on, one thing at a time, the gravest first. */
#include "authority/login/asks.h"

static bool next_notice(const struct login *login, struct msg_ask_notice *ask)
{
	const struct msg_login_record *record = &login->record;
	if (record->other_name.at != NULL) {
		ask->text = TEXT_LITERAL("other_session");
		ask->name = record->other_name;
	} else if (record->grace_left != 0) {
		ask->text = TEXT_LITERAL("password_grace");
		ask->count = record->grace_left - 1;
	} else if (record->expires_days != 0) {
		ask->text = TEXT_LITERAL("password_expires");
		ask->count = record->expires_days - 1;
	} else {
		return false;
	}
	return true;
}

bool notice_is_due(const struct login *login)
{
	struct msg_ask_notice unused;
	return next_notice(login, &unused);
}

enum err notice_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_notice *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	if (!next_notice(login, ask))
		return ERR_INTERNAL;
	ASK_FILL(call, login, ask);
	*answer_r = WIRE(ask_notice, ask);
	return OK;
}

/* It was read: what it said is said. */
enum err notice_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	struct msg_login_record *record = &login->record;
	(void)answer;
	if (record->other_name.at != NULL)
		record->other_name = (struct text){ NULL, 0 };
	else if (record->grace_left != 0)
		record->grace_left = 0;
	else
		record->expires_days = 0;
	return login_go_on(call, login, answer_r);
}
