/* open.c - a conversation begins, or a browser's goes on where its record left it. */
#include <stdlib.h>
#include <string.h>
#include "authority/login/cookie.h"
#include "authority/login/talk.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

/* What the conversation keeps must outlive the call. */
static bool keep(struct login *login, struct text from, struct text *to)
{
	return from.at == NULL || text_copy(&login->arena, from, to);
}

static bool keep_intro(struct authority *authority, struct login *login, const struct msg_login_intro *intro)
{
	struct msg_login_record *record = &login->record;
	if (intro->session.at != NULL) { /* its key, not the token: a copy of the store signs nobody in */
		struct store_key key = session_key(authority, intro->session);
		char *copy = arena_copy(&login->arena, key.bytes, sizeof key.bytes);
		if (copy == NULL)
			return false;
		record->replaces = (struct bytes){ (uint8_t *)copy, sizeof key.bytes };
	}
	return keep(login, intro->address, &record->address) &&
	       keep(login, intro->browser, &record->browser) && keep(login, intro->origin, &record->origin) &&
	       keep(login, intro->front, &record->front);
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

/* The first turn of a browser: the record begins here, but is not written before something is proved. */
static enum err begin(struct call *call, struct login *login, const struct msg_login_intro *intro,
    const struct msg_login_cookie *cookie)
{
	struct text next = login_next(call->authority, intro->next);
	login->record.nonce = cookie->nonce;
	login->record.expires = clock_now_ms() + (int64_t)call->authority->conf->login.transaction_s * 1000;
	bool kept = keep_intro(call->authority, login, intro) &&
		    keep(login, next.at != NULL ? next : cookie->next, &login->record.next);
	return kept ? OK : ERR_NO_MEMORY;
}

static bool same_id(const struct id *a, const struct id *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* ERR_STALE: the form is of another browser, too old, or already used. */
static enum err resume(struct call *call, struct login *login, const struct msg_login_intro *intro)
{
	const struct msg_login_cookie *cookie;
	enum err err = login_cookie_open(call->authority, intro->cookie, &call->arena, &cookie);
	if (err != OK)
		return err;
	struct secret csrf = login_cookie_csrf(call->authority, &cookie->nonce, &call->arena);
	if (!secret_equal(csrf, intro->csrf))
		return ERR_STALE;
	uint64_t step = 0;
	if (intro->ask.at == NULL)
		secret_random(login->form.bytes, sizeof login->form.bytes);
	else if (!login_ask_parse(intro->ask, &login->form, &step))
		return ERR_STALE;
	err = load(call, login);
	if (err == ERR_NOT_FOUND)
		return step == 0 ? begin(call, login, intro, cookie) : ERR_STALE;
	if (err != OK || same_id(&login->record.nonce, &cookie->nonce))
		return err;
	if (step != 0 || !same_id(&login->record.former, &cookie->nonce))
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
	return NULL;
}

enum err login_on_open(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_login_open *open = ask;
	struct login *login;
	enum err err = make(call, open, &login);
	if (err != OK)
		return err;
	*call->login = login;
	const char *no = objection(call, open);
	if (no != NULL)
		return login_deny(call, login, no, answer_r);
	if (open->intro != NULL)
		err = resume(call, login, open->intro);
	if (err == ERR_STALE)
		return login_deny(call, login, "form_expired", answer_r);
	if (err != OK)
		return err;
	if (login->record.state == LOGIN_PROVED) /* a double click on the last form */
		return login_go_on(call, login, answer_r);
	return login_ask_pending(call, login, answer_r);
}
