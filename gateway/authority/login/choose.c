/* choose.c - which factor to go on with, for who has not the usual one at hand. */
#include "authority/login/choose.h"
#include "authority/login/asks.h"

static bool is_answer(const struct msg_login_answer *answer, const char *word)
{
	return text_equal_str((struct text){ (const char *)answer->answer.at, answer->answer.len }, word);
}

enum err choose_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_choose *ask = arena_alloc(&call->arena, sizeof *ask);
	struct msg_option_row *options = arena_array(&call->arena, 2, sizeof *options);
	if (ask == NULL || options == NULL)
		return ERR_NO_MEMORY;
	unsigned n = 0;
	if (login->record.devices.n > 0)
		options[n++].name = TEXT_LITERAL("totp");
	options[n++] = (struct msg_option_row){ TEXT_LITERAL("recovery"), login->record.recovery_left };
	ask->options.at = options;
	ask->options.n = n;
	ask->act = login->record.act;
	ASK_FILL(call, login, ask);
	*answer_r = WIRE(ask_choose, ask);
	return OK;
}

bool choose_is_answer(struct call *call, struct login *login, const struct msg_login_answer *answer,
    struct wire_any *answer_r, enum err *err_r)
{
	static const struct {
		const char *word;
		enum login_state state;
	} WORDS[] = {
		{ "choose", LOGIN_CHOOSE },
		{ "recovery", LOGIN_RECOVERY },
		{ "totp", LOGIN_CODE },
	};
	for (size_t i = 0; login_is_web(login) && i < COUNT(WORDS); i++)
		if (is_answer(answer, WORDS[i].word)) {
			*err_r = login_turn_to(call, login, WORDS[i].state, answer_r);
			return true;
		}
	return false;
}

enum err choose_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	enum err err;
	if (choose_is_answer(call, login, answer, answer_r, &err))
		return err;
	return login_ask_again(call, login, "malformed", 0, answer_r);
}
