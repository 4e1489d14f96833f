/* open.c - a conversation begins, or a browser's goes on where its record left it. */
#include <stdlib.h>
#include <string.h>
#include "authority/login/act.h"
#include "authority/login/cookie.h"
#include "authority/login/talk.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

/* By which front something passed decides what is ended with it (SECURITY 1), so it is not the front who says: gate serves this one alone. */
#define DOOR WIRE_ENUM_TEXT(role, ROLE_DOOR)

/* What the conversation keeps must outlive the call. */
static bool keep(struct login *login, struct text from, struct text *to)
{
	return from.at == NULL || text_copy(&login->arena, from, to);
}

static bool keep_intro(struct authority *authority, struct login *login, const struct msg_login_intro *intro)
{
	struct msg_login_record *record = &login->record;
	record->front = text_of(DOOR);
	if (intro->session.at != NULL) { /* its key, not the token: a copy of the store signs nobody in */
		struct store_key key = session_key(authority, intro->session);
		char *copy = arena_copy(&login->arena, key.bytes, sizeof key.bytes);
		if (copy == NULL)
			return false;
		record->replaces = (struct bytes){ (uint8_t *)copy, sizeof key.bytes };
	}
	return keep(login, intro->address, &record->address) &&
	       keep(login, intro->browser, &record->browser) && keep(login, intro->origin, &record->origin);
}

/* Loads the record of a transaction into the conversation's own arena. */
static enum err load(struct call *call, struct login *login)
{
	const void *at;
	struct store_key key = login_key(call->authority, &login->form);
	enum err err =
	    store_load_record(call->authority->store, &key, wire_msg_login_record(), &login->arena, &at);
	if (err == OK)
		login->record = *(const struct msg_login_record *)at;
	return err;
}

static enum err take_device(struct login *login, struct secret device)
{
	if (device.at == NULL)
		return OK;
	login->record.device = secret_copy(&login->arena, device.at, device.len);
	return login->record.device.at != NULL ? OK : ERR_NO_MEMORY;
}

/* The first turn of a browser: the record begins here, but is not written before something is proved. */
static enum err begin(struct call *call, struct login *login, const struct msg_login_intro *intro,
    const struct msg_login_cookie *cookie)
{
	struct text next = login_next(call->authority, intro->next);
	login->record.nonce = cookie->nonce;
	login->record.expires = clock_now_ms() + (int64_t)call->authority->conf->login.transaction_s * 1000;
	bool kept = keep_intro(call->authority, login, intro) &&
		    keep(login, next.at != NULL ? next : cookie->next, &login->record.next);
	enum err err = kept ? take_device(login, intro->device) : ERR_NO_MEMORY;
	if (err == OK && !wire_id_is_zero(&cookie->act))
		err = act_begin(call, login, &cookie->act, intro->session);
	return err;
}

/* What this browser is to go on with, when it answers something else. ERR_STALE: nothing. */
static enum err show_pending(struct call *call, struct login *login, const struct msg_login_intro *intro,
    const struct msg_login_cookie *cookie)
{
	struct text pending;
	uint64_t step;
	if (!login_pending_find(call, &cookie->nonce, &pending) ||
	    !login_ask_parse(pending, &login->form, &step))
		return ERR_STALE;
	enum err err = load(call, login);
	if (err == ERR_NOT_FOUND || (err == OK && !login_id_equal(&login->record.nonce, &cookie->nonce)))
		return ERR_STALE;
	login->record.problem = TEXT_LITERAL("not_pending");
	return err == OK ? act_go_on(call, login, intro->session) : err;
}

/* A form that nothing has come of so far: its id shows that we gave it to this browser. */
static enum err resume_new(struct call *call, struct login *login, const struct msg_login_intro *intro,
    const struct msg_login_cookie *cookie, uint64_t step)
{
	if (step == 0 && login_form_is_ours(call->authority, &cookie->nonce, &login->form))
		return begin(call, login, intro, cookie);
	return show_pending(call, login, intro, cookie);
}

/* The record is this browser's. Its earlier forms carry the value of the cookie of before, and may only look. */
static enum err resume_old(struct call *call, struct login *login, const struct msg_login_intro *intro,
    uint64_t step, bool is_former)
{
	bool is_pending = login->record.state != LOGIN_PROVED && step == login->record.step;
	if (is_pending && is_former)
		return ERR_STALE;
	enum err err = act_go_on(call, login, intro->session);
	if (err == OK)
		err = take_device(login, intro->device);
	if (err != OK || is_pending)
		return err;
	login->repeats = repeat_may_be(login, step);
	if (!login->repeats && login->record.state == LOGIN_PROVED)
		return ERR_STALE;
	if (!login->repeats)
		login->record.problem = TEXT_LITERAL("not_pending");
	return OK;
}

static bool is_value_of(struct call *call, const struct id *nonce, const struct msg_login_intro *intro)
{
	return secret_equal(login_cookie_csrf(call->authority, nonce, &call->arena), intro->csrf);
}

/* ERR_STALE: the form is of another browser, too old, or already used. */
static enum err resume(struct call *call, struct login *login, const struct msg_login_intro *intro)
{
	const struct msg_login_cookie *cookie;
	uint64_t step = 0;
	enum err err = login_cookie_open(call->authority, intro->cookie, &call->arena, &cookie);
	if (err != OK)
		return err;
	bool is_good = is_value_of(call, &cookie->nonce, intro);
	if (intro->ask.at == NULL)
		login_form_new(call->authority, &cookie->nonce, &login->form);
	else if (!login_ask_parse(intro->ask, &login->form, &step))
		return ERR_STALE;
	err = load(call, login);
	if (err == ERR_NOT_FOUND)
		return is_good ? resume_new(call, login, intro, cookie, step) : ERR_STALE;
	if (err != OK)
		return err;
	bool is_ours = login_id_equal(&login->record.nonce, &cookie->nonce);
	bool is_former = is_ours && !is_good && is_value_of(call, &login->record.former, intro);
	if (!is_good && !is_former)
		return ERR_STALE;
	if (is_ours)
		return resume_old(call, login, intro, step, is_former);
	if (step != 0 || !login_id_equal(&login->record.former, &cookie->nonce))
		return ERR_STALE;
	/* A double click on the first form, whose other half has brought a new cookie already: proved anew. */
	login->record = (struct msg_login_record){ .step = 0 };
	return begin(call, login, intro, cookie);
}

static enum err make(struct call *call, const struct msg_login_open *open, struct login **login_r)
{
	struct login *login = calloc(1, sizeof *login);
	if (login == NULL)
		return ERR_NO_MEMORY;
	login->role = call->role;
	if (!keep(login, open->service, &login->service) || !keep(login, open->user, &login->typed)) {
		login_free(&login);
		return ERR_NO_MEMORY;
	}
	if (call->role == ROLE_PAM) {
		secret_random(login->form.bytes, sizeof login->form.bytes);
		login->record.expires = INT64_MAX;
		if (!keep(login, open->rhost.len <= 64 ? open->rhost : (struct text){ NULL, 0 },
			&login->record.address)) {
			login_free(&login);
			return ERR_NO_MEMORY;
		}
	}
	*login_r = login;
	return OK;
}

/* What may be said before anything is known of the person; NULL when nothing speaks against it. */
static const char *objection(struct call *call, const struct msg_login_open *open)
{
	bool has_intro = open->intro != NULL;
	if (!login_may_name(call, open->service))
		return "service_not_allowed";
	if (open->mode != PAM_MODE_FULL) /* no host's policy allows a password that somebody else checked */
		return "mode_not_allowed";
	if (has_intro != (call->role == ROLE_GATE))
		return "malformed";
	/* one that calls itself another than it is */
	if (has_intro && open->intro->front.at != NULL && !text_equal_str(open->intro->front, DOOR))
		return "malformed";
	return NULL;
}

/* The gate hands over the answer to the ask that it was for: whether it is the answer of a moment ago shows then. */
static enum err ask_once_more(
    struct call *call, struct login *login, struct text id, struct wire_any *answer_r)
{
	struct msg_ask_notice *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL)
		return ERR_NO_MEMORY;
	ask->id = id;
	ask->text = ask->problem = TEXT_LITERAL("not_pending");
	login->asked = true;
	*answer_r = WIRE(ask_notice, ask);
	return OK;
}

static enum err begin_talk(
    struct call *call, struct login *login, const struct msg_login_open *open, struct wire_any *answer_r)
{
	enum err err = OK;
	const char *no = objection(call, open);
	if (no != NULL)
		return login_deny(call, login, no, answer_r);
	if (open->intro != NULL)
		err = resume(call, login, open->intro);
	if (err == ERR_STALE)
		return login_deny(call, login, "form_expired", answer_r);
	if (err != OK)
		return err;
	return login->repeats ? ask_once_more(call, login, open->intro->ask, answer_r)
			      : login_ask_pending(call, login, answer_r);
}

enum err login_on_open(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct login *login;
	struct store_batch later;
	enum err err = make(call, ask, &login);
	if (err != OK)
		return err;
	*call->login = login;
	login_later(call, &later);
	return login_settle(call, begin_talk(call, login, ask, answer_r));
}
