/* turn.c - the steps of a conversation that do not depend on what is asked. */
#include <stdlib.h>
#include "authority/directory/directory.h"
#include "authority/login/asks.h"
#include "authority/login/tell.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

bool login_will_bind(const struct login *login)
{
	return login->record.state == LOGIN_NEW || login->record.state == LOGIN_NEW_PASSWORD;
}

bool login_is_asked(const struct login *login)
{
	return login->asked;
}

void login_free(struct login **login)
{
	if (*login == NULL)
		return;
	arena_done(&(*login)->arena);
	free(*login);
	*login = NULL;
}

bool login_may_name(const struct call *call, struct text service)
{
	const struct conf *conf = call->authority->conf;
	if (call->role == ROLE_GATE)
		return text_equal_str(service, conf->authority.pam_service);
	for (unsigned i = 0; i < conf->peers.pam_services.n; i++)
		if (text_equal_str(service, conf->peers.pam_services.at[i]))
			return true;
	return false;
}

bool login_keep_person(struct login *login, const struct person *person)
{
	struct arena *arena = &login->arena;
	struct msg_login_record *record = &login->record;
	bool kept = text_copy(arena, person->id, &record->person) &&
		    text_copy(arena, person->user, &record->user) &&
		    text_copy(arena, person->name, &record->name);
	if (kept && person->mail.at != NULL)
		kept = text_copy(arena, person->mail, &record->mail);
	if (kept && person->language.at != NULL && person->language.len <= 64)
		kept = text_copy(arena, person->language, &record->language);
	return kept;
}

enum err login_ask_pending(struct call *call, struct login *login, struct wire_any *answer_r)
{
	const struct ask_kind *kind = ask_kind_find(login->record.state);
	if (kind == NULL)
		return ERR_INTERNAL;
	login->asked = true;
	return kind->show(call, login, answer_r);
}

/* A browser's answer may come to another process. */
static enum err show_next(struct call *call, struct login *login, struct wire_any *answer_r)
{
	if (++login->record.step > STEPS_MAX)
		return login_deny(call, login, "form_expired", answer_r);
	enum err err = login_save(call, login);
	if (err == OK)
		err = login_pending_note(call, login);
	return err == OK ? login_ask_pending(call, login, answer_r) : err;
}

enum err login_turn_to(
    struct call *call, struct login *login, enum login_state state, struct wire_any *answer_r)
{
	struct msg_login_record *record = &login->record;
	record->state = state;
	record->problem = record->words = (struct text){ NULL, 0 };
	record->wait_until = 0;
	record->tries = 0;
	enum err err = login_renew(call, login);
	return err == OK ? show_next(call, login, answer_r) : err;
}

enum err login_ask_again(
    struct call *call, struct login *login, const char *problem, uint64_t wait_s, struct wire_any *answer_r)
{
	struct msg_login_record *record = &login->record;
	record->problem = text_of(problem);
	record->wait_until = wait_s > 0 ? clock_now_ms() + (int64_t)wait_s * 1000 : 0;
	record->tries++;
	if (!login_is_web(login) && record->tries >= TERMINAL_TRIES)
		return login_deny_quietly(call, login,
		    (struct msg_login_denied){ .text = record->problem, .retry_s = wait_s }, answer_r);
	return show_next(call, login, answer_r);
}

enum err login_deny_quietly(
    struct call *call, struct login *login, struct msg_login_denied denied, struct wire_any *answer_r)
{
	struct msg_login_denied *copy = arena_alloc(&call->arena, sizeof *copy);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	*copy = denied;
	login->asked = false;
	login->proved = false;
	log_line(LOG_LEVEL_INFO, "login_denied", call->frame.trace,
	    LOG_STR("door", WIRE_ENUM_TEXT(role, login->role)), LOG_TEXT("service", login->service),
	    LOG_TEXT("reason", denied.text), LOG_TEXT("address", login->record.address));
	*answer_r = WIRE(login_denied, copy);
	return OK;
}

enum err login_deny(struct call *call, struct login *login, const char *text, struct wire_any *answer_r)
{
	/* a refusal stands even where it cannot be recorded */
	(void)!tell_event(call, login, EVENT_DENIED, (struct tell){ .reason = text_of(text) });
	return login_deny_quietly(call, login, (struct msg_login_denied){ .text = text_of(text) }, answer_r);
}

struct text login_amr(enum factor_kind proof)
{
	switch (proof) {
	case FACTOR_TOTP:
		return TEXT_LITERAL("pwd otp");
	case FACTOR_RECOVERY:
		return TEXT_LITERAL("pwd rec");
	default:
		return TEXT_LITERAL("pwd");
	}
}

enum err login_say_yes(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_login_done *done = arena_alloc(&call->arena, sizeof *done);
	if (done == NULL)
		return ERR_NO_MEMORY;
	enum err err = OK;
	if (!login_is_web(login)) /* a browser's sign-in is one at the claim */
		err = tell_event(
		    call, login, EVENT_SIGNED_IN, (struct tell){ .reason = login_amr(login->record.proof) });
	if (err == OK)
		err = login_keep_proof(call, login, &done->transaction);
	if (err != OK)
		return err;
	login->asked = false;
	login->proved = true;
	done->user = login->record.user;
	log_line(LOG_LEVEL_INFO, "login_proved", call->frame.trace,
	    LOG_STR("door", WIRE_ENUM_TEXT(role, login->role)), LOG_TEXT("service", login->service),
	    LOG_TEXT("user", login->record.user), LOG_TEXT("person", login->record.person),
	    LOG_TEXT("address", login->record.address));
	*answer_r = WIRE(login_done, done);
	return OK;
}
